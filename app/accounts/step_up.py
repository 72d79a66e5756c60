"""Make sure that the person at the keyboard is the one who signs: password and second factor, at most 5 minutes ago."""

from __future__ import annotations

from flask import current_app

from app.accounts import actions
from app.accounts.forms import SigningForm
from app.accounts.models import Person
from app.accounts.queries import get_person
from app.audit.actions import record
from app.database import db
from app.domain.canonical import digest
from app.domain.errors import InvalidInput, NotAllowed, TooMany
from app.domain.permissions import Who, is_known
from app.web import step_up
from app.web.access import client_address, current_actor, current_person, current_who
from app.web.clockwork import now


def asked() -> frozenset[str]:
    """What the signing form of this person must ask for now."""
    return step_up.asked(current_person().id, roles_word(current_who()), now())


def confirm(form: SigningForm) -> None:
    """Accept an earlier proof, or check what the form carries; raises InvalidInput, TooMany, or NotAllowed without a factor.

    Call it before anything is written: it begins a new transaction, and a refused try is counted and committed at once, as is
    a code that was used.
    """
    missing, person = asked(), get_person(db.session, current_person().id)
    if not missing:
        return
    if current_who().identity is None:
        raise NotAllowed(is_known(current_who(), at=now()).reason)
    check_tries()
    try:
        if "password" in missing:
            _check_password(person, form.password.data or "")
        actions.use_code(db.session, person_id=person.id, code=form.code.data or "", actor=current_actor(), now=now())
    except InvalidInput as error:
        count_refusal()
        raise InvalidInput((path, f"{words} Nothing was signed.") for path, words in error.problems) from None
    db.session.commit()
    step_up.mark_proved(current_person().id, roles_word(current_who()), now())


def check_own_password(typed: str) -> None:
    """Check the password of the signed-in person; raises InvalidInput or TooMany, and counts a refused try."""
    person = get_person(db.session, current_person().id)
    check_tries()
    try:
        _check_password(person, typed)
    except InvalidInput:
        count_refusal()
        raise


def check_tries() -> None:
    """Raise TooMany after too many refused tries of the signed-in person."""
    actions.check_throttle(db.session, account=current_person().email, address=client_address(), now=now())


def roles_word(who: Who) -> str:
    """The roles of somebody as one word, which changes with each of them."""
    return digest([[r.role, r.site_id, r.external, r.since.isoformat()] for r in who.roles])[:16]


def _check_password(person: Person, typed: str) -> None:
    stored = person.password_hash
    db.session.rollback()  # hashing takes long; nobody waits for the write lock meanwhile
    if not current_app.extensions["needle_clearance.passwords"].matches(stored, typed):
        raise InvalidInput([("password", "This is not your password.")])


def count_refusal() -> None:
    """Count a refused try of the signed-in person; the one after which no further one is taken is written to the trail."""
    db.session.rollback()
    email = current_person().email
    actions.note_failure(db.session, account=email, address=client_address(), now=now())
    try:
        actions.check_throttle(db.session, account=email, address=client_address(), now=now())
    except TooMany:
        actor = current_actor()
        record(db.session, stream=f"person:{actor.id}", act="signing.locked", actor=actor, now=now(), facts={})
    db.session.commit()
