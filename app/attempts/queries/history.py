"""Read what a person has sat before: sittings, grades, openings, items seen; and what is still owed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select, true
from sqlalchemy.orm import Session, joinedload

from app.attempts.models import (
    Attempt,
    AttemptItem,
    AttemptOpening,
    Grade,
    GradedItem,
)
from app.attempts.queries.running import GRACE
from app.domain.assembly import RECENT_FORMS
from app.domain.places import months_after
from app.domain.quiz import Quiz as QuizRules
from app.domain.retakes import RetakeRule, Sitting
from app.quizzes.queries import rules_of


def retake_rule(rules: QuizRules) -> RetakeRule:
    """The retake rule of a quiz as the domain reads it."""
    return RetakeRule(
        per_window=rules.attempts.allowed,
        window=timedelta(days=rules.attempts.window_days),
        waits=tuple(timedelta(hours=h) for h in rules.attempts.waits_h),
    )


def sittings(session: Session, person_id: int, quiz_id: str, time_zone: str) -> list[Sitting]:
    """Every closed attempt of a person at a quiz, as the retake rules read it."""
    return running_and_past(session, person_id, quiz_id, time_zone)[1]


_OF_A_QUIZ = (
    select(Attempt)
    .where(Attempt.person_id == bindparam("person"), Attempt.quiz_id == bindparam("quiz"))
    .options(joinedload(Attempt.quiz_version))
    .order_by(Attempt.id)
)


def running_and_past(session: Session, person_id: int, quiz_id: str, time_zone: str) -> tuple[Attempt | None, list[Sitting]]:
    """(the attempt that is open, every closed one as the retake rules read it), of one look at the table."""
    attempts = list(session.scalars(_OF_A_QUIZ, {"person": person_id, "quiz": quiz_id}))
    grades = newest_grades(session, person_id, quiz_id) if attempts else {}
    past = [_sitting(a, grades.get(a.id), time_zone) for a in attempts if a.state == "closed"]
    return next((a for a in attempts if a.state == "open"), None), past


def _sitting(attempt: Attempt, grade: Grade | None, time_zone: str) -> Sitting:
    finished = attempt.closed_at or attempt.deadline_at
    passed = grade is not None and grade.passed
    validity = rules_of(attempt.quiz_version).validity_months
    until = months_after(finished, validity, time_zone) if passed and validity else None
    return Sitting(attempt.started_at, finished, passed, until)


def newest_grades(session: Session, person_id: int, quiz_id: str | None = None) -> dict[int, Grade]:
    """The newest grade of each attempt of a person, by attempt id."""
    query = select(Grade).join(Attempt, Attempt.id == Grade.attempt_id).where(Attempt.person_id == person_id)
    if quiz_id is not None:
        query = query.where(Attempt.quiz_id == quiz_id)
    return {grade.attempt_id: grade for grade in session.scalars(query.order_by(Grade.run))}


def find_grade(session: Session, attempt_id: int) -> Grade | None:
    """The newest grade of an attempt."""
    return session.scalar(select(Grade).where(Grade.attempt_id == attempt_id).order_by(Grade.run.desc()).limit(1))


def graded_items(session: Session, grade_id: int) -> list[GradedItem]:
    """The marks of a grade in the order of the form."""
    query = select(GradedItem).where(GradedItem.grade_id == grade_id).order_by(GradedItem.position)
    return list(session.scalars(query))


_RUNNING = select(Attempt).where(
    Attempt.person_id == bindparam("person"), Attempt.quiz_id == bindparam("quiz"), Attempt.state == "open"
)


def find_running_attempt(session: Session, person_id: int, quiz_id: str) -> Attempt | None:
    """The attempt that is open now, if any."""
    return session.scalar(_RUNNING, {"person": person_id, "quiz": quiz_id})


def list_attempts(session: Session, person_id: int) -> list[Attempt]:
    """All attempts of a person, the newest first."""
    query = (
        select(Attempt).where(Attempt.person_id == person_id).options(joinedload(Attempt.quiz_version)).order_by(Attempt.id.desc())
    )
    return list(session.scalars(query))


def find_unused_opening(session: Session, person_id: int, quiz_id: str, past: Sequence[Sitting]) -> AttemptOpening | None:
    """A supervisor's line that no attempt has used, signed after the newest of the past sittings: it speaks of that one."""
    after = max((s.finished_at for s in past), default=None)
    used = select(Attempt.opening_id).where(Attempt.opening_id.is_not(None))
    return session.scalar(
        select(AttemptOpening)
        .where(AttemptOpening.person_id == person_id, AttemptOpening.quiz_id == quiz_id, AttemptOpening.id.not_in(used))
        .where(AttemptOpening.opened_at >= after if after is not None else true())
        .order_by(AttemptOpening.id)
        .limit(1)
    )


def seen_counts(session: Session, person_id: int) -> Counter[str]:
    """How often each item was put before a person, in exams of any kind."""
    rows = session.execute(
        select(AttemptItem.item_id, func.count())
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(Attempt.person_id == person_id)
        .group_by(AttemptItem.item_id)
    )
    return Counter({row[0]: row[1] for row in rows})


def exposure(session: Session, quiz_id: str) -> tuple[int, Counter[str]]:
    """(how many of the newest forms of a quiz were looked at, in how many of them each item was)."""
    newest = select(Attempt.id).where(Attempt.quiz_id == quiz_id).order_by(Attempt.id.desc()).limit(RECENT_FORMS).subquery()
    forms = select(func.count()).select_from(newest).scalar_subquery()
    held = select(AttemptItem.item_id, func.count(), forms).where(AttemptItem.attempt_id.in_(select(newest.c.id)))
    rows = session.execute(held.group_by(AttemptItem.item_id)).all()
    return rows[0][2] if rows else 0, Counter({row[0]: row[1] for row in rows})


def due_attempt_ids(session: Session, now: datetime) -> list[int]:
    """Open attempts whose time is up, and closed ones without a grade."""
    late = session.scalars(select(Attempt.id).where(Attempt.state == "open", Attempt.deadline_at < now - GRACE))
    graded = select(Grade.attempt_id)
    ungraded = session.scalars(select(Attempt.id).where(Attempt.state == "closed", Attempt.id.not_in(graded)))
    return [*late, *ungraded]
