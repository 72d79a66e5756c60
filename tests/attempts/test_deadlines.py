"""The deadline matrix: every route that writes to an attempt, and every page that reads it, at the four instants that matter.

The instants are counted in seconds from the deadline: one before, the deadline itself, the last that the grace of ten seconds
allows, and one later. Nobody gains time by the route they take, and a finish after the deadline is noted at the deadline.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from app.attempts.queries import GRACE
from app.formats.unsent_file import FORMAT
from tests.attempts.sitting import QUIZ, Sitting, form_fields, sit
from tests.attempts.test_exam_time import extend, set_time
from tests.attempts.test_late_files import bring, op, sealed
from tests.builders import Clinic
from tests.clock import FakeClock

GRACE_S = int(GRACE.total_seconds())
IN_TIME = (-1, 0, GRACE_S)
TOO_LATE = GRACE_S + 1
MOMENTS = (*IN_TIME, TOO_LATE)


def at(clock: FakeClock, sitting: Sitting, seconds: int) -> None:
    """Set the clock so many seconds from the deadline."""
    clock.at = sitting.deadline + timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", MOMENTS)
def test_a_save_by_script(sitting: Sitting, clock: FakeClock, seconds: int) -> None:
    at(clock, sitting, seconds)
    answer = sitting.put(sitting.place_of("single_best_answer").place.position, {"choice": "o1"})
    assert answer.status_code == (410 if seconds == TOO_LATE else 200)
    assert [r.kept for r in sitting.revisions()] == ["late" if seconds == TOO_LATE else "current"]
    assert sitting.attempt().state == "open"


@pytest.mark.parametrize("seconds", MOMENTS)
def test_a_save_by_a_form(sitting: Sitting, clock: FakeClock, seconds: int) -> None:
    place = sitting.place_of("single_best_answer")
    at(clock, sitting, seconds)
    answer = sitting.post(place.place.position, form_fields(place, {"choice": "o1"}, "op-of-a-form"))
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/result") == (seconds == TOO_LATE)
    assert [r.kept for r in sitting.revisions()] == ["late" if seconds == TOO_LATE else "current"]


@pytest.mark.parametrize("seconds", MOMENTS)
def test_a_submit(sitting: Sitting, clock: FakeClock, seconds: int) -> None:
    at(clock, sitting, seconds)
    assert sitting.submit().headers["Location"] == f"/attempts/{sitting.attempt_id}/result"
    attempt = sitting.attempt()
    assert attempt.state == "closed"
    assert attempt.closed_by == ("deadline" if seconds == TOO_LATE else "candidate")
    assert attempt.closed_at == sitting.deadline + timedelta(seconds=min(seconds, 0))


@pytest.mark.parametrize("seconds", MOMENTS)
@pytest.mark.parametrize("page", ["", "/review"])
def test_a_page_of_the_attempt(sitting: Sitting, clock: FakeClock, page: str, seconds: int) -> None:
    at(clock, sitting, seconds)
    answer = sitting.browser.get(f"/attempts/{sitting.attempt_id}{page}")
    assert answer.status_code == (302 if seconds == TOO_LATE else 200)
    assert sitting.attempt().state == "open"


@pytest.mark.parametrize("seconds", MOMENTS)
@pytest.mark.parametrize("page", ["/quizzes", f"/quizzes/{QUIZ}"])
def test_a_look_at_the_exams_closes_what_is_over(sitting: Sitting, clock: FakeClock, page: str, seconds: int) -> None:
    at(clock, sitting, seconds)
    assert sitting.browser.get(page).status_code == 200
    attempt = sitting.attempt()
    assert attempt.state == ("closed" if seconds == TOO_LATE else "open")
    assert attempt.closed_at == (sitting.deadline if seconds == TOO_LATE else None)


@pytest.mark.parametrize("seconds", MOMENTS)
def test_the_result(sitting: Sitting, clock: FakeClock, seconds: int) -> None:
    """Nothing of a result is shown while an answer could still be saved."""
    at(clock, sitting, seconds)
    answer = sitting.browser.get(f"/attempts/{sitting.attempt_id}/result")
    assert answer.status_code == (200 if seconds == TOO_LATE else 302)
    assert sitting.attempt().state == ("closed" if seconds == TOO_LATE else "open")


@pytest.mark.parametrize("seconds", MOMENTS)
def test_a_second_start(sitting: Sitting, clock: FakeClock, seconds: int) -> None:
    """Running: go on with it. Over: it is closed first, and the waiting time of a miss counts from the deadline."""
    at(clock, sitting, seconds)
    answer = sitting.browser.post(f"/quizzes/{QUIZ}/start")
    assert answer.status_code == (409 if seconds == TOO_LATE else 302)
    assert sitting.attempt().state == ("closed" if seconds == TOO_LATE else "open")
    if seconds == TOO_LATE:
        assert "wait" in answer.text.lower()
    else:
        assert answer.headers["Location"] == f"/attempts/{sitting.attempt_id}"


@pytest.mark.parametrize("seconds", MOMENTS)
def test_an_answer_saved_in_the_grace_counts_and_one_after_it_does_not(sitting: Sitting, clock: FakeClock, seconds: int) -> None:
    position = sitting.place_of("single_best_answer").place.position
    at(clock, sitting, seconds)
    sitting.put(position, {"choice": "o1"})
    clock.at = sitting.deadline + timedelta(hours=1)
    sitting.browser.get(f"/attempts/{sitting.attempt_id}/result")
    assert sitting.attempt().closed_at == sitting.deadline
    assert sitting.places()[position - 1].place.answered == (seconds != TOO_LATE)


@pytest.mark.parametrize("seconds", MOMENTS)
def test_a_take_over_by_another_copy_of_the_page(sitting: Sitting, clock: FakeClock, seconds: int) -> None:
    at(clock, sitting, seconds)
    answer = sitting.browser.post(f"/attempts/{sitting.attempt_id}/lease", json={"lease": "another-copy-of-it"})
    assert answer.status_code == (410 if seconds == TOO_LATE else 200)
    assert sitting.attempt().lease == (None if seconds == TOO_LATE else "another-copy-of-it")


@pytest.mark.parametrize("seconds", MOMENTS)
def test_more_time_from_a_supervisor(sitting: Sitting, clinic: Clinic, clinic_app: Flask, clock: FakeClock, seconds: int) -> None:
    """In the grace the attempt still runs, and what is given counts from its end, not from now."""
    at(clock, sitting, seconds)
    assert extend(clinic, clinic_app, sitting.attempt_id).status_code == (409 if seconds == TOO_LATE else 302)
    given = timedelta(minutes=0 if seconds == TOO_LATE else 10)
    assert sitting.attempt().deadline_at == sitting.deadline + given


@pytest.mark.parametrize("seconds", MOMENTS)
def test_a_break_that_begins(clinic: Clinic, clinic_app: Flask, clock: FakeClock, seconds: int) -> None:
    """A break of a minute moves the end by a minute; the grace is for answers on their way, and no break begins in it."""
    set_time(clinic, clinic_app)
    sitting = sit(clinic.client(clinic_app, "trainee"))
    at(clock, sitting, seconds)
    address, begins = f"/attempts/{sitting.attempt_id}", seconds <= 0
    assert sitting.browser.post(f"{address}/break").status_code == (302 if begins else 409)
    clock.at += timedelta(minutes=1)
    assert sitting.browser.post(f"{address}/go-on").status_code == (302 if begins else 409)
    assert sitting.attempt().deadline_at == sitting.deadline + timedelta(minutes=int(begins))


@pytest.mark.parametrize("seconds", MOMENTS)
def test_going_on_after_a_break_that_nobody_ended(clinic: Clinic, clinic_app: Flask, clock: FakeClock, seconds: int) -> None:
    """The whole break is used up, and the moments are those of the end that it moved."""
    set_time(clinic, clinic_app)
    sitting = sit(clinic.client(clinic_app, "trainee"))
    assert sitting.browser.post(f"/attempts/{sitting.attempt_id}/break").status_code == 302
    moved = sitting.attempt().deadline_at
    assert moved == sitting.deadline + timedelta(minutes=10)
    clock.at = moved + timedelta(seconds=seconds)
    assert sitting.browser.post(f"/attempts/{sitting.attempt_id}/go-on").status_code == (409 if seconds == TOO_LATE else 302)
    assert sitting.attempt().deadline_at == moved
    assert sitting.put(1).status_code == (410 if seconds == TOO_LATE else 200)


@pytest.mark.parametrize("seconds", MOMENTS)
def test_a_file_of_unsent_answers_never_counts(
    sitting: Sitting, clinic: Clinic, clinic_app: Flask, clock: FakeClock, seconds: int
) -> None:
    """It came by another hand: at every moment it is evidence, and it closes nothing."""
    place = sitting.place_of("single_best_answer")
    ops = [op(place.place.position, "unsent-0000", {"choice": "o1"})]
    person = sitting.attempt().person_id
    content = {"format": FORMAT, "attempt": sitting.attempt_id, "person": person, "made_at": "2026-11-24T09:06:00Z", "ops": ops}
    at(clock, sitting, seconds)
    assert bring(clinic.client(clinic_app, "observer1"), person, sealed(content)).status_code == 200
    assert [r.kept for r in sitting.revisions()] == ["late"]
    assert sitting.attempt().state == "open"
