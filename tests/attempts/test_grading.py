"""Grading comes after the close in a transaction of its own, and can be run again by anybody who looks."""

from __future__ import annotations

import contextvars
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask

from app.attempts import actions
from app.attempts.actions import submit_attempt
from app.attempts.models import Grade, GradedItem
from app.audit.models import AuditEvent
from app.clearances.evidence import evidence_of
from app.database import db
from tests.attempts.sitting import Sitting
from tests.builders import read_back_all
from tests.clock import FakeClock


def close_without_grade(sitting: Sitting, clock: FakeClock) -> None:
    """What is left when the process dies between the close and the grade."""
    attempt = sitting.attempt()
    submit_attempt(db.session, attempt=attempt, read_back=read_back_all(db.session, attempt), now=clock())
    db.session.commit()


def sweep(app: Flask) -> str:
    """`flask attempts sweep`, in a context of its own."""

    def run() -> Result:
        with app.app_context():
            return app.test_cli_runner().invoke(args=["attempts", "sweep"])

    db.session.commit()
    found = contextvars.Context().run(run)
    assert found.exit_code == 0, found.output
    return found.output


def graded_once(sitting: Sitting) -> bool:
    items = db.session.query(GradedItem).count()
    events = db.session.query(AuditEvent).filter_by(act="attempt.graded").count()
    return (db.session.query(Grade).count(), events, items) == (1, 1, len(sitting.places()))


def test_a_crash_between_close_and_grade_leaves_a_closed_attempt_that_its_result_page_grades_once(
    sitting: Sitting, clock: FakeClock
) -> None:
    close_without_grade(sitting, clock)
    assert (sitting.attempt().state, db.session.query(Grade).count()) == ("closed", 0)
    pages = [sitting.browser.get(f"/attempts/{sitting.attempt_id}/result") for _ in range(2)]
    assert [p.status_code for p in pages] == [200, 200]
    assert graded_once(sitting)


def test_a_crash_between_close_and_grade_is_mended_by_the_sweep_once(sitting: Sitting, clock: FakeClock, clinic_app: Flask) -> None:
    close_without_grade(sitting, clock)
    assert sweep(clinic_app).startswith("1 attempt")
    assert sweep(clinic_app).startswith("0 attempt")
    assert graded_once(sitting)


def test_a_fault_in_grading_loses_no_answer_and_the_close_stands(
    sitting: Sitting, clinic_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the grader broke")

    clinic_app.config["PROPAGATE_EXCEPTIONS"] = False
    sitting.put(1, payload={"answer": {}, "flag": True})
    with monkeypatch.context() as patch:
        patch.setattr(actions, "grade_attempt", broken)
        assert sitting.submit().status_code == 500
    assert (sitting.attempt().state, len(sitting.revisions())) == ("closed", 1)
    assert sitting.browser.get(f"/attempts/{sitting.attempt_id}/result").status_code == 200
    assert graded_once(sitting)


def test_the_sweep_closes_at_the_deadline_what_nobody_submitted(sitting: Sitting, clock: FakeClock, clinic_app: Flask) -> None:
    clock.at = sitting.deadline + timedelta(seconds=10)
    assert sweep(clinic_app).startswith("0 attempt")
    clock.advance(days=2)
    assert sweep(clinic_app).startswith("1 attempt")
    attempt = sitting.attempt()
    assert (attempt.state, attempt.closed_by, attempt.closed_at) == ("closed", "deadline", sitting.deadline)
    assert graded_once(sitting)


def test_looking_at_the_result_after_the_end_closes_and_grades_it(sitting: Sitting, clock: FakeClock) -> None:
    clock.at = sitting.deadline + timedelta(seconds=11)
    answer = sitting.browser.get(f"/attempts/{sitting.attempt_id}", follow_redirects=True)
    assert (answer.status_code, answer.request.path) == (200, f"/attempts/{sitting.attempt_id}/result")
    assert sitting.attempt().closed_at == sitting.deadline
    assert graded_once(sitting)


def test_the_result_of_a_running_attempt_leads_back_to_it(sitting: Sitting) -> None:
    answer = sitting.browser.get(f"/attempts/{sitting.attempt_id}/result")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/attempts/{sitting.attempt_id}")
    assert db.session.query(Grade).count() == 0


def test_a_late_save_does_not_change_the_evidence_of_an_application(sitting: Sitting, clock: FakeClock) -> None:
    person_id = sitting.attempt().person_id
    sitting.submit()
    before = evidence_of(db.session, [person_id], clock())[person_id].exams
    assert len(before) == 1
    assert sitting.put(1, payload={"answer": {}, "flag": True}).status_code == 410
    assert evidence_of(db.session, [person_id], clock())[person_id].exams == before
