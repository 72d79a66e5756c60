"""What people have to be told: results that a correction moved, and old keys that they were taught."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.attempts.models import Attempt, AttemptItem, Grade, GradedItem
from app.bank.models import ItemVersion
from app.bank.queries import parse_stored
from app.practice.models import PracticeAnswer
from app.quizzes.models import QuizVersion
from app.regrades.models import Acknowledgement, Regrade, RegradedAttempt, RegradeEvent, RegradeVersion


@dataclass(frozen=True, slots=True)
class Sat:
    """One attempt of the reader in which the corrected item stood, and what became of its result."""

    attempt_id: int
    position: int
    quiz_title: str
    closed_at: datetime | None
    before: Grade | None = None
    after: Grade | None = None

    @property
    def lost(self) -> bool:
        """Whether the correction took the pass away."""
        return self.before is not None and self.after is not None and self.before.passed and not self.after.passed

    @property
    def gained(self) -> bool:
        """Whether the correction made it a pass."""
        return self.before is not None and self.after is not None and self.after.passed and not self.before.passed


@dataclass(frozen=True, slots=True)
class Correction:
    """A committed regrade as one person is told of it: the change note, the old and the new rule, their own attempts."""

    regrade: Regrade
    committed_at: datetime
    old_rules: tuple[str, ...]
    new_rule: str
    sat: tuple[Sat, ...]
    practised_at: datetime | None = None
    """When the reader last practised a version that was corrected, and read its explanation."""

    @property
    def rule_changed(self) -> bool:
        """Whether the reader was taught a rule that no longer holds."""
        return bool(self.new_rule) and any(rule != self.new_rule for rule in self.old_rules)


def _moved(person_id: int) -> Select[Any]:
    """Regrades that appended a grade to an attempt of this person."""
    return (
        select(RegradedAttempt.regrade_id)
        .join(Grade, Grade.id == RegradedAttempt.grade_id)
        .join(Attempt, Attempt.id == Grade.attempt_id)
        .where(Attempt.person_id == person_id)
    )


def _taught_by_exams(person_id: int) -> Select[Any]:
    """Regrades of versions whose rule or critical error the review of an attempt showed this person.

    The review shows the safe-needle rule of every item without the full mark.
    """
    short = (GradedItem.critical_errors > 0) | (GradedItem.points_num < GradedItem.max_points * GradedItem.points_den)
    return (
        select(RegradeVersion.regrade_id)
        .join(RegradeEvent, RegradeEvent.regrade_id == RegradeVersion.regrade_id)
        .join(AttemptItem, AttemptItem.item_version_id == RegradeVersion.version_id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .join(Grade, Grade.attempt_id == Attempt.id)
        .join(GradedItem, (GradedItem.grade_id == Grade.id) & (GradedItem.position == AttemptItem.position))
        .outerjoin(RegradedAttempt, RegradedAttempt.grade_id == Grade.id)
        .where(RegradeEvent.kind == "committed", Attempt.person_id == person_id, short)
        .where(or_(RegradedAttempt.regrade_id.is_(None), RegradedAttempt.regrade_id != RegradeVersion.regrade_id))
    )


def _taught_by_practice(person_id: int) -> Select[Any]:
    """Regrades of versions that this person practised: every answer there is explained at once, key and reasons."""
    return (
        select(RegradeVersion.regrade_id)
        .join(RegradeEvent, RegradeEvent.regrade_id == RegradeVersion.regrade_id)
        .join(PracticeAnswer, PracticeAnswer.item_version_id == RegradeVersion.version_id)
        .where(RegradeEvent.kind == "committed", PracticeAnswer.person_id == person_id)
    )


def _concern(person_id: int) -> ColumnElement[bool]:
    """Whether a regrade moved a result of this person or corrects what they were taught."""
    return or_(*(Regrade.id.in_(found(person_id)) for found in (_moved, _taught_by_exams, _taught_by_practice)))


def concerns(session: Session, person_id: int, regrade_id: int) -> bool:
    """Whether a committed regrade concerns a person."""
    return session.scalar(select(Regrade.id).where(Regrade.id == regrade_id, _concern(person_id))) is not None


def corrections_for(session: Session, person_id: int) -> list[Correction]:
    """Corrections that concern a person and of which they have not taken note, the newest first."""
    seen = select(Acknowledgement.reference).where(Acknowledgement.person_id == person_id, Acknowledgement.kind == "regrade")
    rows = session.execute(
        select(Regrade, RegradeEvent.at)
        .join(RegradeEvent, RegradeEvent.regrade_id == Regrade.id)
        .where(_concern(person_id), Regrade.id.not_in(seen))
        .order_by(Regrade.id.desc())
    ).all()
    return _told(session, person_id, [(r, at) for r, at in rows]) if rows else []


def _told(session: Session, person_id: int, found: Sequence[tuple[Regrade, datetime]]) -> list[Correction]:
    before, after = aliased(Grade), aliased(Grade)
    rows = session.execute(
        select(
            RegradeVersion.regrade_id, AttemptItem.attempt_id, AttemptItem.position, QuizVersion.title, Attempt.closed_at,
            ItemVersion.content, before, after,
        )
        .join(AttemptItem, AttemptItem.item_version_id == RegradeVersion.version_id)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .join(Attempt, (Attempt.id == AttemptItem.attempt_id) & (Attempt.state == "closed"))
        .join(QuizVersion, QuizVersion.id == Attempt.quiz_version_id)
        .outerjoin(
            after,
            (after.attempt_id == Attempt.id)
            & after.id.in_(select(RegradedAttempt.grade_id).where(RegradedAttempt.regrade_id == RegradeVersion.regrade_id)),
        )
        .outerjoin(before, (before.attempt_id == after.attempt_id) & (before.run == after.run - 1))
        .where(Attempt.person_id == person_id, RegradeVersion.regrade_id.in_([r.id for r, _ in found]))
        .order_by(AttemptItem.attempt_id)
    )  # fmt: skip
    sat: dict[int, list[Sat]] = defaultdict(list)
    rules: dict[int, dict[str, None]] = defaultdict(dict)
    for regrade_id, attempt_id, position, title, closed_at, content, was, now in rows:
        sat[regrade_id].append(Sat(attempt_id, position, title, closed_at, was, now))
        rules[regrade_id][parse_stored(content).safe_needle_rule] = None
    practised = _practised(session, person_id, [r.id for r, _ in found])
    for regrade_id, content, _ in practised:
        rules[regrade_id][parse_stored(content).safe_needle_rule] = None
    last = {regrade_id: at for regrade_id, _, at in practised}  # in the order of the answers: the newest stands
    return [Correction(r, at, tuple(rules[r.id]), _new_rule(r), tuple(sat[r.id]), last.get(r.id)) for r, at in found]


def _practised(session: Session, person_id: int, regrade_ids: Sequence[int]) -> list[tuple[int, str, datetime]]:
    """(regrade, content of a corrected version, when it was practised) of every practice answer of a person."""
    rows = session.execute(
        select(RegradeVersion.regrade_id, ItemVersion.content, PracticeAnswer.answered_at)
        .join(PracticeAnswer, PracticeAnswer.item_version_id == RegradeVersion.version_id)
        .join(ItemVersion, ItemVersion.id == RegradeVersion.version_id)
        .where(PracticeAnswer.person_id == person_id, RegradeVersion.regrade_id.in_(regrade_ids))
        .order_by(PracticeAnswer.answered_at)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _new_rule(regrade: Regrade) -> str:
    return "" if regrade.to_version is None else parse_stored(regrade.to_version.content).safe_needle_rule


@dataclass(frozen=True, slots=True)
class LostPass:
    """An exam that a person had passed, until a correction took the pass away; newest grade of the attempt."""

    person_id: int
    quiz_id: str
    lost_at: datetime
    held_until: datetime


def lost_passes_of(session: Session, person_ids: Collection[int]) -> list[LostPass]:
    """Passes that corrections took from some people and that their newest grade has not given back."""
    newest = select(func.max(Grade.run)).where(Grade.attempt_id == Attempt.id).correlate(Attempt).scalar_subquery()
    rows = session.execute(
        select(Attempt.person_id, Attempt.quiz_id, Grade.graded_at, Grade.pass_held_until)
        .join(Grade, (Grade.attempt_id == Attempt.id) & (Grade.run == newest))
        .where(Attempt.person_id.in_(person_ids), Grade.pass_held_until.is_not(None))
        .order_by(Grade.id)
    )
    return [LostPass(*row[:3], row[3]) for row in rows if row[3] is not None]
