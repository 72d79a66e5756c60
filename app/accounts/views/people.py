"""An admin's pages for people and their roles."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts import actions, queries, step_up
from app.accounts.forms import (
    ActForm,
    PersonForm,
    RoleForm,
    SigningForm,
)
from app.accounts.models import Person
from app.accounts.views.blueprint import Page, blueprint, status_of
from app.database import db
from app.domain.errors import InvalidInput
from app.domain.permissions import takes_two
from app.web.access import allow, current_actor, current_who
from app.web.choices import choices
from app.web.clockwork import new_token, now
from app.web.form_errors import put_problems


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
        to_confirm=queries.factors_to_confirm(db.session),
        act=ActForm(),
        takes_effect=queries.takes_effect_at,
        asked=step_up.asked(),
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
    return render_template("accounts/new_person.html", form=form), status_of(form)


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
        asked=step_up.asked(),
    )
    return page, status_of(form)


@blueprint.post("/admin/people/<int:person_id>/roles")
@allow("admin")
def give_role(person_id: int) -> Page:
    """Give or propose a role."""
    person, form = queries.get_person(db.session, person_id), _role_form()
    if not form.validate_on_submit():
        return _person_page(person, form)
    try:
        if takes_two(form.role.data, form.external.data):
            step_up.confirm(form)
            person = queries.get_person(db.session, person_id)
        membership = actions.propose_role(
            db.session, person=person, role=form.role.data, site_id=form.site_id.data or None,
            external=form.external.data, actor=current_actor(), who=current_who(), now=now(),
        )  # fmt: skip
    except InvalidInput as error:
        put_problems(form, error)
        return _person_page(queries.get_person(db.session, person_id), form)
    db.session.commit()
    waits = queries.takes_effect_at(membership) is None
    flash("Proposed. Another admin confirms it before it counts." if waits else "Given.", "ok")
    return redirect(url_for("accounts.person_admin", person_id=person_id))


@blueprint.post("/admin/roles/<int:membership_id>/confirm")
@allow("admin")
def confirm_role(membership_id: int) -> Response:
    """Be the second person for a role."""
    step_up.confirm(SigningForm())
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
