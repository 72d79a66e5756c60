"""Many finished attempts by bulk inserts: copies of one real attempt, in which one item is answered in every way in turn."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.accounts.models import Membership, Person
from app.attempts.models import Attempt, AttemptItem, Grade, GradedItem, ResponseRevision
from app.attempts.queries import keyed_places
from app.domain.items import SingleBestAnswer
from app.domain.regrading import Given, ItemMark, Scored, finding_json, mark_again, result_of
from app.quizzes.queries import rules_of

PER_PERSON = 5
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an attempt looks like with one answer at the varied place."""

    payload: str
    grade: dict[str, Any]
    mark: dict[str, Any]


def crowd(session: Session, template: Attempt, position: int, size: int, *, site_id: int, now: datetime) -> None:
    """Add `size` closed, graded attempts of new people at a site, five each, all with the form of the template."""
    rows = {
        model: [_plain(r, model) for r in session.scalars(select(model).where(model.attempt_id == template.id))]
        for model in (AttemptItem, ResponseRevision)
    }
    grade = session.scalars(select(Grade).where(Grade.attempt_id == template.id).order_by(Grade.run)).first()
    assert grade is not None
    marks = [_plain(r, GradedItem) for r in session.scalars(select(GradedItem).where(GradedItem.grade_id == grade.id))]
    kinds = _kinds(session, template, position, marks)
    people = _people(session, -(-size // PER_PERSON), site_id, now)
    for first in range(0, size, CHUNK):
        numbers = range(first, min(first + CHUNK, size))
        chosen = [kinds[n % len(kinds)] for n in numbers]
        seats = [{"person_id": people[n // PER_PERSON], "ordinal": n % PER_PERSON + 1, "opening_id": None} for n in numbers]
        ids = _added(session, Attempt, [{**_plain(template, Attempt), **seat} for seat in seats])
        pairs = list(zip(ids, chosen, strict=True))
        for model, copies in rows.items():
            session.execute(insert(model), [_answered(row, i, kind, position) for i, kind in pairs for row in copies])
        grade_ids = _added(session, Grade, [{**_plain(grade, Grade), **kind.grade, "attempt_id": i} for i, kind in pairs])
        graded = [
            {**row, **(kind.mark if row["position"] == position else {}), "grade_id": i}
            for i, kind in zip(grade_ids, chosen, strict=True)
            for row in marks
        ]
        session.execute(insert(GradedItem), graded)


def _added(session: Session, model: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Insert rows; their ids in order."""
    return list(session.scalars(insert(model).returning(model.id, sort_by_parameter_order=True), rows))


def _plain(row: Any, model: Any) -> dict[str, Any]:
    return {c.name: getattr(row, c.name) for c in model.__table__.columns if c.name != "id"}


def _answered(row: dict[str, Any], attempt_id: int, kind: _Kind, position: int) -> dict[str, Any]:
    changed = {"payload": kind.payload} if "payload" in row and row["position"] == position else {}
    return {**row, **changed, "attempt_id": attempt_id}


def _people(session: Session, number: int, site_id: int, now: datetime) -> list[int]:
    taken = session.scalar(select(func.count()).select_from(Person)) or 0
    rows = [
        {"email": f"crowd-{n}@bench.invalid", "printed_name": f"Crowd {n:05d}", "session_key": f"crowd-{n}", "created_at": now}
        for n in range(taken, taken + number)
    ]
    ids, by = _added(session, Person, rows), session.scalar(select(func.min(Membership.proposed_by_id)))
    roles = [{"person_id": i, "site_id": site_id, "role": "trainee", "proposed_by_id": by, "proposed_at": now} for i in ids]
    session.execute(insert(Membership), roles)
    return ids


def _kinds(session: Session, template: Attempt, position: int, marks: list[dict[str, Any]]) -> list[_Kind]:
    places = keyed_places(session, template.id)
    varied = next(p for p in places if p.place.position == position)
    assert isinstance(varied.content, SingleBestAnswer)
    scored = {
        m["position"]: ItemMark(Fraction(m["points_num"], m["points_den"]), m["max_points"], m["critical_errors"]) for m in marks
    }
    found = []
    for option in varied.content.options:
        mark = mark_again("new_key", varied.content, Given(varied.variant, option.id), varied.content.points)
        everything = [
            Scored(p.place.position, p.content.domain, p.content.topic, mark if p is varied else scored[p.place.position])
            for p in places
        ]
        result = result_of(rules_of(template.quiz_version), everything)
        found.append(_Kind(
            json.dumps({"answer": option.id, "struck": [], "flag": False}),
            {
                "passed": result.passed, "points_num": result.points.numerator, "points_den": result.points.denominator,
                "critical_errors": result.critical_errors, "decision": json.dumps(result.decision.to_json(), sort_keys=True),
            },
            {
                "points_num": mark.points.numerator, "points_den": mark.points.denominator,
                "critical_errors": mark.critical_errors, "findings": json.dumps(
                    {"findings": [finding_json(f) for f in mark.findings], "sure_and_wrong": mark.sure_and_wrong}
                ),
            },
        ))  # fmt: skip
    return found
