"""Append grades to attempts that were graded before: a new run each, beside the earlier ones, which stay as they were."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, insert, select
from sqlalchemy.orm import Session, aliased

from app.attempts.models import AttemptItem, Grade, GradedItem
from app.audit.actions import record_many
from app.domain.permissions import Actor


@dataclass(frozen=True, slots=True)
class NextGrade:
    """What the next run of an attempt says: its result, and the marks of the places that were scored anew."""

    attempt_id: int
    run: int
    passed: bool
    points: tuple[int, int]
    max_points: int
    critical_errors: int
    decision: dict[str, Any]
    items: tuple[dict[str, Any], ...]
    held_until: datetime | None


def append_grades(
    session: Session, grades: Sequence[NextGrade], *, version_ids: Collection[int], reason: str, actor: Actor, now: datetime
) -> dict[int, int]:
    """Add the next run of some attempts; attempt id → id of its new grade. The marks of all other places are carried over.

    `version_ids`: the item versions that were scored anew. The number of statements does not grow with the attempts.
    """
    rows = [_grade_row(g, reason, now) for g in grades]
    query = insert(Grade).returning(Grade.attempt_id, Grade.id).execution_options(render_nulls=True)  # or each null splits it
    added = session.execute(query, rows)
    ids = {row.attempt_id: row.id for row in added}
    again = [{"grade_id": ids[g.attempt_id], **item} for g in grades for item in g.items]
    session.execute(insert(GradedItem), again)
    _carry_over(session, ids.values(), version_ids)
    facts = {
        f"attempt:{g.attempt_id}": {"grade": ids[g.attempt_id], "passed": g.passed, "critical_errors": g.critical_errors}
        for g in grades
    }
    record_many(session, facts_by_stream=facts, act="attempt.regraded", actor=actor, now=now)
    return ids


def _grade_row(grade: NextGrade, reason: str, now: datetime) -> dict[str, Any]:
    return {
        "attempt_id": grade.attempt_id, "run": grade.run, "passed": grade.passed, "points_num": grade.points[0],
        "points_den": grade.points[1], "max_points": grade.max_points, "critical_errors": grade.critical_errors,
        "decision": json.dumps(grade.decision, sort_keys=True), "reason": reason, "graded_at": now,
        "pass_held_until": grade.held_until,
    }  # fmt: skip


def _carry_over(session: Session, grade_ids: Collection[int], version_ids: Collection[int]) -> None:
    """Copy the marks of the run before, but for the places that were scored anew."""
    fresh, before = aliased(Grade), aliased(Grade)
    anew = exists().where(
        AttemptItem.attempt_id == fresh.attempt_id,
        AttemptItem.position == GradedItem.position,
        AttemptItem.item_version_id.in_(version_ids),
    )
    columns = ("position", "points_num", "points_den", "max_points", "critical_errors", "findings")
    kept = (
        select(fresh.id, *(getattr(GradedItem, name) for name in columns))
        .join(before, (before.attempt_id == fresh.attempt_id) & (before.run == fresh.run - 1))
        .join(GradedItem, GradedItem.grade_id == before.id)
        .where(fresh.id.in_(grade_ids), ~anew)
    )
    session.execute(insert(GradedItem).from_select(["grade_id", *columns], kept))
