"""Grade what is closed, once; asking again returns the grade that stands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from fractions import Fraction

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.attempts.actions.assigning import assign_missed
from app.attempts.models import Attempt, Grade, GradedItem
from app.attempts.queries import (
    KeyedPlace,
    find_grade,
    keyed_places,
)
from app.audit.actions import Event, record_all
from app.database.failpoints import failpoint
from app.domain.errors import Conflict
from app.domain.items import score
from app.domain.permissions import SYSTEM
from app.domain.scoring import Decision, ItemResult, decide
from app.quizzes.queries import rules_of

FIRST_RUN = 1


def grade_attempt(session: Session, attempt: Attempt, *, now: datetime, places: Sequence[KeyedPlace] | None = None) -> Grade:
    """Grade a closed attempt once; asking again returns the grade that stands.

    `places` are those that the close looked at under its lock: a closed attempt takes no answer that counts. They are read
    where nobody has them.
    """
    if attempt.state != "closed":
        raise Conflict("An attempt is graded once it is closed.")
    failpoint("grade.before_first")
    attempt_id = attempt.id
    existing = find_grade(session, attempt_id)
    if existing is not None:
        return existing
    places = keyed_places(session, attempt_id) if places is None else places
    results = [_item_result(p) for p in places]
    decision = decide(rules_of(attempt.quiz_version), results)
    grade = _grade_row(attempt, results, decision, now)
    session.add(grade)
    try:
        session.flush()
    except IntegrityError:  # another window graded it in the same moment
        session.rollback()
        standing = find_grade(session, attempt_id)
        if standing is None:
            raise
        return standing
    failpoint("grade.after_grade")
    session.execute(insert(GradedItem), [_graded_row(grade.id, n, r) for n, r in enumerate(results, start=1)])
    failpoint("grade.after_items")
    facts = {"grade": grade.id, "passed": grade.passed, "critical_errors": grade.critical_errors}
    graded = Event(f"attempt:{attempt_id}", "attempt.graded", SYSTEM, facts)
    assigned = assign_missed(session, attempt, places, results, passed=grade.passed, now=now)
    record_all(session, [graded, *assigned], now=now)
    failpoint("grade.after_record")
    return grade


def _item_result(keyed: KeyedPlace) -> ItemResult:
    mark = score(keyed.content, keyed.variant, keyed.place.answer)
    sure_and_wrong = keyed.place.certainty == "sure" and mark.points < mark.max_points and keyed.content.critical
    return ItemResult(
        position=keyed.place.position,
        domain=keyed.content.domain,
        topic=keyed.content.topic,
        mark=mark,
        sure_and_wrong=sure_and_wrong,
    )


def _grade_row(attempt: Attempt, results: list[ItemResult], decision: Decision, now: datetime) -> Grade:
    points = sum((r.mark.points for r in results), Fraction(0))
    return Grade(
        attempt_id=attempt.id,
        run=FIRST_RUN,
        passed=decision.passed,
        points_num=points.numerator,
        points_den=points.denominator,
        max_points=sum(r.mark.max_points for r in results),
        critical_errors=decision.critical_errors,
        decision=json.dumps(decision.to_json(), sort_keys=True),
        reason="first grading",
        graded_at=now,
    )


def _graded_row(grade_id: int, position: int, result: ItemResult) -> dict[str, object]:
    mark = result.mark
    findings = [asdict(f) for f in (*mark.critical_errors, *mark.findings)]
    return {
        "grade_id": grade_id,
        "position": position,
        "points_num": mark.points.numerator,
        "points_den": mark.points.denominator,
        "max_points": mark.max_points,
        "critical_errors": len(mark.critical_errors),
        "findings": json.dumps({"findings": findings, "sure_and_wrong": result.sure_and_wrong}, sort_keys=True),
    }
