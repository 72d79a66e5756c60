"""Read the clock of an attempt, and what exam time a person gets."""

from __future__ import annotations

from fractions import Fraction

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.attempts.models import Attempt, ClockEntry, TimeAllowance
from app.domain.timing import Allowance, Timing


def timing_of(attempt: Attempt) -> Timing:
    """The clock of an attempt as the domain reads it."""
    return Timing(attempt.deadline_at, attempt.break_left_s, attempt.break_began_at)


_ALLOWANCE = select(TimeAllowance).where(TimeAllowance.person_id == bindparam("person")).order_by(TimeAllowance.id.desc()).limit(1)


def find_allowance(session: Session, person_id: int) -> TimeAllowance | None:
    """The exam time that was set for a person; shown to nobody but them and the officer who set it."""
    return session.scalar(_ALLOWANCE, {"person": person_id})


def allowance_of(row: TimeAllowance | None) -> Allowance:
    """The allowance as the domain reads it; without a row there is none."""
    if row is None:
        return Allowance()
    return Allowance(Fraction(row.multiplier_num, row.multiplier_den), row.extra_s, row.break_s)


def extended_s(session: Session, attempt_id: int) -> int:
    """Seconds that supervisors have added to an attempt."""
    total = func.coalesce(func.sum(ClockEntry.seconds), 0)
    return int(session.scalar(select(total).where(ClockEntry.attempt_id == attempt_id, ClockEntry.kind == "extension")) or 0)


def extensions_of(session: Session, attempt_id: int) -> list[ClockEntry]:
    """What supervisors added to an attempt, in order; breaks are nobody's business but the candidate's."""
    query = select(ClockEntry).where(ClockEntry.attempt_id == attempt_id, ClockEntry.kind == "extension")
    return list(session.scalars(query.order_by(ClockEntry.id)))
