"""Two copies of one attempt's page: one rules, the other is told so, and nothing that either sent is lost."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.attempts.queries import GRACE
from app.audit.models import AuditEvent
from app.database import db
from tests.attempts.sitting import Sitting, form_fields
from tests.builders import Clinic
from tests.clock import FakeClock

HERE, THERE = "copy-of-the-first-tab", "copy-of-the-second-tab"


def take(sitting: Sitting, lease: Any) -> Any:
    """Take the attempt over for a copy."""
    return sitting.browser.post(f"/attempts/{sitting.attempt_id}/lease", json={"lease": lease})


def events(sitting: Sitting) -> list[Any]:
    """The take-overs in the trail."""
    query = select(AuditEvent).where(AuditEvent.stream == f"attempt:{sitting.attempt_id}", AuditEvent.act == "attempt.copy_taken")
    return list(db.session.scalars(query))


@pytest.fixture
def position(sitting: Sitting) -> int:
    """The place of an item with one answer."""
    return sitting.place_of("single_best_answer").place.position


def test_the_first_copy_that_saves_rules(sitting: Sitting, position: int) -> None:
    assert sitting.attempt().lease is None
    assert sitting.put(position, {"choice": "o1"}, lease=HERE).status_code == 200
    assert (sitting.attempt().lease, sitting.attempt().lease_at.isoformat()) == (HERE, "2026-11-24T09:00:00+00:00")


def test_a_save_of_another_copy_is_kept_aside_and_told_since_when(sitting: Sitting, position: int, clock: FakeClock) -> None:
    sitting.put(position, {"choice": "o1"}, lease=HERE)
    clock.advance(minutes=1)
    answer = sitting.put(position, {"choice": "o2"}, base_seq=1, op_id="other-copy", lease=THERE)
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    told = {k: answer.json[k] for k in ("type", "code", "seq", "lease_at", "status")}
    assert told == {
        "type": "about:blank", "code": "other_copy", "seq": 1, "lease_at": "2026-11-24T09:00:00+00:00", "status": 409,
    }  # fmt: skip
    assert answer.json["yours"]["answer"] == {"choice": "o2"}
    assert answer.json["theirs"]["answer"] == {"choice": "o1"}
    assert [r.kept for r in sitting.revisions()] == ["current", "superseded"]
    assert sitting.places()[position - 1].place.seq == 1
    again = sitting.put(position, {"choice": "o2"}, base_seq=1, op_id="other-copy", lease=THERE)
    assert (again.status_code, again.json["code"], len(sitting.revisions())) == (409, "other_copy", 2)


def test_after_taking_over_the_same_text_is_saved_and_the_first_copy_is_told(sitting: Sitting, position: int) -> None:
    sitting.put(position, {"choice": "o1"}, lease=HERE)
    sitting.put(position, {"choice": "o2"}, base_seq=1, op_id="other-copy", lease=THERE)
    assert take(sitting, THERE).status_code == 200
    assert sitting.put(position, {"choice": "o2"}, base_seq=1, op_id="offered-again", lease=THERE).json["seq"] == 2
    late = sitting.put(position, {"choice": "o3"}, base_seq=2, op_id="from-the-first", lease=HERE)
    assert (late.status_code, late.json["code"]) == (409, "other_copy")


def test_taking_over_twice_changes_nothing_and_each_change_of_hands_is_in_the_trail(sitting: Sitting, clock: FakeClock) -> None:
    first = take(sitting, HERE).json["lease_at"]
    clock.advance(minutes=1)
    assert take(sitting, HERE).json["lease_at"] == first
    assert take(sitting, THERE).json["lease_at"] == clock.at.isoformat()
    facts = [json.loads(e.payload)["facts"] for e in events(sitting)]
    assert [f["before"] for f in facts] == [None, facts[0]["copy"]]
    assert HERE not in json.dumps(facts), "the trail must not hold what a copy is known by"


def test_a_save_without_a_lease_follows_the_base_alone(sitting: Sitting, position: int) -> None:
    sitting.put(position, {"choice": "o1"}, lease=HERE)
    assert sitting.put(position, {"choice": "o2"}, base_seq=1, op_id="old-page").status_code == 200
    fields = form_fields(sitting.places()[position - 1], {"choice": "o3"}, "by-the-form")
    assert sitting.post(position, fields).status_code == 302
    assert sitting.attempt().lease == HERE


def test_a_form_post_of_a_copy_that_does_not_rule_is_told_so(sitting: Sitting, position: int) -> None:
    sitting.put(position, {"choice": "o1"}, lease=HERE)
    fields = form_fields(sitting.places()[position - 1], {"choice": "o2"}, "by-the-form") | {"lease": THERE}
    answer = sitting.post(position, fields)
    assert answer.status_code == 409
    assert "goes on in another window or on another device" in answer.text
    assert [r.kept for r in sitting.revisions()] == ["current", "superseded"]


def test_a_repeat_gets_its_stored_reply_whoever_rules_by_then(sitting: Sitting, position: int) -> None:
    first = sitting.put(position, {"choice": "o1"}, lease=HERE).json
    take(sitting, THERE)
    again = sitting.put(position, {"choice": "o1"}, lease=HERE)
    assert (again.status_code, again.json["sha256"]) == (200, first["sha256"])


def test_after_the_end_a_save_of_any_copy_is_late_and_nothing_is_taken_over(
    sitting: Sitting, position: int, clock: FakeClock
) -> None:
    sitting.put(position, {"choice": "o1"}, lease=HERE)
    clock.at = sitting.deadline + GRACE + timedelta(seconds=1)
    assert sitting.put(position, {"choice": "o2"}, op_id="late-other", lease=THERE).status_code == 410
    assert take(sitting, THERE).status_code == 410
    assert sitting.attempt().lease == HERE


NO_NAMES = (None, 5, "", "short", "x" * 65, "copy of a tab with spaces", "cöpy-of-the-first-tab", ["a" * 20])


@pytest.mark.parametrize("lease", NO_NAMES)
def test_what_cannot_name_a_copy_is_refused(sitting: Sitting, position: int, lease: Any) -> None:
    assert take(sitting, lease).status_code == 422
    if lease is not None:
        assert sitting.put(position, {"choice": "o1"}, lease=lease).status_code == 422
    assert sitting.revisions() == []


def test_nobody_takes_over_the_attempt_of_somebody_else(sitting: Sitting, clinic: Clinic, clinic_app: Flask) -> None:
    other: FlaskClient = clinic.client(clinic_app, "trainee2")
    assert other.post(f"/attempts/{sitting.attempt_id}/lease", json={"lease": THERE}).status_code == 404
    assert sitting.attempt().lease is None


def test_the_clock_tells_its_holder_which_copy_rules(sitting: Sitting) -> None:
    take(sitting, HERE)
    told = sitting.browser.get(f"/attempts/{sitting.attempt_id}/clock").json
    assert (told["lease"], told["lease_at"]) == (HERE, "2026-11-24T09:00:00+00:00")
