"""Set what time a person gets, move the end of a running attempt, take a break; each under the attempt's row lock."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.attempts.models import Attempt, ClockEntry, TimeAllowance
from app.attempts.queries import GRACE, extended_s, timing_of
from app.audit.actions import record
from app.database import table_of
from app.domain import timing as rules
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor, Who, may_set_exam_time, may_supervise
from app.domain.timing import Allowance, Timing

_ENTRIES, _ATTEMPTS = table_of(ClockEntry), table_of(Attempt)


def set_allowance(
    session: Session, *, person: Person, allowance: Allowance, officer: Person, who: Who, now: datetime
) -> TimeAllowance:
    """Set a person's exam time from the next start on; the trail says that it was set, never what it is."""
    answer = may_set_exam_time(who, person.id)
    if not answer.allowed:
        raise NotAllowed(answer.reason)
    rules.check_allowance(allowance)
    row = TimeAllowance(
        person_id=person.id, multiplier_num=allowance.multiplier.numerator, multiplier_den=allowance.multiplier.denominator,
        extra_s=allowance.extra_s, break_s=allowance.break_s, set_by_id=officer.id, set_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    actor = Actor(officer.id, officer.printed_name)
    record(session, stream=f"person:{person.id}", act="person.exam_time_set", actor=actor, now=now, facts={"entry": row.id})
    return row


def extend_attempt(
    session: Session, *, attempt_id: int, person_id: int, person_sites: frozenset[int], minutes: int, reason: str,
    supervisor: Person, who: Who, now: datetime,
) -> datetime:  # fmt: skip
    """Move the end of somebody's running attempt; returns the new end. The page of the candidate learns of it by itself."""
    answer = may_supervise(who, person_id, person_sites)
    if not answer.allowed:
        raise NotAllowed(answer.reason)
    if len(reason.strip()) < 10:
        raise InvalidInput([("reason", "Write in a line why (10 characters or more), for example a fire alarm.")])
    attempt = _hold_open(session, attempt_id, person_id, now)
    after = rules.extend(timing_of(attempt), minutes * 60, extended_s=extended_s(session, attempt_id))
    actor = Actor(supervisor.id, supervisor.printed_name)
    _move(session, attempt, after, kind="extension", seconds=minutes * 60, actor=actor, reason=reason.strip(), now=now)
    facts = {"attempt": attempt_id, "minutes": minutes}
    record(session, stream=f"attempt:{attempt_id}", act="attempt.extended", actor=actor, now=now, facts=facts)
    return after.deadline_at


def begin_break(session: Session, *, attempt_id: int, person_id: int, now: datetime) -> None:
    """Stop the clock of one's own attempt for what is left of the breaks."""
    attempt = _hold_open(session, attempt_id, person_id, now)
    before = timing_of(attempt)
    if before.break_began_at is not None and not rules.on_break(before, now):  # one that nobody ended is used up
        attempt = _end_break(session, attempt, now)
    after = rules.begin_break(timing_of(attempt), now)
    _move_for_candidate(session, attempt, after, "break_began", after.break_left_s, now)


def end_break(session: Session, *, attempt_id: int, person_id: int, now: datetime) -> None:
    """Let the clock of one's own attempt run again; without a break nothing happens."""
    attempt = _hold_open(session, attempt_id, person_id, now)
    if attempt.break_began_at is not None:
        _end_break(session, attempt, now)


def end_break_for_save(session: Session, attempt_id: int, now: datetime) -> None:
    """An answer that arrives ends the break; the caller holds the attempt's row."""
    _end_break(session, session.get_one(Attempt, attempt_id, populate_existing=True), now)


def _end_break(session: Session, attempt: Attempt, now: datetime) -> Attempt:
    before = timing_of(attempt)
    after = rules.end_break(before, now)
    _move_for_candidate(session, attempt, after, "break_ended", before.break_left_s - after.break_left_s, now)
    return attempt


def _hold_open(session: Session, attempt_id: int, person_id: int, now: datetime) -> Attempt:
    """The attempt with its row locked; raises Conflict once it is over: a closed attempt is never opened again."""
    query = select(Attempt).where(Attempt.id == attempt_id, Attempt.person_id == person_id).with_for_update()
    attempt = session.scalar(query.execution_options(populate_existing=True))
    if attempt is None or attempt.state != "open" or now > attempt.deadline_at + GRACE:
        raise Conflict("This attempt is over. Its end cannot be moved any more.")
    return attempt


def _move_for_candidate(session: Session, attempt: Attempt, after: Timing, kind: str, seconds: int, now: datetime) -> None:
    """A break: the trail says only that the end moved, since a break reveals an allowance."""
    entry = _move(session, attempt, after, kind=kind, seconds=seconds, actor=Actor(attempt.person_id, "candidate"), now=now)
    stream, actor = f"attempt:{attempt.id}", Actor(attempt.person_id, "candidate")
    record(session, stream=stream, act="attempt.end_moved", actor=actor, now=now, facts={"attempt": attempt.id, "entry": entry})


def _move(
    session: Session, attempt: Attempt, after: Timing, *, kind: str, seconds: int, actor: Actor, now: datetime, reason: str = ""
) -> int:
    connection: Connection = session.connection()
    values = {
        "attempt_id": attempt.id, "kind": kind, "seconds": seconds, "deadline_before": attempt.deadline_at,
        "deadline_after": after.deadline_at, "by_id": actor.id, "reason": reason, "at": now,
    }  # fmt: skip
    entry = int(connection.execute(insert(_ENTRIES).returning(_ENTRIES.c.id), values).scalar_one())
    moved = {"deadline_at": after.deadline_at, "break_left_s": after.break_left_s, "break_began_at": after.break_began_at}
    connection.execute(update(_ATTEMPTS).where(_ATTEMPTS.c.id == attempt.id).values(moved))
    session.refresh(attempt)
    return entry
