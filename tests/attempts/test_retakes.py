"""Sitting an exam again, over HTTP: waiting times, the count, and a supervisor's signed line used once."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient

from app.attempts.models import Attempt, AttemptOpening
from app.database import db
from tests.attempts.sitting import QUIZ, sit
from tests.builders import Clinic
from tests.clock import FakeClock

LINE = "We went through the misses and agreed on practice."


def miss(browser: FlaskClient, clock: FakeClock) -> datetime:
    """Start, submit nothing, and miss; returns when it was finished."""
    sitting = sit(browser)
    clock.advance(minutes=5)
    sitting.submit()
    assert sitting.attempt().state == "closed"
    return clock()


def refused(browser: FlaskClient) -> str:
    """The words with which a start is refused."""
    before = db.session.query(Attempt).count()
    answer = browser.post(f"/quizzes/{QUIZ}/start")
    assert answer.status_code == 409
    assert db.session.query(Attempt).count() == before
    return answer.text


def open_next(clinic: Clinic, app: Flask, supervisor: str, trainee: str, words: str = LINE) -> int:
    """A supervisor opens one further attempt; returns the status."""
    address = f"/people/{clinic.people[trainee].id}/exams/{QUIZ}"
    return clinic.client(app, supervisor).post(address, data={"words": words}).status_code


def test_a_second_attempt_waits_48_hours(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    browser = clinic.client(clinic_app, "trainee")
    finished = miss(browser, clock)
    clock.at = finished + timedelta(hours=48) - timedelta(seconds=1)
    assert "A waiting time runs" in refused(browser)
    page = browser.get(f"/quizzes/{QUIZ}").text
    assert "You can start from" in page
    assert "26 Nov 2026, 09:05" in page
    assert ">Start<" not in page
    clock.at = finished + timedelta(hours=48)
    assert sit(browser).attempt().ordinal == 2


def test_a_third_attempt_waits_for_the_count_and_for_a_supervisors_line_that_is_used_once(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock
) -> None:
    browser, first = clinic.client(clinic_app, "trainee"), clock()
    miss(browser, clock)
    clock.advance(hours=48)
    miss(browser, clock)
    clock.advance(days=7)
    assert "A waiting time runs" in refused(browser)  # two attempts in 30 days come later than 7 days
    clock.at = first + timedelta(days=30)
    assert "a supervisor opens each one" in refused(browser)

    assert open_next(clinic, clinic_app, "observer1", "trainee") == 302
    third = sit(browser)
    opening = db.session.query(AttemptOpening).one()
    assert (third.attempt().ordinal, third.attempt().opening_id) == (3, opening.id)
    assert (opening.opened_by_id, opening.words) == (clinic.people["observer1"].id, LINE)

    clock.advance(minutes=5)
    third.submit()
    clock.advance(days=60)
    assert "a supervisor opens each one" in refused(browser)
    assert open_next(clinic, clinic_app, "director", "trainee") == 302
    assert sit(browser).attempt().ordinal == 4


def test_an_opening_does_not_shorten_the_waiting_time(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    browser = clinic.client(clinic_app, "trainee")
    miss(browser, clock)
    clock.advance(hours=48)
    miss(browser, clock)
    assert open_next(clinic, clinic_app, "observer1", "trainee") == 302
    clock.advance(days=8)
    assert "A waiting time runs" in refused(browser)


def test_a_second_attempt_leaves_an_opening_unused(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    browser = clinic.client(clinic_app, "trainee")
    miss(browser, clock)
    assert open_next(clinic, clinic_app, "observer1", "trainee") == 302
    clock.advance(hours=48)
    assert sit(browser).attempt().opening_id is None


def test_only_a_supervisor_of_the_site_opens_an_attempt_with_words_and_never_for_themselves(
    clinic: Clinic, clinic_app: Flask
) -> None:
    assert open_next(clinic, clinic_app, "trainee2", "trainee") == 403
    assert open_next(clinic, clinic_app, "trainee", "trainee") == 403
    assert open_next(clinic, clinic_app, "admin", "trainee") == 403
    assert open_next(clinic, clinic_app, "observer1", "observer1") == 404
    assert open_next(clinic, clinic_app, "observer1", "trainee", words="short") == 422
    assert open_next(clinic, clinic_app, "observer1", "trainee", words="   short    ") == 422
    assert db.session.query(AttemptOpening).count() == 0


def test_starting_while_an_attempt_runs_leads_back_to_it(clinic: Clinic, clinic_app: Flask) -> None:
    browser = clinic.client(clinic_app, "trainee")
    first = sit(browser)
    assert sit(browser).attempt_id == first.attempt_id
    assert db.session.query(Attempt).count() == 1
