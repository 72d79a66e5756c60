"""Random keys over random answers: what the preview said is what the commit appends, and what grading afresh would give."""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from app.attempts.models import Attempt, AttemptItem, Grade, GradedItem
from app.attempts.queries import keyed_places
from app.bank.models import ItemVersion
from app.bank.queries import parse_stored
from app.domain.regrading import Given, Scored, mark_again, result_of
from app.quizzes.queries import rules_of
from app.regrades.actions import advance_preview
from app.regrades.models import RegradedAttempt, RegradeMove
from app.regrades.queries import get_proposal
from benchmarks.crowd import crowd
from tests.clearances.builders import Clinic
from tests.regrades.builders import attempt_of, commit, correct, newest_grade, position_of, propose, suspend, versions

SEEDS = range(6)


def crowded(clinic: Clinic, size: int) -> None:
    """Everybody of a crowd has answered both items of the exam, the first in every way in turn."""
    attempt_id = attempt_of(clinic)
    place = position_of(clinic, attempt_id)
    with clinic.act() as session:
        template = session.get_one(Attempt, attempt_id)
        crowd(session, template, place, size, site_id=clinic.sites["north"], now=clinic.clock.at - timedelta(days=9))


def rekey(session: Any, rng: Random, at: Any) -> None:
    """Another random key: which option is right, which others are dangerous, whether that is critical."""
    right = rng.choice("abc")
    others = [o for o in "abc" if o != right]
    dangerous = rng.sample(others, rng.randint(1, 2))
    correct(session, at=at, right=right, dangerous=dangerous, critical=rng.random() < 0.8)


def graded_afresh(session: Any, attempt: Attempt, keys: dict[int, Any]) -> tuple[Any, ...]:
    """The result that the answers of an attempt have under some keys (by version), computed from nothing but the answers."""
    places = []
    for keyed in keyed_places(session, attempt.id):
        given = Given(keyed.variant, keyed.place.answer, keyed.place.certainty)
        policy, content = keys.get(keyed.version_id, ("new_key", keyed.content))
        mark = mark_again(policy, content, given, keyed.content.points)
        places.append(Scored(keyed.place.position, keyed.content.domain, keyed.content.topic, mark))
    result = result_of(rules_of(attempt.quiz_version), places)
    return result.passed, result.points, result.max_points, result.critical_errors, result.decision.to_json()


def stands(grade: Grade) -> tuple[Any, ...]:
    points = Fraction(grade.points_num, grade.points_den)
    return grade.passed, points, grade.max_points, grade.critical_errors, json.loads(grade.decision)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_preview_is_what_the_commit_appends_and_what_grading_afresh_gives(clinic: Clinic, seed: int) -> None:
    rng = Random(seed)
    crowded(clinic, 24)
    keys: dict[int, Any] = {}
    for _ in range(3):
        clinic.clock.advance(hours=3)
        policy = "full_marks" if rng.random() < 0.25 else "new_key"
        with clinic.act() as session:
            old = {v.id for v in versions(session)}
            if policy == "full_marks":
                if session.get_one(ItemVersion, max(old)).item.state == "published":
                    suspend(clinic, session)
            else:
                rekey(session, rng, clinic.clock.at)
            regrade_id = propose(clinic, session, "director", policy=policy).id
            while advance_preview(session, regrade_id, now=clinic.clock.at).phase != "ready":
                session.flush()
            said = {m.attempt_id: json.loads(m.content) for m in session.scalars(
                select(RegradeMove).where(RegradeMove.regrade_id == regrade_id)
            )}  # fmt: skip
            target = get_proposal(session, regrade_id).regrade.to_version
            content = parse_stored(target.content) if target is not None else None
            keys |= dict.fromkeys(old, (policy, content))
        with clinic.act() as session:
            before = {a.id: newest_grade(a.id).id for a in session.scalars(select(Attempt))}
            commit(clinic, session, "admin", regrade_id)
        with clinic.act() as session:
            appended = {
                g.attempt_id: g for g in session.scalars(
                    select(Grade).join(RegradedAttempt, RegradedAttempt.grade_id == Grade.id)
                    .where(RegradedAttempt.regrade_id == regrade_id)
                )
            }  # fmt: skip
            assert appended.keys() == said.keys()
            for attempt_id, grade in appended.items():
                after = said[attempt_id]["after"]
                assert (grade.passed, [grade.points_num, grade.points_den]) == (after["passed"], after["points"])
                assert json.loads(grade.decision) == after["decision"]
                assert before[attempt_id] == said[attempt_id]["grade"]
            for attempt in session.scalars(select(Attempt).join(AttemptItem).where(AttemptItem.item_id == "thorax-1")):
                grade = newest_grade(attempt.id)
                assert stands(grade) == graded_afresh(session, attempt, keys), (seed, attempt.id)
                assert (grade.id != before[attempt.id]) == (attempt.id in said)
                marks = session.scalars(select(GradedItem).where(GradedItem.grade_id == grade.id)).all()
                assert sorted(m.position for m in marks) == [1, 2]
