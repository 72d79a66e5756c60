"""Read attempts, each by who may ask for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from app.attempts.models import (
    Attempt,
)
from app.domain.errors import NotFound

GRACE = timedelta(seconds=10)
"""How long after the deadline a save that was on its way still counts."""


_OWN = (
    select(Attempt)
    .where(Attempt.id == bindparam("attempt"), Attempt.person_id == bindparam("person"))
    .options(joinedload(Attempt.quiz_version))
)


def get_own_attempt(session: Session, attempt_id: int, person_id: int) -> Attempt:
    """One's own attempt; anybody else's does not exist."""
    attempt = session.scalar(_OWN, {"attempt": attempt_id, "person": person_id})
    if attempt is None:
        raise NotFound("There is no such attempt of yours.")
    return attempt


def get_attempt(session: Session, attempt_id: int) -> Attempt:
    """An attempt, whoever sat it; the caller has checked who asks."""
    attempt = session.get(Attempt, attempt_id, options=[joinedload(Attempt.quiz_version)])
    if attempt is None:
        raise NotFound("There is no such attempt.")
    return attempt


def is_over(attempt: Attempt, now: datetime) -> bool:
    """Whether nothing can be saved any more, closed or not."""
    return attempt.state == "closed" or now > attempt.deadline_at + GRACE
