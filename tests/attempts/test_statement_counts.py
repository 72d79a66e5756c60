"""How many statements the acts of an attempt send over HTTP; the ceilings are what is true today.

The person of the session is counted in each. A whole attempt is what a browser asks for: the start, the first item's page, all
items for the others, an acknowledged answer to each of 20 items, the review, and the submit with its grading.
"""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.clearances.queries import case_of
from app.database import db
from tests.attempts.sitting import QUIZ, Sitting, sit, some_answer
from tests.builders import Clinic, days_ago, decide, make_ready
from tests.clock import START
from tests.statements import assert_at_most, counted_statements

SAVE = 4
SAVE_AGAIN = 4
START_EXAM = 19
SUBMIT_AND_GRADE = 18
WHOLE_ATTEMPT = 130
PAGE = 4
GRANT = 30


def test_a_save_stays_within_its_statements(sitting: Sitting) -> None:
    position = sitting.place_of("single_best_answer").place.position
    with counted_statements(db.engine) as seen:
        assert sitting.put(position, {"choice": "o1"}).status_code == 200
    assert_at_most(SAVE, seen)
    with counted_statements(db.engine) as seen:
        assert sitting.put(position, {"choice": "o2"}, base_seq=1, op_id="second-op").status_code == 200
    assert_at_most(SAVE_AGAIN, seen)


def test_starting_stays_within_its_statements(trainee: FlaskClient) -> None:
    with counted_statements(db.engine) as seen:
        assert trainee.post(f"/quizzes/{QUIZ}/start").status_code == 302
    assert_at_most(START_EXAM, seen)


def test_submitting_and_grading_stays_within_its_statements(sitting: Sitting) -> None:
    for place in sitting.places():
        sitting.put(place.place.position, some_answer(place))
    read_back = {p.place.position: 1 for p in sitting.places()}
    with counted_statements(db.engine) as seen:
        assert sitting.submit(read_back).headers["Location"].endswith("/result")
    assert_at_most(SUBMIT_AND_GRADE, seen)


def test_a_whole_attempt_stays_within_its_statements(trainee: FlaskClient) -> None:
    with counted_statements(db.engine) as seen:
        sitting = Sitting(trainee, int(trainee.post(f"/quizzes/{QUIZ}/start").headers["Location"].rsplit("/", 1)[1]), START)
    places = sitting.places()
    assert len(places) == 20
    with counted_statements(db.engine) as answered:
        assert trainee.get(f"/attempts/{sitting.attempt_id}").status_code == 200
        assert len(trainee.get(f"/attempts/{sitting.attempt_id}/items").get_json()["items"]) == 20
        for place in places:
            assert sitting.put(place.place.position, some_answer(place)).status_code == 200
        assert trainee.get(f"/attempts/{sitting.attempt_id}/review").status_code == 200
        sitting.submit({p.place.position: 1 for p in places})
    assert sitting.attempt().state == "closed"
    assert_at_most(WHOLE_ATTEMPT, seen + answered)


@pytest.mark.parametrize("page", ["", "?q=20", "/items", "/review"])
def test_a_page_of_an_attempt_reads_the_whole_form_at_once(sitting: Sitting, page: str) -> None:
    with counted_statements(db.engine) as seen:
        assert sitting.browser.get(f"/attempts/{sitting.attempt_id}{page}").status_code == 200
    assert_at_most(PAGE, seen)


def test_the_number_of_statements_of_a_start_does_not_grow_with_earlier_attempts(
    clinic: Clinic, clinic_app: Flask, clock: object
) -> None:
    first = clinic.client(clinic_app, "trainee2")
    with counted_statements(db.engine) as fresh:
        sit(first, "general-safety")
    with counted_statements(db.engine) as later:
        sit(first, QUIZ)
    assert len(later) <= len(fresh)


def test_a_grant_by_a_second_person_stays_within_its_statements(clinic: Clinic, clinic_app: Flask) -> None:
    application = make_ready(clinic, "trainee", "thorax")
    decide(clinic, application, "recommend", "observer1", days_ago(1))
    shown = case_of(db.session, application, now=START).evidence_sha256
    address, director = f"/applications/{application.id}/decide", clinic.client(clinic_app, "director")
    with counted_statements(db.engine) as seen:
        assert director.post(address, data={"act": "grant", "shown": shown}).status_code == 302
    assert_at_most(GRANT, seen)
