"""Submitting: every critical answer is read back at its newest, and one critical error decides alone."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from flask import Flask

from app.attempts.models import Grade
from app.database import db
from app.demonstration.answers import saves_to
from tests.attempts.sitting import Sitting, dangerous_answer, sit, some_answer
from tests.builders import Clinic, full_answer
from tests.clock import FakeClock


def critical_positions(sitting: Sitting) -> list[int]:
    """Cases are left out: what was done in one cannot be taken back, so their answers are not exchanged here."""
    return [p.place.position for p in sitting.places() if p.content.critical and p.content.type != "case"]


def answer_everything(sitting: Sitting) -> dict[int, int]:
    """Full marks everywhere; position → seq."""
    found = {}
    for place in sitting.places():
        position = place.place.position
        for seq, answer in enumerate(saves_to(full_answer(place))):
            reply = sitting.put(position, answer, base_seq=seq, op_id=f"op-of-{position:04d}-{seq}")
        found[position] = reply.json["seq"]
    return found


def test_submit_refuses_until_each_answered_critical_item_is_read_back(sitting: Sitting) -> None:
    seqs = answer_everything(sitting)
    critical = [p.place.position for p in sitting.places() if p.content.critical]
    assert len(critical) >= 2
    answer = sitting.submit()
    assert answer.status_code == 422
    assert f"Confirm your answer to item {', '.join(map(str, critical))} below" in answer.text
    all_but_one = {p: seqs[p] for p in critical[:-1]}
    answer = sitting.submit(all_but_one)
    assert answer.status_code == 422
    assert f"Confirm your answer to item {critical[-1]} below" in answer.text
    assert answer.text.count(" checked") == len(critical) - 1
    assert sitting.attempt().state == "open"
    assert sitting.submit({p: seqs[p] for p in critical}).headers["Location"].endswith("/result")
    assert (sitting.attempt().state, sitting.attempt().closed_by) == ("closed", "candidate")


def test_a_read_back_of_an_older_answer_does_not_count(sitting: Sitting) -> None:
    seqs = answer_everything(sitting)
    position = critical_positions(sitting)[0]
    place = sitting.places()[position - 1]
    changed = sitting.put(position, some_answer(place), base_seq=seqs[position], op_id="changed-my-mind")
    answer = sitting.submit(seqs)
    assert answer.status_code == 422
    assert f"Confirm your answer to item {position} below" in answer.text
    assert sitting.submit({**seqs, position: changed.json["seq"]}).status_code == 302


def test_a_critical_item_without_an_answer_needs_no_reading_back(sitting: Sitting) -> None:
    assert sitting.submit().headers["Location"].endswith("/result")
    assert sitting.attempt().state == "closed"


def test_the_answer_is_read_back_whether_it_is_right_or_dangerous(sitting: Sitting) -> None:
    position = critical_positions(sitting)[0]
    place = sitting.places()[position - 1]
    counts = []
    for n, answer in enumerate((full_answer(place), dangerous_answer(place.content, place.variant))):
        sitting.put(position, answer, base_seq=n, op_id=f"read-back-{n}")
        page = sitting.browser.get(f"/attempts/{sitting.attempt_id}/review").text
        counts.append((page.count('name="read-back-'), page.count("This is my answer to item")))
    assert counts == [(1, 1), (1, 1)]


def test_a_submit_after_the_end_closes_at_the_deadline_without_asking_anything(sitting: Sitting, clock: FakeClock) -> None:
    answer_everything(sitting)
    clock.at = sitting.deadline + timedelta(seconds=11)
    assert sitting.submit().headers.get("Location", "").endswith("/result")
    attempt = sitting.attempt()
    assert (attempt.closed_by, attempt.closed_at) == ("deadline", sitting.deadline)


def test_a_submit_within_the_ten_seconds_finishes_at_the_deadline(sitting: Sitting, clock: FakeClock) -> None:
    clock.at = sitting.deadline + timedelta(seconds=9)
    sitting.submit()
    assert (sitting.attempt().closed_by, sitting.attempt().closed_at) == ("candidate", sitting.deadline)


@pytest.mark.parametrize("quiz", ["complication-response", "general-safety", "thorax"])
def test_one_critical_error_with_full_marks_otherwise_does_not_pass_and_the_page_says_why(
    clinic: Clinic, clinic_app: Flask, quiz: str
) -> None:
    sitting = sit(clinic.client(clinic_app, "trainee2"), quiz)
    seqs = answer_everything(sitting)
    position = critical_positions(sitting)[0]
    place = sitting.places()[position - 1]
    bad = sitting.put(position, dangerous_answer(place.content, place.variant), base_seq=1, op_id="the-unsafe-one")
    sitting.submit({**seqs, position: bad.json["seq"]})
    grade = db.session.query(Grade).one()
    assert (grade.passed, grade.critical_errors) == (False, 1)
    page = unescape(sitting.browser.get(f"/attempts/{sitting.attempt_id}/result").text)
    assert "Not yet passed: one critical error" in page
    assert "would have passed" in page
    assert f"Item {position}." in page
    assert place.content.safe_needle_rule in page


def test_full_marks_pass_and_say_so(clinic: Clinic, clinic_app: Flask) -> None:
    sitting = sit(clinic.client(clinic_app, "trainee2"))
    sitting.submit(answer_everything(sitting))
    page = sitting.browser.get(f"/attempts/{sitting.attempt_id}/result").text
    assert "Passed with 100 %" in page
    assert "critical error</h2>" not in page
