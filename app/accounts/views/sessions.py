"""Who is signed in: the session, sign-in and sign-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import g, jsonify, redirect, render_template, request, session, url_for
from flask_login import login_user, logout_user
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from app.accounts import actions, queries
from app.accounts.forms import (
    SignInForm,
)
from app.accounts.models import Person
from app.accounts.views.blueprint import Page, blueprint, passwords, status_of
from app.database import db
from app.domain.errors import Conflict, InvalidInput, TooMany
from app.domain.permissions import Who
from app.web import step_up
from app.web.access import PUBLIC, allow, client_address
from app.web.clockwork import now
from app.web.errors import wants_problem
from app.web.numbers import whole_number

NOBODY = "This e-mail and password do not fit together. Check both, or ask an admin for a reset link."

SOMEBODY_ELSE = (
    "These are the sign-in details of somebody else. This page belongs to another person: only they can go on here. "
    "Nothing was sent, and who is signed in did not change."
)


class Session:
    """What Flask-Login keeps of a person: id and session key, so that a new key ends every session.

    `person` is a Person or a row of that table as it was when the request began.
    """

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, person: Any) -> None:
        self._person = person

    def get_id(self) -> str:
        return f"{self._person.id}.{self._person.session_key}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._person, name)


def load_person(stored: str) -> Session | None:
    """The person of a session, unless the account was closed or its key replaced; nobody while the database is away."""
    if g.get("database_unavailable"):
        return None
    identity, _, key = stored.partition(".")
    person = queries.find_person_row(db.session, int(identity)) if identity.isdecimal() else None
    if person is None or person.deactivated_at is not None or person.session_key != key:
        return None
    g.installation = Installed(person.installation_kind, person.organisation, person.mode) if person.installation_kind else None
    return Session(person)


@dataclass(frozen=True, slots=True)
class Installed:
    """What pages say of this installation."""

    kind: str
    organisation: str
    mode: str


def load_installation() -> Any:
    """The installation, read with the person of the session where somebody is signed in; None while the database is empty."""
    return g.installation if "installation" in g else queries.find_installation(db.session)


def load_who(person: Any) -> tuple[Who, str]:
    """The roles of the signed-in person now, and their time zone."""
    return queries.who_and_zone(db.session, person, now())


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
    if wants_problem():
        return _sign_in_again()
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form, next=request.args.get("next")), status_of(form)
    email = queries.normal_email(form.email.data or "")
    try:
        person = _checked_person(email, form.password.data or "")
    except (InvalidInput, TooMany) as refusal:
        form.password.errors = [refusal.message]
        status = 429 if isinstance(refusal, TooMany) else 422
        return render_template("accounts/sign_in.html", form=form, next=request.args.get("next")), status
    _begin(person)
    return redirect(safe_next(request.args.get("next")))


def _begin(person: Person) -> None:
    session.clear()
    g.pop("csrf_token", None)  # the token that this request came with belonged to the session before
    session.permanent = True
    login_user(Session(person))
    step_up.mark_password(person.id, now())


def _sign_in_again() -> Page:
    """The same for the script of a page whose session has ended: its person signs in, and nobody else does."""
    if request.method == "GET":
        return jsonify(csrf_token=generate_csrf())
    form = SignInForm()
    if not form.validate():
        raise InvalidInput([(name, words) for name, found in form.errors.items() for words in found])
    person = _checked_person(queries.normal_email(form.email.data or ""), form.password.data or "")
    if person.id != whole_number(request.form.get("person")):
        raise Conflict(SOMEBODY_ELSE)
    _begin(person)
    return jsonify(csrf_token=generate_csrf(), person=person.id)


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
