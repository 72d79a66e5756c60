"""Open one further attempt for somebody with a supervisor's signed line."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.attempts.models import AttemptOpening
from app.attempts.queries import (
    find_unused_opening,
    retake_rule,
    sittings,
)
from app.audit.actions import hold_stream, record
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor, Who, may_sign
from app.domain.retakes import may_start
from app.quizzes.queries import get_current_quiz, rules_of
from app.signatures.actions import sign


def open_attempt(
    session: Session, *, person: Person, quiz_id: str, site_id: int, words: str, supervisor: Person, who: Who,
    time_zone: str, now: datetime,
) -> AttemptOpening:  # fmt: skip
    """Open one further attempt for somebody with a signed line; never for oneself."""
    if supervisor.id == person.id:
        raise NotAllowed("Nobody acts on their own record.")
    answer = may_sign(who, "supervisor", site_id, at=now)
    if not answer.allowed:
        raise NotAllowed(answer.reason)
    if len(words.strip()) < 10:
        raise InvalidInput([("words", "Write in a line what you talked about and what was agreed (10 characters or more).")])
    _refuse_needless_opening(session, person, quiz_id, time_zone, now)
    signature = sign(
        session, signer=supervisor, meaning="I spoke with this person and open one further attempt",
        subject=f"person:{person.id}", shown={"person": person.id, "quiz": quiz_id, "words": words.strip()},
        shown_sha256=None, now=now, time_zone=time_zone,
    )  # fmt: skip
    opening = AttemptOpening(
        person_id=person.id, quiz_id=quiz_id, opened_by_id=supervisor.id, words=words.strip(), opened_at=now,
        signature_id=signature.id,
    )  # fmt: skip
    session.add(opening)
    session.flush()
    actor = Actor(supervisor.id, supervisor.printed_name)
    facts = {"opening": opening.id, "quiz": quiz_id}
    record(session, stream=f"person:{person.id}", act="attempt.opened", actor=actor, now=now, facts=facts)
    return opening


def _refuse_needless_opening(session: Session, person: Person, quiz_id: str, time_zone: str, now: datetime) -> None:
    """A line speaks of the newest miss: none is signed ahead, and none twice for the same attempt."""
    hold_stream(session, f"person:{person.id}")
    past = sittings(session, person.id, quiz_id, time_zone)
    if find_unused_opening(session, person.id, quiz_id, past) is not None:
        raise Conflict("The next attempt is open already.")
    rule = retake_rule(rules_of(get_current_quiz(session, quiz_id)))
    if not may_start(rule, past, opened=False, now=now).needs_opening:
        raise Conflict("The next attempt at this exam needs no supervisor's line. Nothing was signed.")
