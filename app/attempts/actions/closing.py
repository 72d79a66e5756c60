"""Close an attempt: by its candidate, or because its time is up; one locked transition for all callers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.attempts.models import Attempt
from app.attempts.queries import (
    GRACE,
    KeyedPlace,
    keyed_places,
)
from app.audit.actions import record
from app.database.failpoints import failpoint
from app.domain.errors import Conflict, InvalidInput
from app.domain.permissions import SYSTEM, Actor


def submit_attempt(session: Session, *, attempt: Attempt, read_back: Mapping[int, int], now: datetime) -> list[KeyedPlace] | None:
    """Close an attempt for its candidate, once the chosen answer of every critical item was read back.

    `read_back` maps a position to the seq of the answer that was confirmed; it must be the newest one. Returns the places as
    they are for good now; None where the time was over, so that nobody looked at them.
    """
    failpoint("submit.before_first")
    if now > attempt.deadline_at + GRACE:
        _close(session, attempt.id, by="deadline", at=attempt.deadline_at, actor=SYSTEM, now=now)
        return None
    session.execute(select(Attempt.id).where(Attempt.id == attempt.id).with_for_update())  # no save comes between look and close
    failpoint("submit.after_lock")
    places = keyed_places(session, attempt.id)
    open_ones = [
        p.place.position
        for p in places
        if p.content.critical and p.place.answered and read_back.get(p.place.position) != p.place.seq
    ]
    if open_ones:
        numbers = ", ".join(str(n) for n in open_ones)
        raise InvalidInput([("read_back", f"Confirm your answer to item {numbers} below; then submit.")])
    actor = Actor(attempt.person_id, "candidate")
    if not _close(session, attempt.id, by="candidate", at=min(now, attempt.deadline_at), actor=actor, now=now):
        raise Conflict("This attempt is closed already. Its result is on the next page.")
    return places


def close_if_due(session: Session, attempt_id: int, *, now: datetime) -> bool:
    """Close an attempt whose time is up; drafts count, and the finish time is the deadline. True if it was closed now."""
    failpoint("deadline.before_first")
    closed = session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state == "open", Attempt.deadline_at < now - GRACE)
        .values(state="closed", closed_at=Attempt.deadline_at, closed_by="deadline")
        .returning(Attempt.revision_count, Attempt.head_sha256, Attempt.closed_at)
    ).one_or_none()
    failpoint("deadline.after_update")
    return _note_closed(session, attempt_id, closed, by="deadline", actor=SYSTEM, now=now)


def _close(session: Session, attempt_id: int, *, by: str, at: datetime, actor: Actor, now: datetime) -> bool:
    closed = session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state == "open")
        .values(state="closed", closed_at=at, closed_by=by)
        .returning(Attempt.revision_count, Attempt.head_sha256, Attempt.closed_at)
    ).one_or_none()
    failpoint("close.after_update")
    return _note_closed(session, attempt_id, closed, by=by, actor=actor, now=now)


def _note_closed(session: Session, attempt_id: int, closed: Any, *, by: str, actor: Actor, now: datetime) -> bool:
    if closed is None:
        return False
    finished_at = closed.closed_at.isoformat()
    facts = {"by": by, "revisions": closed.revision_count, "head": closed.head_sha256, "finished_at": finished_at}
    record(session, stream=f"attempt:{attempt_id}", act="attempt.closed", actor=actor, now=now, facts=facts)
    failpoint("close.after_record")
    return True
