"""Counts and waiting times, whichever is later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.retakes import RetakeRule, Sitting, may_start

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
RULE = RetakeRule(2, timedelta(days=30), (timedelta(hours=48), timedelta(days=7), timedelta(days=30)))


def miss(days_ago: float) -> Sitting:
    at = NOW - timedelta(days=days_ago)
    return Sitting(at - timedelta(minutes=40), at, False)


def test_the_first_attempt_is_free() -> None:
    assert may_start(RULE, [], opened=False, now=NOW).allowed


@pytest.mark.parametrize(("hours", "allowed"), [(47.99, False), (48, True)])
def test_after_the_first_miss_48_hours(hours: float, allowed: bool) -> None:
    assert may_start(RULE, [miss(hours / 24)], opened=False, now=NOW).allowed is allowed


def test_two_attempts_in_30_days_even_if_the_waiting_time_is_over() -> None:
    answer = may_start(RULE, [miss(20), miss(8)], opened=True, now=NOW)
    assert not answer.allowed
    assert answer.from_at == NOW - timedelta(days=20, minutes=40) + timedelta(days=30)


def test_the_third_needs_a_supervisors_line_once_its_time_has_come() -> None:
    sittings = [miss(40), miss(20)]
    closed = may_start(RULE, sittings, opened=False, now=NOW)
    assert not closed.allowed
    assert closed.needs_opening
    assert may_start(RULE, sittings, opened=True, now=NOW).allowed


def test_after_the_third_miss_30_days() -> None:
    assert not may_start(RULE, [miss(100), miss(60), miss(29)], opened=True, now=NOW).allowed
    assert may_start(RULE, [miss(100), miss(60), miss(30)], opened=True, now=NOW).allowed


def test_a_valid_pass_is_not_sat_again_until_its_last_90_days() -> None:
    passed = Sitting(NOW - timedelta(days=400), NOW - timedelta(days=400), True, NOW + timedelta(days=91))
    assert not may_start(RULE, [passed], opened=False, now=NOW).allowed
    assert may_start(RULE, [passed], opened=False, now=NOW + timedelta(days=1)).allowed


def test_misses_before_a_pass_are_forgotten() -> None:
    passed = Sitting(NOW - timedelta(days=700), NOW - timedelta(days=700), True, NOW + timedelta(days=10))
    assert may_start(RULE, [miss(900), miss(800), passed], opened=False, now=NOW).allowed
