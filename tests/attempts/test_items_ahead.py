"""All items of a running attempt in one answer: each as its own page has it, for its candidate alone, while its clock runs."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.attempts.models import Attempt
from app.database import db
from tests.attempts.sitting import QUIZ, Sitting, sit, some_answer
from tests.builders import Clinic
from tests.clock import FakeClock
from tests.turned import words_of

_NEW_EACH_TIME = re.compile(r'name="(op_id|csrf_token)"( type="hidden")? value="[^"]*"')


def form_in(page: str) -> str:
    """The form of an item's page, without what is new in each."""
    start = page.index('<form method="post" autocomplete="off" action="/attempts/')
    return _NEW_EACH_TIME.sub("", page[start : page.index("</form>", start) + len("</form>")])


@pytest.mark.parametrize("quiz", [QUIZ, "thorax", "general-safety"])
def test_each_item_is_the_form_of_its_page_with_what_is_saved_there(trainee: FlaskClient, quiz: str) -> None:
    sitting = sit(trainee, quiz)
    for place in sitting.places()[::2]:
        n = place.place.position
        payload = {"answer": some_answer(place), "struck": ["o1"] if place.variant.order else [], "flag": n % 4 == 1}
        assert sitting.put(n, payload=payload, certainty="sure").status_code == 200
    items = trainee.get(f"/attempts/{sitting.attempt_id}/items").get_json()["items"]
    assert len(items) == len(sitting.places())
    for position, item in enumerate(items, start=1):
        assert form_in(item) == form_in(trainee.get(f"/attempts/{sitting.attempt_id}?q={position}").text), position
        assert f'data-position="{position}"' in item


def test_every_item_has_an_operation_of_its_own(sitting: Sitting, trainee: FlaskClient) -> None:
    items = trainee.get(f"/attempts/{sitting.attempt_id}/items").get_json()["items"]
    ids = [found for item in items for found in re.findall(r'name="op_id" value="([^"]+)"', item)]
    assert len(set(ids)) == len(items)


def test_nobody_else_gets_the_items_and_nothing_keeps_them(sitting: Sitting, clinic: Clinic, clinic_app: Flask) -> None:
    address = f"/attempts/{sitting.attempt_id}/items"
    for key in ("trainee2", "observer1", "director", "admin"):
        assert clinic.client(clinic_app, key).get(address).status_code == 404, key
    assert clinic_app.test_client().get(address, headers={"Accept": "application/json"}).status_code == 401
    assert sitting.browser.get(address).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("past_s", [-1, 0, 10, 11])
def test_the_items_are_given_until_the_last_save_counts_and_no_longer(
    sitting: Sitting, trainee: FlaskClient, clock: FakeClock, past_s: int
) -> None:
    clock.at = sitting.deadline + timedelta(seconds=past_s)
    answer = trainee.get(f"/attempts/{sitting.attempt_id}/items")
    assert answer.status_code == (409 if past_s > 10 else 200)
    assert ("answer-form" in answer.text) is (past_s <= 10)
    if past_s > 10:
        assert "The time of this attempt is over." in unescape(answer.text)


def test_a_submitted_attempt_gives_no_items(sitting: Sitting, trainee: FlaskClient) -> None:
    assert sitting.submit().status_code == 302
    answer = trainee.get(f"/attempts/{sitting.attempt_id}/items")
    assert answer.status_code == 409
    assert "answer-form" not in answer.text


def test_a_break_gives_no_items_until_it_has_ended(sitting: Sitting, trainee: FlaskClient) -> None:
    db.session.get_one(Attempt, sitting.attempt_id).break_left_s = 600
    db.session.commit()
    assert trainee.post(f"/attempts/{sitting.attempt_id}/break").status_code in (200, 302)
    answer = trainee.get(f"/attempts/{sitting.attempt_id}/items")
    assert answer.status_code == 409
    assert "A break is under way." in answer.text
    assert "answer-form" not in answer.text
    assert trainee.get(f"/attempts/{sitting.attempt_id}/clock").get_json()["on_break"] is True
    assert trainee.post(f"/attempts/{sitting.attempt_id}/go-on").status_code == 302
    assert trainee.get(f"/attempts/{sitting.attempt_id}/items").status_code == 200
    assert trainee.get(f"/attempts/{sitting.attempt_id}/clock").get_json()["on_break"] is False


@pytest.mark.parametrize("page", ["", "/items", "/review"])
def test_the_times_of_an_attempt_are_told_in_the_zone_of_its_start(sitting: Sitting, trainee: FlaskClient, page: str) -> None:
    address = f"/attempts/{sitting.attempt_id}{page}"
    zone = str(sitting.attempt().time_zone)
    assert f'data-zone="{zone}"' in words_of(trainee.get(address))
    db.session.get_one(Attempt, sitting.attempt_id).time_zone = "Asia/Tokyo"  # its person belongs elsewhere now
    db.session.commit()
    assert 'data-zone="Asia/Tokyo"' in words_of(trainee.get(address))
    db.session.get_one(Attempt, sitting.attempt_id).time_zone = None  # it began before zones were noted
    db.session.commit()
    assert f'data-zone="{zone}"' in words_of(trainee.get(address))
