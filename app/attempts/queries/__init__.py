"""Read attempts: what a candidate may see, what is owed, what counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session, joinedload

from app.attempts.models import (
    Attempt,
    AttemptItem,
    AttemptOpening,
    Grade,
    GradedItem,
    ResponseRevision,
)
from app.attempts.queries.timing import allowance_of, extended_s, extensions_of, find_allowance, timing_of
from app.bank.models import ItemVersion
from app.bank.queries import parse_stored
from app.domain.errors import NotFound
from app.domain.items import ItemContent, Presentation, Variant, presentation, wire_answer
from app.domain.places import months_after
from app.domain.quiz import Quiz as QuizRules
from app.domain.retakes import RetakeRule, Sitting
from app.quizzes.queries import rules_of

__all__ = ["allowance_of", "extended_s", "extensions_of", "find_allowance", "timing_of"]

GRACE = timedelta(seconds=10)
"""How long after the deadline a save that was on its way still counts."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a form as its candidate may see it: the question, and what was last saved there."""

    position: int
    shown: Presentation
    seq: int
    answer: Any
    struck: tuple[str, ...]
    flagged: bool
    certainty: str | None
    saved_at: datetime | None

    @property
    def answered(self) -> bool:
        """Whether an answer is saved here."""
        return self.answer is not None


@dataclass(frozen=True, slots=True)
class KeyedPlace:
    """One place with its full content, key included: for wire conversion and grading, never handed to a template."""

    place: Place
    content: ItemContent
    variant: Variant
    version_id: int


def get_own_attempt(session: Session, attempt_id: int, person_id: int) -> Attempt:
    """One's own attempt; anybody else's does not exist."""
    query = (
        select(Attempt).where(Attempt.id == attempt_id, Attempt.person_id == person_id).options(joinedload(Attempt.quiz_version))
    )
    attempt = session.scalar(query)
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


def keyed_places(session: Session, attempt_id: int) -> list[KeyedPlace]:
    """Every place of a form in order, with its newest counting answer."""
    rows = session.execute(
        select(AttemptItem.position, AttemptItem.variant, ItemVersion.id, ItemVersion.content)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .where(AttemptItem.attempt_id == attempt_id)
        .order_by(AttemptItem.position)
    ).all()
    saved = _newest_revisions(session, attempt_id)
    return [_place(*row, saved.get(row[0])) for row in rows]


def _newest_revisions(session: Session, attempt_id: int) -> dict[int, Any]:
    newest = (
        select(func.max(ResponseRevision.id))
        .where(ResponseRevision.attempt_id == attempt_id, ResponseRevision.kept == "current")
        .group_by(ResponseRevision.position)
    )
    rows = session.execute(
        select(
            ResponseRevision.position,
            ResponseRevision.seq,
            ResponseRevision.payload,
            ResponseRevision.certainty,
            ResponseRevision.received_at,
        ).where(ResponseRevision.id.in_(newest))
    )
    return {row.position: row for row in rows}


def _place(position: int, variant_text: str, version_id: int, content_text: str, row: Any) -> KeyedPlace:
    content, variant = parse_stored(content_text), Variant.from_json(json.loads(variant_text))
    body = json.loads(row.payload) if row is not None else {"answer": None, "struck": [], "flag": False}
    place = Place(
        position=position,
        shown=presentation(content, variant, body["answer"]),
        seq=row.seq if row is not None else 0,
        answer=body["answer"],
        struck=tuple(variant.key_of(option) for option in body["struck"]),
        flagged=body["flag"],
        certainty=row.certainty if row is not None else None,
        saved_at=row.received_at if row is not None else None,
    )
    return KeyedPlace(place, content, variant, version_id)


def retake_rule(rules: QuizRules) -> RetakeRule:
    """The retake rule of a quiz as the domain reads it."""
    return RetakeRule(
        per_window=rules.attempts.allowed,
        window=timedelta(days=rules.attempts.window_days),
        waits=tuple(timedelta(hours=h) for h in rules.attempts.waits_h),
    )


def sittings(session: Session, person_id: int, quiz_id: str, time_zone: str) -> list[Sitting]:
    """Every closed attempt of a person at a quiz, as the retake rules read it."""
    attempts = session.scalars(
        select(Attempt)
        .where(Attempt.person_id == person_id, Attempt.quiz_id == quiz_id, Attempt.state == "closed")
        .options(joinedload(Attempt.quiz_version))
        .order_by(Attempt.id)
    )
    grades = newest_grades(session, person_id, quiz_id)
    return [_sitting(a, grades.get(a.id), time_zone) for a in attempts]


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


def find_running_attempt(session: Session, person_id: int, quiz_id: str) -> Attempt | None:
    """The attempt that is open now, if any."""
    return session.scalar(
        select(Attempt).where(Attempt.person_id == person_id, Attempt.quiz_id == quiz_id, Attempt.state == "open")
    )


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


def due_attempt_ids(session: Session, now: datetime) -> list[int]:
    """Open attempts whose time is up, and closed ones without a grade."""
    late = session.scalars(select(Attempt.id).where(Attempt.state == "open", Attempt.deadline_at < now - GRACE))
    graded = select(Grade.attempt_id)
    ungraded = session.scalars(select(Attempt.id).where(Attempt.state == "closed", Attempt.id.not_in(graded)))
    return [*late, *ungraded]


def graded_attempts(session: Session, person_ids: Collection[int]) -> list[tuple[Attempt, Grade]]:
    """Every closed, graded exam of some people with its newest grade."""
    rows = session.execute(
        select(Attempt, Grade)
        .join(Grade, Grade.attempt_id == Attempt.id)
        .where(Attempt.person_id.in_(person_ids), Attempt.state == "closed")
        .order_by(Attempt.id, Grade.run)
    )
    return list({attempt.id: (attempt, grade) for attempt, grade in rows}.values())


def wire_of(keyed: KeyedPlace) -> dict[str, Any]:
    """The saved answer of a place in display keys, for showing it again."""
    return wire_answer(keyed.content, keyed.variant, keyed.place.answer)


@dataclass(frozen=True, slots=True)
class Report:
    """What the review rule lets a candidate see of a graded attempt: topics and safe-needle rules, never a key of the exam pool."""

    topics: tuple[tuple[str, int, int], ...]
    """(topic or domain, items with full marks, items)"""
    critical: tuple[tuple[int, str], ...]
    """(position, safe-needle rule) of each critical error"""
    missed_rules: tuple[str, ...]
    """the safe-needle rules of items without full marks"""
    sure_and_wrong: int


def released_report(session: Session, attempt: Attempt, grade: Grade) -> Report:
    """Build the report of a closed attempt from its grade."""
    marks = {row.position: row for row in graded_items(session, grade.id)}
    topics: dict[str, list[int]] = {}
    critical, missed, sure = [], [], 0
    for keyed in keyed_places(session, attempt.id):
        row, position = marks[keyed.place.position], keyed.place.position
        full = row.points_num == row.max_points * row.points_den
        counts = topics.setdefault(keyed.content.topic or keyed.content.domain, [0, 0])
        counts[0] += full
        counts[1] += 1
        if row.critical_errors:
            critical.append((position, keyed.content.safe_needle_rule))
        elif not full:
            missed.append(keyed.content.safe_needle_rule)
        sure += json.loads(row.findings)["sure_and_wrong"]
    rows = tuple((name, right, total) for name, (right, total) in sorted(topics.items()))
    return Report(rows, tuple(critical), tuple(dict.fromkeys(missed)), sure)


def receipt_of(session: Session, attempt: Attempt) -> dict[str, Any]:
    """The revisions of an attempt with their digests; the last digest is the attempt's head."""
    rows = session.scalars(
        select(ResponseRevision).where(ResponseRevision.attempt_id == attempt.id).order_by(ResponseRevision.number)
    )
    revisions = [
        {
            "attempt_id": r.attempt_id, "number": r.number, "position": r.position, "seq": r.seq, "base_seq": r.base_seq,
            "op_id": r.op_id, "kept": r.kept, "shown": r.shown, "certainty": r.certainty,
            "received_at": r.received_at.isoformat(), "previous_sha256": r.previous_sha256, "sha256": r.sha256,
        }
        for r in rows
    ]  # fmt: skip
    rule = "sha256(previous_sha256 + canonical JSON of the fields but the two digests), hex; keys sorted, no spaces, UTF-8"
    return {"attempt": attempt.id, "head": attempt.head_sha256, "rule": rule, "revisions": revisions}
