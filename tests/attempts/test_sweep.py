"""What closes attempts without their candidates: the sweep, and a computer's clock that jumps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app import jobs
from app.attempts.models import Attempt
from app.attempts.queries import GRACE, find_grade
from app.database import db
from app.web.clockwork import KEY
from tests.attempts.sitting import Sitting, sit
from tests.builders import Clinic
from tests.clock import FakeClock

JUMPED = "The clock of this computer jumped. Exams keep the time from before for ten minutes."
LATE = GRACE + timedelta(seconds=1)


def waits(count: int) -> Callable[[float], bool]:
    """A wait that is over at once, that many times; then the process ends."""
    answers: Iterator[bool] = iter([False] * count + [True])
    return lambda _seconds: next(answers)


def sweep(app: Flask, wait: Callable[[float], bool]) -> None:
    """Sweep as the serving process does; the test's own session lets go of the file first."""
    db.session.rollback()
    jobs.run_sweeps(app, wait)


def closed(sitting: Sitting) -> bool:
    db.session.rollback()
    return sitting.attempt().state == "closed"


def test_the_sweep_closes_what_is_over_at_its_deadline_and_grades_it(clinic_app: Flask, clock: FakeClock, sitting: Sitting) -> None:
    sitting.put(1)
    clock.at = sitting.deadline + timedelta(hours=5)
    sweep(clinic_app, waits(1))
    assert closed(sitting)
    assert sitting.attempt().closed_at == sitting.deadline
    assert find_grade(db.session, sitting.attempt_id) is not None


def test_the_sweep_leaves_alone_what_still_runs(clinic_app: Flask, clock: FakeClock, sitting: Sitting) -> None:
    clock.at = sitting.deadline + GRACE
    sweep(clinic_app, waits(3))
    assert not closed(sitting)


def test_sweeping_again_changes_nothing(clinic_app: Flask, clock: FakeClock, sitting: Sitting) -> None:
    clock.at = sitting.deadline + LATE
    assert jobs.sweep_attempts() == 1
    assert jobs.sweep_attempts() == 0


def test_what_was_closed_and_not_graded_is_graded(clinic_app: Flask, sitting: Sitting) -> None:
    db.session.execute(db.update(Attempt).values(state="closed", closed_at=Attempt.started_at, closed_by="candidate"))
    db.session.commit()
    assert jobs.sweep_attempts() == 1


def test_a_fault_of_the_database_is_tried_again_next_time(
    clinic_app: Flask, clock: FakeClock, sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    sound = jobs.due_attempt_ids

    def gone(*given: object) -> list[int]:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("SELECT", {}, Exception("the database went away"))
        return sound(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "due_attempt_ids", gone)
    clock.at = sitting.deadline + LATE
    sweep(clinic_app, waits(2))
    assert closed(sitting)


def test_neither_a_busy_file_nor_any_other_fault_ends_the_sweeping(
    clinic_app: Flask, clock: FakeClock, sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: Iterator[Exception] = iter([TimeoutError("The database stayed busy for 30 seconds."), KeyError("rank")])
    sound = jobs.due_attempt_ids

    def gone(*given: object) -> list[int]:
        for fault in faults:
            raise fault
        return sound(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "due_attempt_ids", gone)
    clock.at = sitting.deadline + LATE
    sweep(clinic_app, waits(3))
    assert closed(sitting)


def test_an_attempt_that_cannot_be_graded_keeps_no_other_from_its_end(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock, sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sit(clinic.client(clinic_app, "trainee2"))
    sound, broken = jobs.close_if_due, min(sitting.attempt_id, other.attempt_id)

    def close(session: object, attempt_id: int, **given: object) -> bool:
        if attempt_id == broken:
            raise ValueError("nobody foresaw this")
        return sound(session, attempt_id, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "close_if_due", close)
    clock.at = sitting.deadline + LATE
    sweep(clinic_app, waits(1))
    assert sorted(closed(one) for one in (sitting, other)) == [False, True]


def test_the_alarm_of_a_jump_is_given_even_if_readiness_saw_it_first(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock, steady: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    browser = clinic.client(clinic_app, "trainee")
    browser.get("/readyz")
    clock.at += timedelta(hours=3)
    steady[0] += 30
    assert "held" in browser.get("/readyz").json["exam_clock"]  # type: ignore[index]
    assert [r.message for r in caplog.records].count(JUMPED) == 1


def test_stopping_ends_the_thread(clinic_app: Flask) -> None:
    jobs.start_sweeping(clinic_app).set()


@pytest.fixture
def steady(clinic_app: Flask, clock: FakeClock) -> list[float]:
    """The seconds of a monotonic clock, moved by the test; the application looks at both clocks."""
    seconds = [100.0]
    work = clinic_app.extensions[KEY]
    clinic_app.extensions[KEY] = dataclasses.replace(work, monotonic=lambda: seconds[0])
    return seconds


@pytest.mark.parametrize("jump", [timedelta(hours=3), timedelta(days=365)])
def test_a_clock_that_jumps_ahead_makes_no_answer_late_and_closes_nothing(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock, steady: list[float], jump: timedelta
) -> None:
    sitting = sit(clinic.client(clinic_app, "trainee"))
    clock.at += jump
    steady[0] += 30
    assert sitting.put(1).status_code == 200
    sweep(clinic_app, waits(2))
    assert not closed(sitting)
    told = sitting.browser.get(f"/attempts/{sitting.attempt_id}/clock").json
    assert told is not None
    assert told["server_now"] == (clock.at - jump + timedelta(seconds=30)).isoformat()
    assert "held" in sitting.browser.get("/readyz").json["exam_clock"]  # type: ignore[index]


def test_when_the_clock_is_put_right_the_attempt_runs_on(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock, steady: list[float]
) -> None:
    sitting = sit(clinic.client(clinic_app, "trainee"))
    clock.at += timedelta(hours=3)
    steady[0] += 30
    assert sitting.put(1).status_code == 200
    clock.at += timedelta(hours=-3, seconds=90)
    steady[0] += 60
    assert sitting.put(1, base_seq=1, op_id="after-the-correction").status_code == 200
    assert sitting.browser.get("/readyz").json["exam_clock"] == "steady"  # type: ignore[index]


def test_a_clock_set_back_gives_nobody_time_twice(clinic: Clinic, clinic_app: Flask, clock: FakeClock, steady: list[float]) -> None:
    sitting = sit(clinic.client(clinic_app, "trainee"))
    left = (sitting.deadline - clock.at).total_seconds()
    sitting.browser.get(f"/attempts/{sitting.attempt_id}/clock")
    clock.at -= timedelta(hours=1)
    steady[0] += 500
    sitting.browser.get(f"/attempts/{sitting.attempt_id}/clock")
    assert sitting.attempt().state == "open"
    told = sitting.browser.get(f"/attempts/{sitting.attempt_id}/clock").json
    assert told is not None
    assert told["server_now"] == (sitting.deadline - timedelta(seconds=left - 500)).isoformat()


def test_after_ten_minutes_a_jump_that_stayed_is_the_time(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock, steady: list[float]
) -> None:
    sitting = sit(clinic.client(clinic_app, "trainee"))
    clock.at += timedelta(hours=3)
    sweep(clinic_app, waits(1))
    clock.at += timedelta(seconds=600)
    steady[0] += 600
    sweep(clinic_app, waits(1))
    assert closed(sitting)
