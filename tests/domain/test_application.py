"""The state of an application: what lapses stays lapsed, and what is decided stays decided."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.application import LAPSE_AFTER, Status, Step, application_status
from tests.domain.clearance_facts import NOW

OPENED = NOW - timedelta(days=400)


def status(*steps: Step, progress: tuple[int, ...] = (), ready: bool = True, evidence: str = "e") -> Status:
    """The status now; `progress` are days after opening."""
    return application_status(
        OPENED, steps, ready=ready, evidence_sha256=evidence, progress=[OPENED + timedelta(days=d) for d in progress], now=NOW
    )


def recommended(day: int) -> Step:
    return Step("recommend", OPENED + timedelta(days=day), 2, 7, "e")


def test_an_application_without_progress_for_180_days_lapses_on_that_day() -> None:
    found = status()
    assert (found.state, found.since, found.open) == ("LAPSED", OPENED + LAPSE_AFTER, False)


@pytest.mark.parametrize("later", [(10, 390), (10, 200, 390)])
def test_what_comes_later_wakes_no_lapsed_application_and_no_recommendation(later: tuple[int, ...]) -> None:
    found = status(recommended(10), progress=later)
    assert (found.state, found.recommendation) == ("LAPSED", None)


def test_progress_before_it_was_opened_keeps_nothing_alive() -> None:
    assert status(progress=(-5, -1)).state == "LAPSED"


def test_steady_progress_keeps_it_open_and_a_recommendation_stands_on_the_same_evidence() -> None:
    found = status(recommended(300), progress=(150, 290, 350))
    assert (found.state, found.recommendation is not None) == ("RECOMMENDED", True)
    changed = status(recommended(300), progress=(150, 290, 350), evidence="other")
    assert (changed.state, changed.recommendation, changed.voided_recommendation) == ("READY", None, True)


@pytest.mark.parametrize(("kind", "state"), [("grant", "GRANTED"), ("deny", "DENIED"), ("withdrawn", "WITHDRAWN")])
def test_what_is_decided_stays_decided(kind: str, state: str) -> None:
    assert status(Step(kind, OPENED + timedelta(days=5), 2)).state == state
