"""What an exam assigns: by hazard, in the transaction that grades, first in practice, and a further attempt waits for it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.attempts.actions import Save, close_if_due, grade_attempt, save_answer, start_attempt
from app.attempts.models import Attempt, Grade
from app.attempts.queries import KeyedPlace, keyed_places
from app.bank.queries import published_contents
from app.database import db
from app.domain.errors import Conflict
from app.domain.practice import hazards_of
from app.domain.quiz import parse_quiz, quiz_json
from app.practice.models import PracticeAssignment
from app.practice.queries import assigned_to, practice_left
from app.quizzes.actions import load_quizzes
from app.quizzes.queries import get_current_quiz, rules_of
from tests.attempts.sitting import dangerous_answer
from tests.branches import Died, dying_before, raise_died
from tests.builders import Clinic, answer_all, start, submit_and_grade
from tests.clock import START, FakeClock
from tests.practice.practising import Learner, learner, only, practise_assigned, publish, withdraw

QUIZ = "complication-response"
WAIT = timedelta(hours=48)


def evidence_rows() -> dict[str, int]:
    """The sizes of the tables that clearances rest on."""
    names = (
        "attempt",
        "attempt_item",
        "grade",
        "graded_item",
        "observation_record",
        "decision",
        "decision_evidence",
        "application",
    )
    return {name: db.session.scalar(text(f"SELECT count(*) FROM {name}")) for name in names}


def miss(clinic: Clinic, key: str = "trainee", at: Any = START, quiz: str = QUIZ) -> Attempt:
    """Sit an exam without an answer."""
    attempt = start(clinic, key, quiz, at, seed=f"missed-{at}")
    submit_and_grade(clinic, attempt, at + timedelta(minutes=1))
    return attempt


def sit_with(clinic: Clinic, attempt: Attempt, at: Any, other: Mapping[int, tuple[Any, str]]) -> None:
    """Full marks everywhere but for the (answer, certainty) given by position; graded."""
    answer_all(clinic, attempt, at)
    for keyed in keyed_places(clinic.session, attempt.id):
        position = keyed.place.position
        if position in other:
            answer, certainty = other[position]
            save = Save(position, keyed.place.seq, f"other-{attempt.id}-{position}", {"answer": answer}, certainty)
            save_answer(clinic.session, attempt_id=attempt.id, person_id=attempt.person_id, save=save, now=at)
    clinic.session.refresh(attempt)
    submit_and_grade(clinic, attempt, at + timedelta(minutes=1))


def single_critical(attempt: Attempt, *, harmless: bool = False) -> KeyedPlace:
    """A critical place with one best answer whose hazard can be practised; with a wrong answer that harms nobody, if asked."""
    for place in keyed_places(db.session, attempt.id):
        content = place.content
        fits = content.critical and content.type == "single_best_answer" and published()[hazards_of(content)[0]]
        if fits and (not harmless or any(not o.correct and not o.dangerous for o in content.options)):
            return place
    raise AssertionError("the form has no such place")


def published() -> Counter[str]:
    """How many practice items teach each hazard."""
    return Counter(h for c in published_contents(db.session, "practice").values() for h in hazards_of(c))


def test_a_miss_assigns_up_to_three_items_of_each_hazard_missed(clinic: Clinic) -> None:
    attempt = miss(clinic)
    missed = {h for p in keyed_places(db.session, attempt.id) for h in hazards_of(p.content)}
    row = db.session.scalars(select(PracticeAssignment)).one()
    wanted = {h: min(3, published()[h]) for h in missed if published()[h]}
    assert {h["hazard"]: h["due"] for h in json.loads(row.hazards)} == wanted
    assert (row.person_id, row.quiz_id, row.attempt_number, row.required) == (attempt.person_id, QUIZ, 1, True)
    assert not any(h["first"] for h in json.loads(row.hazards))
    event = db.session.execute(text("SELECT payload FROM audit_event WHERE act = 'practice.assigned'")).scalar_one()
    assert json.loads(event)["facts"]["attempt_number"] == 1


def test_hazards_with_the_full_mark_are_not_assigned(clinic: Clinic) -> None:
    attempt = start(clinic, "trainee", QUIZ, START)
    bad = single_critical(attempt)
    wrong = dangerous_answer(bad.content, bad.variant)
    sit_with(clinic, attempt, START, {bad.place.position: (wrong, "fairly_sure")})
    assigned = assigned_to(db.session, attempt.person_id)[0]
    assert {h.hazard for h in assigned.hazards} == {h for h in hazards_of(bad.content) if published()[h]}
    assert all(not h.first for h in assigned.hazards)


@pytest.mark.parametrize("certainty", ["sure", "fairly_sure", "unsure"])
def test_sure_and_wrong_on_a_critical_item_comes_first_by_hazard(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock, certainty: str
) -> None:
    publish("same-hazard", complications=["pneumothorax"])
    tom = learner(clinic, clinic_app, clock)
    attempt = start(clinic, "trainee", "thorax", START)
    bad = next(p for p in keyed_places(db.session, attempt.id) if p.content.critical and "pneumothorax" in hazards_of(p.content))
    sit_with(clinic, attempt, START, {bad.place.position: (dangerous_answer(bad.content, bad.variant), certainty)})
    db.session.commit()
    clock.advance(minutes=5)
    tom.start()
    shown = tom.shown()[0]
    assert "pneumothorax" in shown.complications
    assert shown.pool == "practice"
    assert tom.session().shown_why == ("sure_and_wrong" if certainty == "sure" else "assigned")
    assert ("You were sure about this, or about its hazard in an exam" in tom.page()) == (certainty == "sure")


def test_after_a_pass_only_the_sure_and_wrong_is_assigned_and_nothing_waits_for_it(clinic: Clinic) -> None:
    """Wrong but harmless on a critical item: the exam is passed, and the hazard still comes first in practice."""
    attempt = start(clinic, "trainee", "thorax", START)
    mild = single_critical(attempt, harmless=True)
    option = next(o.id for o in mild.content.options if not o.correct and not o.dangerous)
    sit_with(clinic, attempt, START, {mild.place.position: ({"choice": mild.variant.key_of(option)}, "sure")})
    assert db.session.scalars(select(Grade)).one().passed
    assigned = assigned_to(db.session, attempt.person_id)[0]
    assert not assigned.required
    assert {h.hazard for h in assigned.hazards} == {h for h in hazards_of(mild.content) if published()[h]}
    assert all(h.first for h in assigned.hazards)
    assert practice_left(db.session, attempt.person_id, "thorax") == ()


def test_a_pass_without_that_assigns_nothing(clinic: Clinic) -> None:
    attempt = start(clinic, "trainee", QUIZ, START)
    sit_with(clinic, attempt, START, {})
    assert db.session.scalar(select(func.count()).select_from(PracticeAssignment)) == 0


def test_starting_again_waits_for_the_time_and_for_the_practice_and_says_so_with_a_link(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock
) -> None:
    tom = learner(clinic, clinic_app, clock)
    miss(clinic)
    db.session.commit()
    waiting = unescape(tom.browser.get(f"/quizzes/{QUIZ}").text)
    assert "A waiting time runs" in waiting
    assert "Meanwhile: the assigned practice" in waiting
    clock.advance(hours=49)
    page = unescape(tom.browser.get(f"/quizzes/{QUIZ}").text)
    assert "Practise first, then sit it again" in page
    assert 'href="/practice"' in page
    assert ">Start<" not in page
    refused = tom.browser.post(f"/quizzes/{QUIZ}/start")
    assert refused.status_code == 409
    left = practice_left(db.session, tom.person_id, QUIZ)
    assert f"{left[0].left} on " in unescape(refused.text)
    assert db.session.query(Attempt).count() == 1
    overview = unescape(tom.browser.get("/practice").text)
    assert "The exam can be sat again once this is done." in overview
    practise_assigned(clinic.people["trainee"], clock())
    db.session.commit()
    assert "All assigned practice is done." in tom.browser.get("/practice").text
    assert "Start now" in tom.browser.get(f"/quizzes/{QUIZ}").text
    assert tom.browser.post(f"/quizzes/{QUIZ}/start").status_code == 302


def test_the_result_of_a_miss_leads_to_practice(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    tom = learner(clinic, clinic_app, clock)
    attempt = miss(clinic)
    db.session.commit()
    clock.advance(hours=49)
    page = unescape(tom.browser.get(f"/attempts/{attempt.id}/result").text)
    assert "Practise the weak part" in page
    assert "once the assigned practice is done" in page
    assert "Assigned practice, items left:" in page


def test_what_is_left_falls_with_different_items_and_not_with_the_same_one(tom: Learner, clinic: Clinic) -> None:
    for n in range(4):
        publish(f"lung-{n}", complications=["pneumothorax"])
    only(*(f"lung-{n}" for n in range(4)))
    miss(clinic, quiz="thorax")
    db.session.commit()
    assert [(h.hazard, h.due, h.left) for h in practice_left(db.session, tom.person_id, "thorax")] == [("pneumothorax", 3, 3)]
    tom.clock.advance(minutes=5)
    tom.start()
    content, _ = tom.shown()
    tom.answer(right=False)
    assert practice_left(db.session, tom.person_id, "thorax")[0].left == 2
    tom.show(content)
    tom.answer(right=True)
    assert practice_left(db.session, tom.person_id, "thorax")[0].left == 2
    for left in (1, 0):
        tom.next()
        assert tom.session().shown_why == "assigned"
        tom.answer(right=False)
        assert sum(h.left for h in practice_left(db.session, tom.person_id, "thorax")) == left
    tom.next()
    assert tom.session().shown_why == "new"


def test_practice_before_the_miss_does_not_count(tom: Learner, clinic: Clinic) -> None:
    publish("lung", complications=["pneumothorax"])
    only("lung")
    tom.start()
    tom.answer(certainty="sure")
    miss(clinic, quiz="thorax", at=tom.clock.advance(minutes=1))
    db.session.commit()
    assert practice_left(db.session, tom.person_id, "thorax")[0].left == 1
    tom.clock.advance(minutes=5)
    tom.browser.post(f"{tom.address}/next", data={"end": "1"})
    tom.start()  # it is not due for days, and comes all the same
    assert (tom.shown()[0].id, tom.session().shown_why) == ("lung", "assigned")


def test_withdrawn_items_are_not_waited_for_and_new_ones_do_not_add_to_it(tom: Learner, clinic: Clinic) -> None:
    publish("lung-0", complications=["pneumothorax"])
    publish("lung-1", complications=["pneumothorax"])
    only("lung-0", "lung-1")
    miss(clinic, quiz="thorax")
    left = lambda: sum(h.left for h in practice_left(db.session, tom.person_id, "thorax"))  # noqa: E731
    assert left() == 2
    publish("lung-2", complications=["pneumothorax"])
    assert left() == 2
    withdraw("lung-0")
    withdraw("lung-1")
    assert left() == 1
    withdraw("lung-2")
    assert left() == 0


def test_a_hazard_that_nothing_teaches_is_not_asked_for(clinic: Clinic) -> None:
    only()
    attempt = miss(clinic)
    assert assigned_to(db.session, attempt.person_id) == []
    assert start(clinic, "trainee", QUIZ, START + WAIT + timedelta(hours=1)).ordinal == 2


def test_the_newest_miss_says_what_is_asked(clinic: Clinic) -> None:
    first = miss(clinic)
    assert practise_assigned(clinic.people["trainee"], START + timedelta(hours=1)) > 0
    miss(clinic, at=START + WAIT + timedelta(hours=1))
    found = assigned_to(db.session, first.person_id)
    assert [(a.attempt_number, a.required) for a in found] == [(2, True)]
    assert all(h.left == h.due for h in found[0].hazards)


def test_the_practice_of_one_exam_holds_up_no_other(clinic: Clinic) -> None:
    miss(clinic)
    assert start(clinic, "trainee", "general-safety", START + timedelta(hours=1)).ordinal == 1
    assert start(clinic, "trainee2", QUIZ, START + timedelta(hours=1)).ordinal == 1


def test_an_attempt_that_closed_itself_assigns_too(clinic: Clinic) -> None:
    attempt = start(clinic, "trainee", QUIZ, START)
    late = attempt.deadline_at + timedelta(minutes=1)
    assert close_if_due(db.session, attempt.id, now=late)
    db.session.refresh(attempt)
    grade_attempt(db.session, attempt, now=late)
    grade_attempt(db.session, attempt, now=late)  # asked again, it assigns nothing a second time
    assert db.session.scalars(select(PracticeAssignment)).one().assigned_at == late


def test_a_death_anywhere_in_grading_leaves_neither_grade_nor_assignment(clinic: Clinic) -> None:
    attempt = start(clinic, "trainee", QUIZ, START)
    late = attempt.deadline_at + timedelta(minutes=1)
    close_if_due(db.session, attempt.id, now=late)
    db.session.commit()
    number, died = 1, True
    while died:
        with dying_before(db.engine, number, raise_died):
            try:
                grade_attempt(db.session, db.session.get(Attempt, attempt.id), now=late)
                db.session.commit()
                died = False
            except Died:
                db.session.rollback()
        counts = [db.session.scalar(select(func.count()).select_from(t)) for t in (Grade, PracticeAssignment)]
        assert counts == ([0, 0] if died else [1, 1]), number
        db.session.rollback()
        number += 1
    assert number > 10


def test_a_quiz_of_mode_practice_is_no_exam_to_start(clinic: Clinic) -> None:
    rules = rules_of(get_current_quiz(db.session, QUIZ))
    practice = parse_quiz({**quiz_json(rules), "id": "some-practice", "mode": "practice"})
    load_quizzes(db.session, [practice], actor=clinic.actor("admin"), now=START)
    version = get_current_quiz(db.session, "some-practice")
    with pytest.raises(Conflict, match="practice and no exam"):
        start_attempt(
            db.session, person=clinic.people["trainee"], quiz_version=version, seed="x", time_zone="UTC", need_review=False,
            now=START,
        )  # fmt: skip
