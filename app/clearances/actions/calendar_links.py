"""Links by which a calendar program reads when one's own clearances end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.audit.actions import hold_stream, record
from app.clearances.models import CalendarLink
from app.clearances.queries import calendar_token_sha256, find_current_link
from app.domain.permissions import Actor


def make_calendar_link(session: Session, *, person: Person, token: str, actor: Actor, now: datetime) -> CalendarLink:
    """Make a new link; the old one stops answering at once."""
    stream = f"person:{person.id}"
    hold_stream(session, stream)
    _end(session, person.id, now)
    row = CalendarLink(person_id=person.id, token_sha256=calendar_token_sha256(token), made_at=now)
    session.add(row)
    session.flush()
    record(session, stream=stream, act="calendar_link.made", actor=actor, now=now, facts={"link": row.id})
    return row


def end_calendar_link(session: Session, *, person: Person, actor: Actor, now: datetime) -> bool:
    """End the link, if there is one; whether there was."""
    stream = f"person:{person.id}"
    hold_stream(session, stream)
    ended = _end(session, person.id, now)
    if ended is not None:
        record(session, stream=stream, act="calendar_link.ended", actor=actor, now=now, facts={"link": ended.id})
    return ended is not None


def _end(session: Session, person_id: int, now: datetime) -> CalendarLink | None:
    old = find_current_link(session, person_id)
    if old is not None:
        old.ended_at = now
        session.flush()  # before a new one: a person has one current link
    return old
