"""Planned starts: forms drawn ahead are used while their facts hold, and never otherwise."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import jobs
from app.attempts.actions import start_attempt, starting
from app.attempts.models import AttemptItem, ExamSitting, PreparedForm
from app.bank import desk
from app.bank.models import Item
from app.database import db
from tests.attempts.sitting import QUIZ, Sitting, sit
from tests.builders import Clinic, start
from tests.clock import START, FakeClock
from tests.statements import assert_at_most, counted_statements

PLANNED = {"quiz_id": QUIZ, "day": "2026-11-24", "time": "14:00"}
START_PREPARED = 18


def plan(clinic: Clinic, app: Flask, *who: str, by: str = "observer1", **fields: str) -> Any:
    people = [str(clinic.people[name].id) for name in who or ("trainee", "trainee2")]
    return clinic.client(app, by).post("/sittings/new", data={**PLANNED, "candidates": people, **fields})


def prepared(clinic: Clinic, who: str = "trainee") -> PreparedForm | None:
    db.session.rollback()
    return db.session.get(PreparedForm, (clinic.people[who].id, QUIZ))


def form_of(sitting: Sitting) -> list[tuple[int, int, str]]:
    rows = select(AttemptItem.position, AttemptItem.item_version_id, AttemptItem.variant)
    return [tuple(row) for row in db.session.execute(rows.where(AttemptItem.attempt_id == sitting.attempt_id).order_by("position"))]


def test_a_planned_start_is_stored_in_the_time_of_its_site_and_shown(clinic: Clinic, clinic_app: Flask) -> None:
    assert plan(clinic, clinic_app).status_code == 302
    found = db.session.scalars(select(ExamSitting)).one()
    assert [c.person_id for c in found.candidates] == sorted(clinic.people[n].id for n in ("trainee", "trainee2"))
    assert "14:00" in clinic.client(clinic_app, "observer1").get("/sittings").text
    assert "You are expected at a start" in clinic.client(clinic_app, "trainee").get(f"/quizzes/{QUIZ}").text
    assert "You are expected" not in clinic.client(clinic_app, "observer2").get(f"/quizzes/{QUIZ}").text


@pytest.mark.parametrize(
    "fields", [{"day": "2026-11-20"}, {"day": "2028-11-20"}, {"day": "soon"}, {"time": "25:00"}, {"quiz_id": "no-such-exam"}]
)
def test_bad_plans_are_refused_with_words(clinic: Clinic, clinic_app: Flask, fields: dict[str, str]) -> None:
    assert plan(clinic, clinic_app, **fields).status_code == 422
    assert db.session.scalar(select(func.count()).select_from(ExamSitting)) == 0


def test_people_of_other_sites_are_not_planned_for(clinic: Clinic, clinic_app: Flask) -> None:
    assert plan(clinic, clinic_app, "admin").status_code == 422


def test_a_form_drawn_ahead_is_the_form_of_the_attempt_and_is_used_once(clinic: Clinic, clinic_app: Flask) -> None:
    plan(clinic, clinic_app)
    assert jobs.prepare_forms() == 2
    ahead = prepared(clinic)
    assert ahead is not None
    seed = ahead.seed
    sitting = sit(clinic.client(clinic_app, "trainee"))
    assert sitting.attempt().seed == seed
    assert prepared(clinic) is None
    assert prepared(clinic, "trainee2") is not None


def test_a_form_drawn_ahead_is_what_a_start_under_the_same_seed_draws(clinic: Clinic, clinic_app: Flask) -> None:
    plan(clinic, clinic_app)
    jobs.prepare_forms()
    sitting = sit(clinic.client(clinic_app, "trainee"))
    other = start(clinic, "observer2", QUIZ, START, seed=sitting.attempt().seed)
    assert form_of(Sitting(sitting.browser, other.id, other.deadline_at)) == form_of(sitting)


def test_forms_are_drawn_once_and_not_before_the_last_day(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    plan(clinic, clinic_app, day="2026-11-26")
    assert jobs.prepare_forms() == 0
    clock.advance(days=1, hours=6)
    assert jobs.prepare_forms() == 2
    assert jobs.prepare_forms() == 0


def test_a_round_draws_some_forms_and_the_next_one_goes_on(clinic: Clinic, clinic_app: Flask) -> None:
    plan(clinic, clinic_app)
    assert [jobs.prepare_forms(most=1), jobs.prepare_forms(most=1), jobs.prepare_forms(most=1)] == [1, 1, 0]


def suspend_one_of(clinic: Clinic, version_ids: set[int]) -> str:
    item = db.session.scalars(select(Item).where(Item.current_version_id.in_(version_ids)).order_by(Item.id)).first()
    assert item is not None
    desk.change_state(db.session, item=item, state="suspended", reason="Under discussion.", actor=clinic.actor("admin"), now=START)
    db.session.commit()
    return item.id


def test_an_item_suspended_after_the_draw_is_in_no_form_that_starts(clinic: Clinic, clinic_app: Flask) -> None:
    plan(clinic, clinic_app)
    jobs.prepare_forms()
    ahead = prepared(clinic)
    assert ahead is not None
    gone = suspend_one_of(clinic, {row["item_version_id"] for row in json.loads(ahead.rows)})
    sitting = sit(clinic.client(clinic_app, "trainee"))
    drawn = db.session.scalars(select(AttemptItem.item_id).where(AttemptItem.attempt_id == sitting.attempt_id)).all()
    assert gone not in drawn
    assert prepared(clinic) is None


def test_after_a_change_of_the_bank_the_forms_are_drawn_again(clinic: Clinic, clinic_app: Flask) -> None:
    plan(clinic, clinic_app)
    jobs.prepare_forms()
    ahead = prepared(clinic)
    assert ahead is not None
    suspend_one_of(clinic, {row["item_version_id"] for row in json.loads(ahead.rows)})
    assert jobs.prepare_forms() == 2
    assert jobs.prepare_forms() == 0


def test_an_attempt_at_another_exam_makes_the_form_draw_anew(clinic: Clinic, clinic_app: Flask) -> None:
    plan(clinic, clinic_app)
    jobs.prepare_forms()
    ahead = prepared(clinic)
    assert ahead is not None
    old = ahead.seed
    browser = clinic.client(clinic_app, "trainee")
    sit(browser, "general-safety")
    assert sit(browser).attempt().seed != old


def test_waiting_times_hold_for_a_planned_start_too(clinic: Clinic, clinic_app: Flask) -> None:
    sitting = sit(clinic.client(clinic_app, "trainee"))
    sitting.submit({p.place.position: 0 for p in sitting.places()})
    plan(clinic, clinic_app)
    jobs.prepare_forms()
    assert sitting.browser.post(f"/quizzes/{QUIZ}/start").status_code == 409


def test_starting_with_a_form_drawn_ahead_draws_nothing(clinic: Clinic, clinic_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    plan(clinic, clinic_app)
    jobs.prepare_forms()

    def never(*_: object, **__: object) -> None:
        raise AssertionError("a form was drawn")

    monkeypatch.setattr(starting, "assemble_form", never)
    browser = clinic.client(clinic_app, "trainee")
    with counted_statements(db.engine) as seen:
        sit(browser)
    assert_at_most(START_PREPARED + 1, seen)  # sit() reads the attempt back


def test_a_start_that_fails_keeps_the_form_that_was_put_by(clinic: Clinic, clinic_app: Flask) -> None:
    plan(clinic, clinic_app)
    jobs.prepare_forms()
    version = sit(clinic.client(clinic_app, "trainee2")).attempt().quiz_version
    start_attempt(
        db.session, person=clinic.people["trainee"], quiz_version=version, seed="1", time_zone="UTC", need_review=False, now=START
    )
    db.session.rollback()
    assert prepared(clinic) is not None


def test_the_command_draws_all_at_once(clinic: Clinic, clinic_app: Flask) -> None:
    plan(clinic, clinic_app)
    db.session.rollback()
    said = clinic_app.test_cli_runner().invoke(args=["attempts", "prepare"]).output
    assert said == "2 forms drawn ahead\n"
    assert timedelta(hours=24) == jobs.AHEAD
