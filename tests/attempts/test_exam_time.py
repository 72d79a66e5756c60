"""Time beyond the limit: private allowances, breaks in which the clock stands still, extensions that the page learns of."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.attempts.models import Attempt, ClockEntry, TimeAllowance
from app.attempts.queries import GRACE
from app.audit.models import AuditEvent
from app.database import db
from tests.attempts.sitting import QUIZ, Sitting, sit
from tests.builders import Clinic
from tests.clock import FakeClock

MORE = {"multiplier": "3/2", "extra": "5", "breaks": "10"}


def set_time(clinic: Clinic, app: Flask, who: str = "admin", person: str = "trainee", **fields: str) -> Any:
    address = f"/admin/people/{clinic.people[person].id}/exam-time"
    return clinic.client(app, who).post(address, data={**MORE, **fields})


def extend(clinic: Clinic, app: Flask, attempt_id: int, who: str = "observer1", **fields: str) -> Any:
    address = f"/people/{clinic.people['trainee'].id}/attempts/{attempt_id}/time"
    return clinic.client(app, who).post(address, data={"minutes": "10", "reason": "Fire alarm in the house", **fields})


def test_the_allowance_stretches_the_limit_and_its_derivation_is_stored(clinic: Clinic, clinic_app: Flask) -> None:
    plain = sit(clinic.client(clinic_app, "trainee2")).attempt()
    limit = plain.deadline_at - plain.started_at
    assert set_time(clinic, clinic_app).status_code == 302
    mine = sit(clinic.client(clinic_app, "trainee")).attempt()
    assert mine.deadline_at - mine.started_at == limit * 3 / 2 + timedelta(minutes=5)
    assert mine.break_left_s == 600
    assert json.loads(mine.derivation) == {
        "limit_s": int(limit.total_seconds()), "multiplier": "3/2", "extra_s": 300, "break_s": 600,
    }  # fmt: skip


def test_the_end_shown_before_the_start_is_the_end_of_the_attempt(clinic: Clinic, clinic_app: Flask) -> None:
    set_time(clinic, clinic_app)
    browser = clinic.client(clinic_app, "trainee")
    before = browser.get(f"/quizzes/{QUIZ}").text
    ends = sit(browser).attempt().deadline_at
    assert f"end at {ends.day} {ends:%b %Y, %H:%M}" in before
    assert "× 1.5 + 5 minutes" in before


def test_an_attempt_that_runs_keeps_its_end_when_the_allowance_changes(
    clinic: Clinic, clinic_app: Flask, trainee: FlaskClient
) -> None:
    sitting = sit(trainee)
    set_time(clinic, clinic_app)
    assert sitting.attempt().deadline_at == sitting.deadline


def test_only_the_person_and_the_officer_who_set_it_read_an_allowance(clinic: Clinic, clinic_app: Flask) -> None:
    set_time(clinic, clinic_app)
    address = f"/admin/people/{clinic.people['trainee'].id}/exam-time"
    mine = clinic.client(clinic_app, "admin").get(address).text
    other = clinic.client(clinic_app, "partner").get(address).text
    assert 'value="3/2" checked' in mine or 'checked id="multiplier-2"' in mine
    assert "Another officer set an exam time" in other
    assert 'value="10"' in mine
    assert 'value="10"' not in other
    assert "× 1.5" in clinic.client(clinic_app, "trainee").get("/quizzes").text
    assert "× 1.5" not in clinic.client(clinic_app, "trainee2").get("/quizzes").text


def test_the_trail_says_that_a_time_was_set_and_never_what(clinic: Clinic, clinic_app: Flask) -> None:
    set_time(clinic, clinic_app)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "person.exam_time_set")).one()
    assert set(json.loads(event.payload)["facts"]) == {"entry"}


def test_nobody_sets_their_own_time(clinic: Clinic, clinic_app: Flask) -> None:
    assert set_time(clinic, clinic_app, person="admin").status_code == 403
    assert db.session.scalars(select(TimeAllowance)).all() == []
    me = clinic.people["admin"].id
    with pytest.raises(DatabaseError):
        db.session.execute(
            text(
                "INSERT INTO time_allowance (person_id, multiplier_num, multiplier_den, extra_s, break_s, set_by_id, set_at) "
                f"VALUES ({me}, 1, 1, 0, 0, {me}, '2027-01-01')"
            )
        )
    db.session.rollback()


@pytest.mark.parametrize(
    ("field", "value"), [("multiplier", "7"), ("extra", "-1"), ("extra", "61"), ("breaks", "x"), ("breaks", "")]
)
def test_bad_allowances_are_refused_with_words(clinic: Clinic, clinic_app: Flask, field: str, value: str) -> None:
    answer = set_time(clinic, clinic_app, **{field: value})
    assert answer.status_code == 422
    assert db.session.scalars(select(TimeAllowance)).all() == []


def test_an_extension_moves_the_end_and_the_page_learns_of_it(clinic: Clinic, clinic_app: Flask, sitting: Sitting) -> None:
    answer = extend(clinic, clinic_app, sitting.attempt_id)
    assert answer.status_code == 302
    told = sitting.browser.get(f"/attempts/{sitting.attempt_id}/clock").json
    assert told["deadline_at"] == (sitting.deadline + timedelta(minutes=10)).isoformat()
    entry = db.session.scalars(select(ClockEntry)).one()
    assert (entry.kind, entry.seconds, entry.deadline_after) == ("extension", 600, sitting.deadline + timedelta(minutes=10))


def test_an_answer_in_the_time_given_counts(clinic: Clinic, clinic_app: Flask, clock: FakeClock, sitting: Sitting) -> None:
    extend(clinic, clinic_app, sitting.attempt_id)
    clock.at = sitting.deadline + timedelta(minutes=10) + GRACE
    assert sitting.put(1).status_code == 200
    clock.at += timedelta(seconds=1)
    assert sitting.put(1, op_id="one-second-late", base_seq=1).status_code == 410


def test_a_closed_attempt_is_never_opened_again_by_time(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock, sitting: Sitting
) -> None:
    clock.at = sitting.deadline + GRACE + timedelta(seconds=1)
    assert extend(clinic, clinic_app, sitting.attempt_id).status_code == 409
    sitting.browser.get(f"/attempts/{sitting.attempt_id}/result")
    assert extend(clinic, clinic_app, sitting.attempt_id).status_code == 409
    assert sitting.attempt().deadline_at == sitting.deadline


@pytest.mark.parametrize("minutes", ["0", "-5", "121", "x"])
def test_bad_minutes_are_refused(clinic: Clinic, clinic_app: Flask, sitting: Sitting, minutes: str) -> None:
    assert extend(clinic, clinic_app, sitting.attempt_id, minutes=minutes).status_code == 422


def test_one_attempt_gets_two_hours_more_at_most(clinic: Clinic, clinic_app: Flask, sitting: Sitting) -> None:
    assert extend(clinic, clinic_app, sitting.attempt_id, minutes="90").status_code == 302
    refused = extend(clinic, clinic_app, sitting.attempt_id, minutes="31")
    assert refused.status_code == 422
    assert "1 to 30 minutes" in refused.text


def test_nobody_gives_time_to_themselves_or_to_people_of_other_sites(clinic: Clinic, clinic_app: Flask) -> None:
    own = sit(clinic.client(clinic_app, "observer1"))
    address = f"/people/{clinic.people['observer1'].id}/attempts/{own.attempt_id}/time"
    fields = {"minutes": "10", "reason": "Fire alarm in the house"}
    assert clinic.client(clinic_app, "observer1").post(address, data=fields).status_code == 404
    mixed = f"/people/{clinic.people['trainee2'].id}/attempts/{own.attempt_id}/time"
    assert clinic.client(clinic_app, "observer2").post(mixed, data=fields).status_code == 404


def test_a_break_hides_the_items_and_stops_the_clock(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    set_time(clinic, clinic_app)
    sitting = sit(clinic.client(clinic_app, "trainee"))
    address = f"/attempts/{sitting.attempt_id}"
    assert sitting.browser.post(f"{address}/break").status_code == 302
    for page in ("", "?q=2", "/review"):
        shown = sitting.browser.get(address + page).text
        assert "You are on a break" in shown
        assert sitting.places()[0].place.shown.stem not in shown
    clock.at += timedelta(minutes=4)
    assert sitting.browser.post(f"{address}/go-on").status_code == 302
    assert sitting.attempt().deadline_at == sitting.deadline + timedelta(minutes=4)
    assert sitting.attempt().break_left_s == 360
    assert "You are on a break" not in sitting.browser.get(address).text


def test_a_break_that_nobody_ends_is_used_up_and_no_second_one_is_had(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    set_time(clinic, clinic_app)
    sitting = sit(clinic.client(clinic_app, "trainee"))
    sitting.browser.post(f"/attempts/{sitting.attempt_id}/break")
    clock.at += timedelta(minutes=10)
    assert "You are on a break" not in sitting.browser.get(f"/attempts/{sitting.attempt_id}").text
    assert sitting.browser.post(f"/attempts/{sitting.attempt_id}/break").status_code == 409
    assert sitting.attempt().deadline_at == sitting.deadline + timedelta(minutes=10)


def test_an_answer_that_arrives_during_a_break_is_saved_and_ends_it(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    set_time(clinic, clinic_app)
    sitting = sit(clinic.client(clinic_app, "trainee"))
    sitting.browser.post(f"/attempts/{sitting.attempt_id}/break")
    clock.at += timedelta(minutes=3)
    answer = sitting.put(1)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["deadline_at"] == (sitting.deadline + timedelta(minutes=3)).isoformat()
    assert [e.kind for e in db.session.scalars(select(ClockEntry).order_by(ClockEntry.id))] == ["break_began", "break_ended"]


def test_without_an_allowance_there_is_no_break(sitting: Sitting) -> None:
    assert sitting.browser.post(f"/attempts/{sitting.attempt_id}/break").status_code == 409
    assert sitting.attempt().break_began_at is None


def test_the_trail_does_not_call_a_break_a_break(clinic: Clinic, clinic_app: Flask) -> None:
    set_time(clinic, clinic_app)
    sitting = sit(clinic.client(clinic_app, "trainee"))
    sitting.browser.post(f"/attempts/{sitting.attempt_id}/break")
    acts = db.session.scalars(select(AuditEvent.act).where(AuditEvent.stream == f"attempt:{sitting.attempt_id}")).all()
    assert acts == ["attempt.started", "attempt.end_moved"]


def test_entries_of_the_clock_are_never_rewritten(clinic: Clinic, clinic_app: Flask, sitting: Sitting) -> None:
    extend(clinic, clinic_app, sitting.attempt_id)
    for statement in ("UPDATE clock_entry SET seconds = 1", "DELETE FROM clock_entry"):
        with pytest.raises(DatabaseError):
            db.session.execute(text(statement))
        db.session.rollback()
    assert db.session.get_one(Attempt, sitting.attempt_id).state == "open"
