"""Start an attempt: draw a form, freeze it, start its clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.attempts.actions.assembling import assemble_form
from app.attempts.actions.assigning import refuse_unpractised
from app.attempts.actions.preparing import take_prepared
from app.attempts.models import Attempt, AttemptItem
from app.attempts.queries import (
    allowance_of,
    find_allowance,
    find_unused_opening,
    retake_rule,
    running_and_past,
    stamp_of,
)
from app.audit.actions import record
from app.database.failpoints import failpoint
from app.domain.canonical import canonical_bytes, digest
from app.domain.chain import GENESIS, link
from app.domain.errors import Conflict
from app.domain.permissions import Actor
from app.domain.retakes import Sitting, may_start
from app.domain.timing import begin, derivation
from app.quizzes.models import QuizVersion
from app.quizzes.queries import rules_of


def start_attempt(
    session: Session,
    *,
    person: Person,
    quiz_version: QuizVersion,
    seed: str,
    time_zone: str,
    need_review: bool,
    now: datetime,
) -> Attempt:
    """Draw a form, freeze it and start the clock; raises Conflict with the reason and the time if it is too early."""
    failpoint("start.before_first")
    rules = rules_of(quiz_version)
    if rules.mode != "exam":
        raise Conflict("This is practice and no exam. Open Practice from the menu.")
    running, past = running_and_past(session, person.id, quiz_version.quiz_id, time_zone)
    if running is not None:
        raise Conflict("An attempt at this exam is running. Go on with it from the exam's page.")
    opening_id = _opening_for_another(session, person.id, quiz_version, past, now) if past else None
    seed, form = _form(session, person, quiz_version, seed, on=now.date(), need_review=need_review)
    attempt = _attempt_row(session, person, quiz_version, len(past) + 1, seed, now)
    attempt.opening_id, attempt.time_zone = opening_id, time_zone
    session.add(attempt)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Conflict("An attempt at this exam was started in another window. Go on with it from the exam's page.") from None
    failpoint("start.after_attempt")
    rows = [{**row, "attempt_id": attempt.id} for row in form]
    session.execute(insert(AttemptItem), rows)
    failpoint("start.after_form")
    facts = {"attempt": attempt.id, "quiz": quiz_version.quiz_id, "version": quiz_version.id, "form": digest(rows)}
    actor = Actor(person.id, person.printed_name)
    record(session, stream=f"attempt:{attempt.id}", act="attempt.started", actor=actor, now=now, facts=facts)
    failpoint("start.after_record")
    return attempt


def _opening_for_another(
    session: Session, person_id: int, version: QuizVersion, past: Sequence[Sitting], now: datetime
) -> int | None:
    """The supervisor's line that a further attempt uses up, if it needs one; raises Conflict if it may not start now."""
    opening = find_unused_opening(session, person_id, version.quiz_id, past)
    answer = may_start(retake_rule(rules_of(version)), past, opened=opening is not None, now=now)
    if not answer.allowed:
        raise Conflict(answer.reason)
    refuse_unpractised(session, person_id, version.quiz_id)
    return opening.id if opening is not None and answer.needs_opening else None


def _form(
    session: Session, person: Person, version: QuizVersion, seed: str, *, on: date, need_review: bool
) -> tuple[str, list[dict[str, Any]]]:
    """(seed, rows): the form that was drawn ahead if the facts it rests on still hold, or one drawn now."""
    stamp = stamp_of(session, person.id, version.id, on, need_review=need_review)
    prepared = take_prepared(session, person.id, version.quiz_id, stamp)
    return prepared or (seed, assemble_form(session, person.id, rules_of(version), seed, on=on, need_review=need_review))


def _attempt_row(session: Session, person: Person, version: QuizVersion, ordinal: int, seed: str, now: datetime) -> Attempt:
    """A row whose ordinal follows the attempts that were looked at: one that ended since then makes it collide, not count twice."""
    limit_s, allowance = rules_of(version).time_limit_s, allowance_of(find_allowance(session, person.id))
    timing = begin(limit_s, allowance, now)
    return Attempt(
        person_id=person.id,
        quiz_id=version.quiz_id,
        quiz_version_id=version.id,
        ordinal=ordinal,
        seed=seed,
        started_at=now,
        deadline_at=timing.deadline_at,
        derivation=canonical_bytes(derivation(limit_s, allowance)).decode(),
        break_left_s=timing.break_left_s,
        state="open",
        head_sha256=link(GENESIS, canonical_bytes({"person": person.id, "quiz_version": version.id, "seed": seed})),
    )
