"""Make sure that the person at the keyboard is the one who signs: the password again, at most 5 minutes ago."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.actions import check_throttle, note_failure
from app.accounts.models import Person
from app.accounts.passwords import Passwords
from app.domain.errors import InvalidInput
from app.web.step_up import is_fresh, mark_fresh


def needs_password(person: Person, now: datetime) -> bool:
    """Whether the signing form must ask for the password."""
    return not is_fresh(person.id, now)


def confirm_identity(
    session: Session, *, person: Person, password: str | None, passwords: Passwords, address: str, now: datetime
) -> None:
    """Accept a re-authentication within 5 minutes or check the password; raises InvalidInput or TooMany.

    Call it before anything is written: it begins a new transaction, and a wrong password is counted and committed at once.
    """
    if is_fresh(person.id, now):
        return
    check_throttle(session, account=person.email, address=address, now=now)
    email, stored = person.email, person.password_hash
    session.rollback()  # hashing takes long; nobody waits for the write lock meanwhile
    if not passwords.matches(stored, password or ""):
        note_failure(session, account=email, address=address, now=now)
        session.commit()
        raise InvalidInput([("password", "This is not your password. Nothing was signed.")])
    mark_fresh(person.id, now)
