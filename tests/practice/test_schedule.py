"""The stored schedule is what a replay of the stored answers leaves; two windows, two posts, two starts leave one of each."""

from __future__ import annotations

from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.database import db
from app.demonstration.practising import Habit, practise
from app.domain.practice import Answered, replay
from app.practice.models import PracticeAnswer, PracticeCard, PracticeSession
from app.practice.queries import memory_of, was_right
from tests.builders import Clinic, days_ago
from tests.clock import FakeClock
from tests.practice.practising import ZONE, Learner, learner, publish
from tests.races import at_once, statuses
from tests.statements import assert_at_most, counted_statements

ANSWER = 10
NEXT = 13
START = 16


def test_every_card_is_what_a_replay_of_its_answers_leaves(clinic: Clinic) -> None:
    rng, person = Random(11), clinic.people["trainee"]
    habit = Habit(rng, lambda: f"showing-{rng.getrandbits(64):016x}", ZONE, right_share=0.6)
    for days in (40, 39, 33, 20, 19.5, 8, 1):
        practise(db.session, person, habit, days_ago(days))
    db.session.commit()
    db.session.expire_all()
    rows = db.session.scalars(select(PracticeAnswer).order_by(PracticeAnswer.id)).all()
    cards = db.session.scalars(select(PracticeCard)).all()
    assert len(rows) > 30
    assert {c.item_id for c in cards} == {r.item_id for r in rows}
    assert max(c.answers for c in cards) > 1
    for card in cards:
        history = [Answered(was_right(r), r.certainty, r.answered_at) for r in rows if r.item_id == card.item_id]
        assert memory_of(card) == replay(history), card.item_id


def test_two_windows_that_answer_at_once_leave_one_answer_and_see_the_same(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock
) -> None:
    first = learner(clinic, clinic_app, clock)
    second = Learner(clinic.client(clinic_app, "trainee"), first.person_id, clock)
    content = publish("one")
    for n in range(5):
        first.show(content)
        address, (right, wrong) = first.address, (chosen(first, option) for option in "ac")
        db.session.commit()
        answers = at_once(lambda: first.browser.post(address, data=right), lambda: second.browser.post(address, data=wrong))  # noqa: B023
        assert statuses(answers) == [302, 302]
        assert answers[0].location == answers[1].location
        assert len(first.answers()) == n + 1
        assert first.card("one").answers == n + 1


def chosen(tom: Learner, option: str) -> dict[str, str]:
    """The fields that choose an option of what is shown."""
    return {"op_id": str(tom.session().shown_op_id), "choice": tom.shown()[1].key_of(option), "certainty": "sure"}


def test_two_windows_that_start_at_once_begin_one_session(clinic: Clinic, clinic_app: Flask) -> None:
    windows = [clinic.client(clinic_app, "trainee") for _ in range(2)]
    db.session.commit()
    answers = at_once(*(lambda w=w: w.post("/practice") for w in windows))  # type: ignore[misc]
    assert statuses(answers) == [302, 302]
    assert answers[0].location == answers[1].location
    assert db.session.scalar(select(func.count()).select_from(PracticeSession)) == 1


def test_two_windows_that_press_next_at_once_skip_no_item(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    tom = learner(clinic, clinic_app, clock)
    other = clinic.client(clinic_app, "trainee")
    tom.start()
    tom.answer()
    address = f"{tom.address}/next"
    db.session.commit()
    assert statuses(at_once(lambda: tom.browser.post(address), lambda: other.post(address))) == [302, 302]
    assert tom.session().shown_count == 2


def test_answering_against_ending_leaves_a_whole_session(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    tom = learner(clinic, clinic_app, clock)
    other = clinic.client(clinic_app, "trainee")
    content = publish("one")
    for _ in range(5):
        clock.advance(hours=1)
        tom.start()
        tom.show(content)
        before, address, data = len(tom.answers()), tom.address, chosen(tom, "a")
        db.session.commit()
        answers = at_once(lambda: tom.browser.post(address, data=data), lambda: other.post(f"{address}/next", data={"end": "1"}))  # noqa: B023
        assert [a.status_code for a in answers] in ([302, 302], [409, 302])
        assert len(tom.answers()) - before == (answers[0].status_code == 302)
        assert tom.session().ended_by == "person"


def test_answering_starting_and_going_on_stay_within_their_statements(tom: Learner) -> None:
    with counted_statements(db.engine) as seen:
        assert tom.browser.post("/practice").status_code == 302
    assert_at_most(START, seen)
    content = publish("one")
    for _ in range(2):  # a first answer makes the card, a second one changes it
        tom.show(content)
        address, data = tom.address, chosen(tom, "a")
        with counted_statements(db.engine) as seen:
            assert tom.browser.post(address, data=data).status_code == 302
        assert_at_most(ANSWER, seen)
    with counted_statements(db.engine) as seen:
        assert tom.browser.post(f"{address}/next").status_code == 302
    assert_at_most(NEXT, seen)


@pytest.mark.parametrize("path", ["/practice", "/home"])
def test_the_statements_of_a_page_do_not_grow_with_what_was_practised(tom: Learner, clinic: Clinic, path: str) -> None:
    def count() -> int:
        with counted_statements(db.engine) as seen:
            assert tom.browser.get(path).status_code == 200
        return len(seen)

    fresh, rng = count(), Random(3)
    for days in (9, 8, 5):
        practise(db.session, clinic.people["trainee"], Habit(rng, lambda: f"showing-{rng.getrandbits(64):x}", ZONE), days_ago(days))
    db.session.commit()
    assert count() <= fresh
