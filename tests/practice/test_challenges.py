"""A learner challenges a practice item from its explanation; the reviewer learns neither who it is nor what was answered."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.queries import who
from app.bank.desk import change_state
from app.bank.models import ItemVersion
from app.bank.queries import get_item
from app.database import db
from app.domain.errors import NotFound
from app.domain.permissions import SYSTEM
from app.practice.models import PracticeAnswer
from app.regrades.actions import Plan, Ruling, answer_challenge, propose_regrade
from app.regrades.models import Challenge
from app.regrades.queries import own_practice
from tests.builders import Clinic
from tests.clearances.builders import words_of
from tests.clock import FakeClock
from tests.practice.practising import Learner, heading, learner, only, publish

WORDS = "The explanation names the lateral border, and the source says the medial one."


@pytest.fixture
def tom(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> Learner:
    """A learner who has answered one item, wrongly."""
    content = publish("pr-0001")
    only("pr-0001")
    db.session.commit()
    tom = learner(clinic, clinic_app, clock)
    tom.show(content)
    tom.answer(right=False)
    return tom


def address_of(tom: Learner, item: str = "pr-0001", number: int | None = None) -> str:
    return f"/items/{item}/challenge?session={tom.session().id}&number={number or tom.answers()[-1].number}"


def test_the_explanation_leads_to_the_challenge_and_the_challenge_back(tom: Learner) -> None:
    explained = tom.page()
    assert f'href="{address_of(tom)}"'.replace("&", "&amp;") in explained
    page = tom.browser.get(address_of(tom))
    assert page.status_code == 200
    number = tom.answers()[-1].number
    assert heading(page.text) == f"Challenge item {number}"
    assert f'href="/practice/{tom.session().id}?n={number}"' in page.text


def test_a_challenge_is_kept_once_and_waits_on_the_same_page(tom: Learner) -> None:
    for _ in range(2):
        sent = tom.browser.post(address_of(tom), data={"words": WORDS})
        assert sent.status_code == 302
        assert sent.location.endswith(address_of(tom))
    made = db.session.scalars(select(Challenge)).one()
    assert (made.item_id, made.attempt_id, made.position) == ("pr-0001", None, None)
    page = tom.browser.get(address_of(tom)).text
    assert heading(page) == "Your challenge waits for its answer"
    assert WORDS in page


def test_the_answer_stands_on_the_same_page_and_says_what_follows(tom: Learner, clinic: Clinic) -> None:
    tom.browser.post(address_of(tom), data={"words": WORDS})
    director, item = clinic.people["director"], get_item(db.session, "pr-0001")
    change_state(db.session, item=item, state="suspended", reason="Under discussion.", actor=SYSTEM, now=tom.clock())
    who_ = who(db.session, director, tom.clock())
    versions = list(db.session.scalars(select(ItemVersion).where(ItemVersion.item_id == "pr-0001")))
    plan = Plan(item, versions, "full_marks", None, "The key followed an old edition of its source.", 14)
    regrade = propose_regrade(db.session, plan=plan, proposer=director, who=who_, now=tom.clock())
    ruling = Ruling("upheld", "The source says the medial border; the key was wrong.", "regrade", regrade.id)
    made = db.session.scalars(select(Challenge)).one()
    answer_challenge(db.session, challenge_id=made.id, ruling=ruling, answerer=director, who=who_, now=tom.clock())
    db.session.commit()
    page = tom.browser.get(address_of(tom)).text
    assert heading(page) == "Your challenge was upheld"
    assert "The key followed an old edition of its source." in page
    assert "whoever was taught the old key is told" in page
    assert "If your result moves" not in page
    assert "Back to the explanation" in page


def test_a_later_version_shows_the_challenge_that_waits_and_keeps_what_was_typed(tom: Learner) -> None:
    tom.browser.post(address_of(tom), data={"words": WORDS})
    newer = publish("pr-0001", stem="What is the safest way to needle here, all things considered?")
    db.session.commit()
    tom.show(newer)
    tom.answer(right=False)
    assert heading(tom.browser.get(address_of(tom)).text) == "Your challenge waits for its answer"
    refused = tom.browser.post(address_of(tom), data={"words": f"{WORDS} And the new one as well."})
    assert refused.status_code == 409
    assert "And the new one as well." in refused.text
    assert "You have challenged this item already" in words_of(refused)


def test_the_sixth_challenge_of_a_day_keeps_what_was_typed(tom: Learner) -> None:
    contents = [publish(f"pr-010{n}") for n in range(6)]
    db.session.commit()
    for content in contents:
        tom.show(content)
        tom.answer(right=False)
        answer = tom.browser.post(address_of(tom, item=content.id), data={"words": f"{WORDS} {content.id}"})
    assert answer.status_code == 429
    assert "tomorrow" in words_of(answer)
    assert f"{WORDS} pr-0105" in answer.text


def test_too_few_words_come_back_with_what_to_do(tom: Learner) -> None:
    answer = tom.browser.post(address_of(tom), data={"words": "Wrong."})
    assert answer.status_code == 422
    assert "20 characters or more" in words_of(answer)
    assert "Wrong." in answer.text


def test_the_desk_sees_the_words_and_neither_the_person_nor_the_answer(tom: Learner, clinic: Clinic, clinic_app: Flask) -> None:
    tom.browser.post(address_of(tom), data={"words": WORDS})
    made = db.session.scalars(select(Challenge)).one()
    db.session.rollback()
    desk = clinic.client(clinic_app, "director").get(f"/admin/challenges/{made.id}")
    page = words_of(desk)
    assert desk.status_code == 200
    assert WORDS in page
    assert "only the learner sees their answers" in page
    assert "Answered:" not in page
    assert clinic.people["trainee"].printed_name not in page


def test_what_is_not_ones_own_answer_does_not_exist(tom: Learner, clinic: Clinic, clinic_app: Flask) -> None:
    stranger = clinic.client(clinic_app, "trainee2")
    assert stranger.get(address_of(tom)).status_code == 404
    assert tom.browser.get(address_of(tom, number=99)).status_code == 404
    assert tom.browser.get(address_of(tom, item="pr-0002")).status_code == 404
    assert tom.browser.get("/items/pr-0001/challenge?session=1").status_code == 404
    answer = db.session.scalars(select(PracticeAnswer)).one()
    with pytest.raises(NotFound):
        own_practice(db.session, answer.person_id, "-", answer.session_id, answer.number)


def test_an_item_that_is_only_shown_cannot_be_challenged_yet(tom: Learner) -> None:
    publish("pr-0002")
    db.session.commit()
    tom.next()
    shown = tom.session().shown_count
    assert shown == tom.answers()[-1].number + 1
    assert tom.browser.get(address_of(tom, item="pr-0002", number=shown)).status_code == 404
