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


def step(kind: str, day: float, actor: int = 2, **more: int | str) -> Step:
    return Step(kind, OPENED + timedelta(days=day), actor, **more)  # type: ignore[arg-type]


ALIVE = (150, 300, 390)


@pytest.mark.parametrize("kind", ["released", "return", "recommend", "resubmitted"])
def test_what_ends_a_claim(kind: str) -> None:
    steps = (step("claimed", 391), step(kind, 392, evidence_sha256="older"))
    assert status(*steps, progress=ALIVE).claimed_by is None


def test_a_claim_that_was_taken_over_is_the_later_persons_with_an_age_of_its_own() -> None:
    found = status(step("claimed", 391), step("taken_over", 397, 3), progress=ALIVE)
    assert (found.state, found.claimed_by, found.claimed_at) == ("IN_REVIEW", 3, OPENED + timedelta(days=397))
    assert [found.claim_is_old(OPENED + timedelta(days=d)) for d in (401, 402)] == [False, True]


def test_a_return_stands_until_the_evidence_changes_or_it_is_sent_again() -> None:
    returned = step("return", 391, evidence_sha256="e")
    assert status(returned, progress=ALIVE).state == "RETURNED"
    assert status(returned, progress=ALIVE, evidence="other").state == "READY"
    assert status(returned, step("resubmitted", 392), progress=ALIVE).state == "READY"
    assert status(returned, step("resubmitted", 392), step("return", 393, evidence_sha256="e"), progress=ALIVE).state == "RETURNED"


def test_a_denial_that_was_set_aside_opens_it_again_without_its_recommendation() -> None:
    denied = step("deny", 380, decision_id=9)
    assert status(recommended(370), denied, progress=ALIVE).state == "DENIED"
    found = status(recommended(370), denied, step("set_aside", 395, about_id=9), progress=ALIVE)
    assert (found.state, found.recommendation) == ("READY", None)


def test_the_time_that_a_denial_stood_is_no_time_without_progress() -> None:
    denied = step("deny", 170, decision_id=9)
    assert status(denied, step("set_aside", 390, about_id=9), progress=(10,)).state == "READY"
    assert status(denied, step("set_aside", 200, about_id=9), progress=(10,)).state == "LAPSED"
