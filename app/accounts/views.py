"""Sign-in, one-time links, the account page, and an admin's pages for people and sites."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from app.accounts import actions, queries
from app.accounts.forms import (
    ActForm,
    ChangePasswordForm,
    NewPasswordForm,
    PersonForm,
    ProfileForm,
    RoleForm,
    SignInForm,
    SiteForm,
)
from app.accounts.models import AccessLink, Person
from app.accounts.passwords import Passwords
from app.database import db
from app.domain.errors import InvalidInput, NotFound, TooMany
from app.domain.permissions import Who
from app.web import step_up
from app.web.access import PUBLIC, SIGNED_IN, allow, client_address, current_actor, current_person, current_who
from app.web.choices import choices
from app.web.clockwork import new_token, now
from app.web.form_errors import put_problems

blueprint = Blueprint("accounts", __name__)
NOBODY = "This e-mail and password do not fit together. Check both, or ask an admin for a reset link."
Page = str | Response | tuple[str, int]


class Session:
    """What Flask-Login keeps of a person: id and session key, so that a new key ends every session."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, person: Person) -> None:
        self._person = person

    def get_id(self) -> str:
        return f"{self._person.id}.{self._person.session_key}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._person, name)


def load_person(stored: str) -> Session | None:
    """The person of a session, unless the account was closed or its key replaced."""
    identity, _, key = stored.partition(".")
    person = db.session.get(Person, int(identity)) if identity.isdecimal() else None
    if person is None or person.deactivated_at is not None or person.session_key != key:
        return None
    return Session(person)


def load_who(person: Any) -> Who:
    """The roles of the signed-in person now."""
    return queries.who(db.session, person, now())


def passwords() -> Passwords:
    """The password rules of this application."""
    found: Passwords = current_app.extensions["needle_clearance.passwords"]
    return found


def safe_next(target: str | None) -> str:
    """A path of this site to go on to; anything else becomes the home page."""
    if not target or not target.isprintable() or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/home"
    parts = urlsplit(target)
    return "/home" if parts.scheme or parts.netloc or parts.path == "/sign-out" else target


@blueprint.route("/sign-in", methods=["GET", "POST"])
@allow(PUBLIC)
def sign_in() -> Page:
    """Sign in with e-mail and password."""
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form, next=request.args.get("next")), _status(form)
    email = queries.normal_email(form.email.data or "")
    try:
        person = _checked_person(email, form.password.data or "")
    except (InvalidInput, TooMany) as refusal:
        form.password.errors = [refusal.message]
        status = 429 if isinstance(refusal, TooMany) else 422
        return render_template("accounts/sign_in.html", form=form, next=request.args.get("next")), status
    session.clear()
    session.permanent = True
    login_user(Session(person))
    step_up.mark_fresh(person.id, now())
    return redirect(safe_next(request.args.get("next")))


def _checked_person(email: str, password: str) -> Person:
    actions.check_throttle(db.session, account=email, address=client_address(), now=now())
    person = queries.find_person_by_email(db.session, email)
    db.session.rollback()  # hashing takes long; nobody waits for the write lock meanwhile
    fits = passwords().matches(person.password_hash if person else None, password)
    if person is None or not fits or person.deactivated_at is not None:
        actions.note_failure(db.session, account=email, address=client_address(), now=now())
        db.session.commit()
        raise InvalidInput(NOBODY)
    return person


@blueprint.post("/sign-out")
@allow(PUBLIC)
def sign_out() -> Response:
    """End this session."""
    logout_user()
    session.clear()
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/invite/<token>", methods=["GET", "POST"])
@allow(PUBLIC)
def invite(token: str) -> Page:
    """Set the first password with an invitation."""
    return _use_link(token, ("invite", "founding"))


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@allow(PUBLIC)
def reset(token: str) -> Page:
    """Set a new password with a reset link."""
    return _use_link(token, ("reset",))


def _use_link(token: str, purposes: tuple[str, ...]) -> Page:
    link = queries.find_link(db.session, token, purposes, now())
    if link is None:
        raise NotFound("This link was used already, has expired or was replaced. Ask an admin for a new one.")
    form = NewPasswordForm()
    if form.validate_on_submit() and _set_password(link, form):
        flash("Your password is set. Sign in with it.", "ok")
        return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/new_password.html", form=form, link=link), _status(form)


def _set_password(link: AccessLink, form: NewPasswordForm) -> bool:
    try:
        actions.use_link(
            db.session,
            link=link,
            password=form.password.data or "",
            passwords=passwords(),
            session_key=new_token(),
            now=now(),
        )
    except InvalidInput as error:
        put_problems(form, error)
        return False
    db.session.commit()
    return True


def _status(form: FlaskForm) -> int:
    return 422 if form.errors else 200


@blueprint.route("/account", methods=["GET", "POST"])
@allow(SIGNED_IN)
def account() -> Page:
    """One's own profile and appearance."""
    person = current_person()
    form = ProfileForm(obj=person)
    if form.validate_on_submit():
        actions.set_preferences(
            db.session,
            person=queries.get_person(db.session, person.id),
            printed_name=(form.printed_name.data or "").strip(),
            profession=(form.profession.data or "").strip(),
            theme=form.theme.data,
            shortcut_keys=form.shortcut_keys.data,
            now=now(),
        )
        db.session.commit()
        flash("Saved.", "ok")
        return redirect(url_for("accounts.account"))
    roles = queries.list_memberships(db.session, person.id)
    return render_template(
        "accounts/account.html", form=form, roles=roles, password_form=ChangePasswordForm(formdata=None)
    ), _status(form)


@blueprint.post("/account/password")
@allow(SIGNED_IN)
def change_password() -> Page:
    """Change one's own password; other sessions end."""
    person = queries.get_person(db.session, current_person().id)
    form = ChangePasswordForm()
    try:
        if form.validate_on_submit():
            actions.change_password(
                db.session, person=person, old=form.old_password.data or "", new=form.password.data or "",
                passwords=passwords(), session_key=new_token(), now=now(),
            )  # fmt: skip
            db.session.commit()
            login_user(Session(person))
            flash("Your password is changed. Other sessions of yours have ended.", "ok")
            return redirect(url_for("accounts.account"))
    except InvalidInput as error:
        put_problems(form, error)
    roles = queries.list_memberships(db.session, person.id)
    return render_template(
        "accounts/account.html", form=ProfileForm(formdata=None, obj=person), roles=roles, password_form=form
    ), 422


@blueprint.get("/admin/people")
@allow("admin")
def people() -> Page:
    """Everybody with an account, their roles, and what waits for a second person."""
    roles: dict[int, list[Any]] = {}
    for membership in queries.list_memberships(db.session):
        roles.setdefault(membership.person_id, []).append(membership)
    waiting = queries.unconfirmed_memberships(db.session)
    return render_template(
        "accounts/people.html",
        people=queries.list_people(db.session),
        roles=roles,
        waiting=waiting,
        act=ActForm(),
        takes_effect=queries.takes_effect_at,
    )


@blueprint.route("/admin/people/new", methods=["GET", "POST"])
@allow("admin")
def new_person() -> Page:
    """Invite somebody: make the account and show its one-time link once."""
    form = PersonForm()
    if form.validate_on_submit():
        try:
            person = actions.add_person(
                db.session, email=form.email.data or "", printed_name=form.printed_name.data or "",
                profession=form.profession.data or "", session_key=new_token(), actor=current_actor(), now=now(),
            )  # fmt: skip
            return _show_link(person, "invite")
        except InvalidInput as error:
            put_problems(form, error)
    return render_template("accounts/new_person.html", form=form), _status(form)


def _show_link(person: Person, purpose: str) -> Page:
    token = new_token()
    link = actions.issue_link(db.session, person=person, purpose=purpose, token=token, actor=current_actor(), now=now())
    db.session.commit()
    endpoint = "accounts.reset" if purpose == "reset" else "accounts.invite"
    address = url_for(endpoint, token=token, _external=True)
    return render_template("accounts/link.html", person_=person, link=link, address=address)


@blueprint.get("/admin/people/<int:person_id>")
@allow("admin")
def person_admin(person_id: int) -> Page:
    """One account: roles, link, deactivation."""
    return _person_page(queries.get_person(db.session, person_id), _role_form())


def _role_form() -> RoleForm:
    form = RoleForm()
    form.site_id.choices = choices([(0, "Whole installation"), *((s.id, s.name) for s in queries.list_sites(db.session))])
    return form


def _person_page(person: Person, form: RoleForm) -> Page:
    roles = queries.list_memberships(db.session, person.id)
    page = render_template(
        "accounts/person.html",
        person_=person,
        roles=roles,
        form=form,
        act=ActForm(),
        takes_effect=queries.takes_effect_at,
    )
    return page, _status(form)


@blueprint.post("/admin/people/<int:person_id>/roles")
@allow("admin")
def give_role(person_id: int) -> Page:
    """Give or propose a role."""
    person, form = queries.get_person(db.session, person_id), _role_form()
    if not form.validate_on_submit():
        return _person_page(person, form)
    try:
        membership = actions.propose_role(
            db.session, person=person, role=form.role.data, site_id=form.site_id.data or None,
            external=form.external.data, actor=current_actor(), who=current_who(), now=now(),
        )  # fmt: skip
    except InvalidInput as error:
        put_problems(form, error)
        return _person_page(person, form)
    db.session.commit()
    waits = queries.takes_effect_at(membership) is None
    flash("Proposed. Another admin confirms it before it counts." if waits else "Given.", "ok")
    return redirect(url_for("accounts.person_admin", person_id=person_id))


@blueprint.post("/admin/roles/<int:membership_id>/confirm")
@allow("admin")
def confirm_role(membership_id: int) -> Response:
    """Be the second person for a role."""
    membership = queries.get_membership(db.session, membership_id)
    actions.confirm_role(db.session, membership=membership, actor=current_actor(), who=current_who(), now=now())
    db.session.commit()
    flash("Confirmed. The person can sign in this role after 24 hours.", "ok")
    return redirect(url_for("accounts.people"))


@blueprint.post("/admin/roles/<int:membership_id>/end")
@allow("admin")
def end_role(membership_id: int) -> Response:
    """End a role at once."""
    membership = queries.get_membership(db.session, membership_id)
    actions.end_role(db.session, membership=membership, actor=current_actor(), who=current_who(), now=now())
    db.session.commit()
    flash("The role has ended.", "ok")
    return redirect(url_for("accounts.person_admin", person_id=membership.person_id))


@blueprint.post("/admin/people/<int:person_id>/link")
@allow("admin")
def new_link(person_id: int) -> Page:
    """Show a fresh one-time link: an invitation before the first password, a reset after it."""
    person = queries.get_person(db.session, person_id)
    return _show_link(person, "reset" if person.password_hash else "invite")


@blueprint.post("/admin/people/<int:person_id>/deactivate")
@allow("admin")
def deactivate(person_id: int) -> Response:
    """Close an account; it bites on its next request."""
    person = queries.get_person(db.session, person_id)
    actions.deactivate(db.session, person=person, session_key=new_token(), actor=current_actor(), who=current_who(), now=now())
    db.session.commit()
    flash("The account is closed.", "ok")
    return redirect(url_for("accounts.person_admin", person_id=person_id))


@blueprint.post("/admin/people/<int:person_id>/reactivate")
@allow("admin")
def reactivate(person_id: int) -> Response:
    """Open a closed account again."""
    person = queries.get_person(db.session, person_id)
    actions.reactivate(db.session, person=person, actor=current_actor(), who=current_who(), now=now())
    db.session.commit()
    flash("The account is open again. Give its owner a new link.", "ok")
    return redirect(url_for("accounts.person_admin", person_id=person_id))


@blueprint.route("/admin/sites", methods=["GET", "POST"])
@allow("admin")
def sites() -> Page:
    """Sites, and a form to add one."""
    form = SiteForm()
    if form.validate_on_submit():
        try:
            actions.add_site(
                db.session, name=form.name.data or "", jurisdiction=form.jurisdiction.data or "",
                time_zone=(form.time_zone.data or "").strip(), actor=current_actor(), now=now(),
            )  # fmt: skip
            db.session.commit()
            flash("The site is added.", "ok")
            return redirect(url_for("accounts.sites"))
        except InvalidInput as error:
            put_problems(form, error)
    return render_template("accounts/sites.html", form=form, sites=queries.list_sites(db.session)), _status(form)
