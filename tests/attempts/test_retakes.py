"""Sitting an exam again, over HTTP: waiting times, the count, and a supervisor's signed line used once."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.attempts.models import Attempt, AttemptOpening
from app.bank.models import Item
from app.database import db
from app.signatures.actions import sign
from tests.attempts.sitting import QUIZ, sit
from tests.builders import Clinic
from tests.clock import FakeClock
from tests.practice.practising import practise_assigned

LINE = "We went through the misses and agreed on practice."


def miss(browser: FlaskClient, clock: FakeClock) -> datetime:
    """Start, submit nothing, miss, and do the practice that is assigned; returns when it was finished."""
    sitting = sit(browser)
    clock.advance(minutes=5)
    sitting.submit()
    assert sitting.attempt().state == "closed"
    practise_assigned(sitting.attempt().person, clock())
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
    practise_assigned(third.attempt().person, clock())
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


def test_a_line_is_signed_only_for_an_attempt_that_needs_one_and_only_once(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock
) -> None:
    browser = clinic.client(clinic_app, "trainee")
    assert open_next(clinic, clinic_app, "observer1", "trainee") == 409
    miss(browser, clock)
    assert open_next(clinic, clinic_app, "observer1", "trainee") == 409
    clock.advance(hours=48)
    miss(browser, clock)
    assert open_next(clinic, clinic_app, "observer1", "trainee") == 302
    assert open_next(clinic, clinic_app, "director", "trainee") == 409
    assert db.session.query(AttemptOpening).count() == 1


def test_a_line_about_an_earlier_miss_does_not_open_the_attempt_after_the_next_one(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock
) -> None:
    browser = clinic.client(clinic_app, "trainee")
    observer = clinic.people["observer1"]
    signature = sign(
        db.session, signer=observer, meaning="I spoke with this person", subject="person:1", shown={}, shown_sha256=None,
        now=clock(), time_zone="UTC",
    )  # fmt: skip
    stale = AttemptOpening(
        person_id=clinic.people["trainee"].id, quiz_id=QUIZ, opened_by_id=observer.id, words=LINE, opened_at=clock(),
        signature_id=signature.id,
    )  # fmt: skip
    db.session.add(stale)
    db.session.commit()
    clock.advance(minutes=1)
    miss(browser, clock)
    clock.advance(hours=48)
    miss(browser, clock)
    clock.advance(days=60)
    assert "a supervisor opens each one" in refused(browser)


def test_an_exam_whose_pool_is_too_small_does_not_start(clinic: Clinic, clinic_app: Flask) -> None:
    """As many items as a whole form holds are not enough: the pool must be half as large again."""
    drawn = [place.content.id for place in sit(clinic.client(clinic_app, "trainee2")).places()]
    rest = db.session.scalars(select(Item.id).where(Item.id.not_in(drawn))).all()
    db.session.execute(update(Item).where(Item.id.in_(rest)).values(state="suspended"))
    db.session.commit()
    words = clinic.client(clinic_app, "trainee").get(f"/quizzes/{QUIZ}").text
    assert "Not offered yet" in words
    assert "not offered" in refused(clinic.client(clinic_app, "trainee"))
    db.session.execute(update(Item).where(Item.id.in_(rest)).values(state="published"))
    db.session.commit()
    assert "Not offered yet" not in clinic.client(clinic_app, "trainee").get(f"/quizzes/{QUIZ}").text


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
