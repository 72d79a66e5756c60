"""Many rounds of the two races that matter most: 32 starts at once, and saves against a submit. Counts are exact, every round.

DEEP_ROUNDS sets the number of rounds of each; a small sample otherwise.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Person
from app.attempts.actions import Reply, Save, grade_attempt, save_answer, start_attempt, submit_attempt
from app.attempts.models import Attempt, AttemptItem, Grade, ResponseRevision
from app.attempts.queries import keyed_places
from app.audit.models import AuditEvent
from app.database import db
from app.domain.errors import Conflict, DomainError
from app.quizzes.queries import get_current_quiz
from tests.attempts.sitting import QUIZ
from tests.builders import Clinic
from tests.clock import START
from tests.races import at_once

ROUNDS = int(os.environ.get("DEEP_ROUNDS", "3"))
STARTS = 32
SAVES = 6


def newcomer(number: int) -> int:
    """Somebody who has sat nothing yet."""
    person = Person(
        email=f"round{number}@rounds.invalid", printed_name=f"Round {number}", session_key=f"key-{number}", created_at=START
    )
    db.session.add(person)
    db.session.flush()
    person_id = person.id
    db.session.commit()  # nothing is read afterwards: the test's own session must not hold what the acts wait for
    return person_id


def in_own_session(app: Flask, act: Callable[[], Any]) -> Callable[[], Any]:
    """An act with a session and a transaction of its own, as a request has them; a refusal is its answer."""

    def whole() -> Any:
        with app.app_context():
            try:
                answer = act()
                db.session.commit()
            except DomainError as refusal:
                db.session.rollback()
                answer = refusal
            finally:
                db.session.remove()
        return answer

    return whole


def start(person_id: int, seed: str) -> int:
    """Start an attempt; its id."""
    person, version = db.session.get_one(Person, person_id), get_current_quiz(db.session, QUIZ)
    return start_attempt(
        db.session, person=person, quiz_version=version, seed=seed, time_zone="UTC", need_review=False, now=START
    ).id


def count(model: Any, *where: Any) -> int:
    return int(db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0)


def sound(answers: list[Any]) -> list[Any]:
    """The answers; what is neither an answer nor a refusal in words fails the test."""
    faults = [a for a in answers if isinstance(a, Exception) and not isinstance(a, DomainError)]
    assert faults == []
    return answers


def test_of_many_starts_at_once_exactly_one_makes_an_attempt(clinic: Clinic, clinic_app: Flask) -> None:
    db.engine.pool._max_overflow = STARTS  # type: ignore[attr-defined]  (all of them reach the database at once)
    size = 0
    for number in range(ROUNDS):
        person_id = newcomer(number)
        acts = [in_own_session(clinic_app, lambda n=n: start(person_id, f"{number}/{n}")) for n in range(STARTS)]  # type: ignore[misc]  # noqa: B023
        answers = sound(at_once(*acts))
        made = [a for a in answers if isinstance(a, int)]
        assert len(made) == 1
        assert sum(isinstance(a, Conflict) for a in answers) == STARTS - 1
        assert count(Attempt, Attempt.person_id == person_id) == 1
        size = size or count(AttemptItem, AttemptItem.attempt_id == made[0])
        assert count(AttemptItem, AttemptItem.attempt_id == made[0]) == size > 0
        assert count(AuditEvent, AuditEvent.stream == f"attempt:{made[0]}") == 1
        db.session.rollback()


def test_what_was_acknowledged_before_a_submit_is_graded_and_what_came_after_is_kept_as_evidence(
    clinic: Clinic, clinic_app: Flask
) -> None:
    for number in range(ROUNDS):
        person_id = newcomer(number)
        attempt_id = start(person_id, f"{number}")
        places = [
            p for p in keyed_places(db.session, attempt_id) if p.content.type == "single_best_answer" and not p.content.critical
        ]
        db.session.commit()
        _race(clinic_app, attempt_id, person_id, [p.place.position for p in places[:SAVES]])


def _race(app: Flask, attempt_id: int, person_id: int, positions: list[int]) -> None:
    def save(position: int) -> Reply:
        one = Save(position, 0, f"op-of-{position:04d}", {"answer": {"choice": "o1"}, "struck": [], "flag": False})
        return save_answer(db.session, attempt_id=attempt_id, person_id=person_id, save=one, now=START)

    def submit() -> str:
        submit_attempt(db.session, attempt=db.session.get_one(Attempt, attempt_id), read_back={}, now=START)
        return "submitted"

    acts = [in_own_session(app, lambda p=p: save(p)) for p in positions]  # type: ignore[misc]
    acts.insert(len(acts) // 2, in_own_session(app, submit))
    answers = sound(at_once(*acts))
    replies = [a for a in answers if isinstance(a, Reply)]
    told = Counter(r.outcome for r in replies)
    assert answers.count("submitted") == 1
    assert told["saved"] + told["late"] == len(positions) == len(replies)
    attempt = db.session.get_one(Attempt, attempt_id, populate_existing=True)
    of_it = ResponseRevision.attempt_id == attempt_id
    assert (attempt.state, attempt.revision_count) == ("closed", len(positions)) == ("closed", count(ResponseRevision, of_it))
    assert count(ResponseRevision, of_it, ResponseRevision.kept == "current") == told["saved"]
    assert count(ResponseRevision, of_it, ResponseRevision.kept == "late") == told["late"]
    answered = sum(p.place.answered for p in keyed_places(db.session, attempt_id))
    grade_attempt(db.session, attempt, now=START)
    db.session.commit()
    assert answered == told["saved"]
    assert count(Grade, Grade.attempt_id == attempt_id) == 1
    db.session.rollback()
