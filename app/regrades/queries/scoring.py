"""Which attempts a regrade touches, and what their results would be: reads only, in batches, so that it can stop anywhere."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.attempts.models import Attempt, AttemptItem, Grade, GradedItem, ResponseRevision
from app.bank.models import ItemVersion
from app.bank.queries import parse_stored
from app.domain.canonical import canonical_bytes
from app.domain.errors import InvalidInput
from app.domain.items import ItemContent, Variant
from app.domain.quiz import Quiz
from app.domain.regrading import (
    Given,
    ItemMark,
    Policy,
    Result,
    Scored,
    change_of_errors,
    crossing,
    finding_json,
    mark_again,
    result_of,
    with_marks,
)
from app.quizzes.models import QuizVersion
from app.quizzes.queries import rules_of
from app.regrades.queries.proposals import Proposal

BATCH = 500
"""Attempts that are read and scored at once."""


@dataclass(frozen=True, slots=True)
class Move:
    """An attempt whose result would move, or whose answer the corrected item cannot read."""

    attempt_id: int
    person_id: int
    before_grade_id: int
    crosses: str
    errors: str
    better: bool
    unreadable: bool
    content: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step of a preview found: how many attempts it looked at, up to which one, and which of them move."""

    seen: int
    last_attempt_id: int
    moves: tuple[Move, ...]


def _is_newest_grade() -> ColumnElement[bool]:
    newest = select(func.max(Grade.run)).where(Grade.attempt_id == Attempt.id).correlate(Attempt).scalar_subquery()
    return Grade.run == newest


def fingerprint(session: Session, version_ids: Collection[int], item_id: str) -> tuple[int, int]:
    """(how many closed, graded attempts hold these versions, the sum of the ids of their newest grades).

    Attempts and grades are only ever added, so whatever changes makes one of the two larger.
    """
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(Grade.id), 0))
        .select_from(AttemptItem)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .join(Grade, (Grade.attempt_id == Attempt.id) & _is_newest_grade())
        .where(AttemptItem.item_id == item_id, AttemptItem.item_version_id.in_(version_ids), Attempt.state == "closed")
    ).one()
    return int(row[0]), int(row[1])


def next_batch(session: Session, proposal: Proposal, after_id: int, limit: int = BATCH) -> Batch:
    """Score the next attempts anew, in the order of their ids."""
    rows = _touched(session, proposal, after_id, limit)
    if not rows:
        return Batch(0, after_id, ())
    answers = _answers(session, proposal, rows)
    regrade_ = proposal.regrade
    corrected = parse_stored(regrade_.to_version.content) if regrade_.to_version is not None else None
    anew = {row.attempt_id: _again(regrade_.policy, corrected, row, answers) for row in rows}
    moved = [row for row in rows if isinstance(anew[row.attempt_id], str) or anew[row.attempt_id] != _mark_of(row)]
    places, rules = _places(session, moved), _rules(session, moved)
    moves = (_move(row, anew[row.attempt_id], places[row.grade_id], rules[row.quiz_version_id]) for row in moved)
    return Batch(len(rows), rows[-1].attempt_id, tuple(moves))


def _touched(session: Session, proposal: Proposal, after_id: int, limit: int) -> Sequence[Any]:
    """The next closed, graded attempts with the place to be scored anew, its mark, and the newest grade."""
    query = (
        select(
            Attempt.id.label("attempt_id"), Attempt.person_id, Attempt.quiz_version_id, AttemptItem.position, AttemptItem.variant,
            Grade.id.label("grade_id"), Grade.run, Grade.passed, Grade.critical_errors.label("errors"), Grade.pass_held_until,
            Grade.points_num.label("sum_num"), Grade.points_den.label("sum_den"), Grade.max_points.label("sum_max"),
            GradedItem.points_num, GradedItem.points_den, GradedItem.max_points, GradedItem.critical_errors, GradedItem.findings,
        )
        .select_from(AttemptItem)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .join(Grade, (Grade.attempt_id == Attempt.id) & _is_newest_grade())
        .join(GradedItem, (GradedItem.grade_id == Grade.id) & (GradedItem.position == AttemptItem.position))
        .where(
            AttemptItem.item_id == proposal.regrade.item_id, AttemptItem.item_version_id.in_(proposal.version_ids),
            Attempt.state == "closed", Attempt.id > after_id,
        )
        .order_by(Attempt.id)
        .limit(limit)
    )  # fmt: skip
    return session.execute(query).all()


def _answers(session: Session, proposal: Proposal, rows: Sequence[Any]) -> dict[tuple[int, int], Any]:
    """The newest counting answer at each place, by attempt and position."""
    newest = (
        select(func.max(ResponseRevision.id))
        .join(
            AttemptItem,
            (AttemptItem.attempt_id == ResponseRevision.attempt_id) & (AttemptItem.position == ResponseRevision.position),
        )
        .where(
            AttemptItem.attempt_id.in_([r.attempt_id for r in rows]),
            AttemptItem.item_version_id.in_(proposal.version_ids),
            ResponseRevision.kept == "current",
        )
        .group_by(ResponseRevision.attempt_id, ResponseRevision.position)
    )
    found = session.execute(
        select(ResponseRevision.attempt_id, ResponseRevision.position, ResponseRevision.payload, ResponseRevision.certainty).where(
            ResponseRevision.id.in_(newest)
        )
    )
    return {(row.attempt_id, row.position): row for row in found}


def _again(policy: str, corrected: ItemContent | None, row: Any, answers: Mapping[tuple[int, int], Any]) -> ItemMark | str:
    """The new mark of a place, or why the answer cannot be read."""
    saved = answers.get((row.attempt_id, row.position))
    answer = json.loads(saved.payload)["answer"] if saved is not None else None
    given = Given(Variant.from_json(json.loads(row.variant)), answer, saved.certainty if saved is not None else None)
    named: Policy = "full_marks" if policy == "full_marks" else "new_key"
    try:
        return mark_again(named, corrected, given, row.max_points)
    except InvalidInput as error:
        return error.message


def _mark_of(row: Any) -> ItemMark:
    sure = json.loads(row.findings)["sure_and_wrong"]
    return ItemMark(Fraction(row.points_num, row.points_den), row.max_points, row.critical_errors, sure)


def _places(session: Session, moved: Sequence[Any]) -> dict[int, list[Scored]]:
    """Every place of some grades with what counts of its mark, by grade."""
    rows = session.execute(
        select(
            GradedItem.grade_id, GradedItem.position, GradedItem.points_num, GradedItem.points_den, GradedItem.max_points,
            GradedItem.critical_errors, ItemVersion.domain, ItemVersion.topic,
        )
        .join(Grade, Grade.id == GradedItem.grade_id)
        .join(AttemptItem, (AttemptItem.attempt_id == Grade.attempt_id) & (AttemptItem.position == GradedItem.position))
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .where(GradedItem.grade_id.in_([r.grade_id for r in moved]))
        .order_by(GradedItem.grade_id, GradedItem.position)
    )  # fmt: skip
    found: dict[int, list[Scored]] = defaultdict(list)
    for row in rows:
        mark = ItemMark(Fraction(row.points_num, row.points_den), row.max_points, row.critical_errors)
        found[row.grade_id].append(Scored(row.position, row.domain, row.topic, mark))
    return found


def _rules(session: Session, moved: Sequence[Any]) -> dict[int, Quiz]:
    ids = {row.quiz_version_id for row in moved}
    return {version.id: rules_of(version) for version in session.scalars(select(QuizVersion).where(QuizVersion.id.in_(ids)))}


def _move(row: Any, again: ItemMark | str, places: Sequence[Scored], rules: Quiz) -> Move:
    before = {
        "run": row.run, "passed": row.passed, "points": [row.sum_num, row.sum_den], "max_points": row.sum_max,
        "critical_errors": row.errors, "held_until": row.pass_held_until.isoformat() if row.pass_held_until else None,
    }  # fmt: skip
    if isinstance(again, str):
        content = {"before": before, "position": row.position, "why": again}
        return Move(row.attempt_id, row.person_id, row.grade_id, "", "", better=False, unreadable=True, content=_text(row, content))
    after = result_of(rules, with_marks(places, {row.position: again}))
    content = {"before": before, "after": _result_json(after), "items": [_item_row(row.position, again)]}
    errors = change_of_errors(row.errors, after.critical_errors)
    crosses, better = crossing(row.passed, after.passed), after.points > Fraction(row.sum_num, row.sum_den) or errors == "vanish"
    return Move(row.attempt_id, row.person_id, row.grade_id, crosses, errors, better, unreadable=False, content=_text(row, content))


def _text(row: Any, content: dict[str, Any]) -> str:
    return canonical_bytes({"attempt": row.attempt_id, "person": row.person_id, "grade": row.grade_id, **content}).decode()


def _result_json(result: Result) -> dict[str, Any]:
    return {
        "passed": result.passed, "points": [result.points.numerator, result.points.denominator], "max_points": result.max_points,
        "critical_errors": result.critical_errors, "decision": result.decision.to_json(),
    }  # fmt: skip


def _item_row(position: int, mark: ItemMark) -> dict[str, Any]:
    """The row of a place within the appended grade."""
    findings = {"findings": [finding_json(f) for f in mark.findings], "sure_and_wrong": mark.sure_and_wrong}
    return {
        "position": position, "points_num": mark.points.numerator, "points_den": mark.points.denominator,
        "max_points": mark.max_points, "critical_errors": mark.critical_errors,
        "findings": json.dumps(findings, sort_keys=True),
    }  # fmt: skip
