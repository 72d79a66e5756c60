"""Write one-time links and passwords."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import AccessLink, Membership, Person
from app.accounts.passwords import MINIMUM_LENGTH, Passwords
from app.accounts.queries import token_sha256
from app.audit.actions import record
from app.domain.errors import Conflict, InvalidInput
from app.domain.permissions import Actor

LINK_LIFE = {"invite": timedelta(days=7), "reset": timedelta(hours=24), "founding": timedelta(days=7)}
FOUND_AGAIN = "Once it has expired, run on the server: flask --app app founding-link EMAIL"


def issue_link(session: Session, *, person: Person, purpose: str, token: str, actor: Actor, now: datetime) -> AccessLink:
    """Make a one-time link for a person; every earlier one that was not used is withdrawn."""
    if person.deactivated_at is not None:
        raise Conflict("This account is deactivated. Reactivate it first.")
    if purpose != "founding" and person.password_hash is None and _is_founder(session, person):
        raise Conflict(
            f"{person.printed_name} founds this installation with a link of their own, which no admin replaces. {FOUND_AGAIN}"
        )
    session.execute(
        update(AccessLink)
        .where(AccessLink.person_id == person.id, AccessLink.used_at.is_(None), AccessLink.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    link = AccessLink(
        person_id=person.id,
        purpose=purpose,
        token_sha256=token_sha256(token),
        issued_by_id=actor.id,
        issued_at=now,
        expires_at=now + LINK_LIFE[purpose],
    )
    session.add(link)
    session.flush()
    record(session, stream=f"person:{person.id}", act=f"link.{purpose}", actor=actor, now=now, facts={"link": link.id})
    return link


def _is_founder(session: Session, person: Person) -> bool:
    query = select(Membership.id).where(Membership.person_id == person.id, Membership.founding, Membership.ended_at.is_(None))
    return session.scalar(query) is not None


def use_link(session: Session, *, link: AccessLink, password: str, passwords: Passwords, session_key: str, now: datetime) -> Person:
    """Set a password with a one-time link; every session of the account ends."""
    check_new_password(password)
    used = session.execute(
        update(AccessLink)
        .where(AccessLink.id == link.id, AccessLink.used_at.is_(None), AccessLink.withdrawn_at.is_(None))
        .values(used_at=now)
        .returning(AccessLink.id)
    ).first()
    if used is None:
        raise Conflict("This link was used already. Ask for a new one.")
    person = link.person
    person.password_hash, person.session_key = passwords.hash(password), session_key
    if link.issued_by_id is not None:  # whoever made the link could have used it; a founding link was made by nobody
        person.access_reset_at, person.access_reset_by_id = now, link.issued_by_id
    actor = Actor(person.id, person.printed_name)
    record(session, stream=f"person:{person.id}", act="password.set", actor=actor, now=now, facts={"link": link.id})
    return person


def check_new_password(password: str) -> None:
    """Raise InvalidInput if a new password is too short, too long or one repeated character."""
    if len(password) < MINIMUM_LENGTH:
        raise InvalidInput([("password", f"Use at least {MINIMUM_LENGTH} characters; a short sentence works well.")])
    if len(password) > 200:
        raise InvalidInput([("password", "Use at most 200 characters.")])
    if len(set(password)) < 4:
        raise InvalidInput([("password", "This repeats the same few characters. Use a short sentence instead.")])


def change_password(
    session: Session, *, person: Person, old: str, new: str, passwords: Passwords, session_key: str, now: datetime
) -> None:
    """Change one's own password; other sessions end."""
    if not passwords.matches(person.password_hash, old):
        raise InvalidInput([("old_password", "This is not your present password.")])
    check_new_password(new)
    person.password_hash, person.session_key = passwords.hash(new), session_key
    actor = Actor(person.id, person.printed_name)
    record(session, stream=f"person:{person.id}", act="password.changed", actor=actor, now=now, facts={})
