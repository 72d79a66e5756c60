"""A share with its uncertainty, against published values; nothing below ten answers; the session's own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice import Estimate, Progress, estimate, step_s, time_is_used, wilson_interval

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NEWCOMBE = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}
"""Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3: the score method without continuity correction."""


@pytest.mark.parametrize(("counts", "bounds"), NEWCOMBE.items())
def test_the_interval_is_the_published_one(counts: tuple[int, int], bounds: tuple[float, float]) -> None:
    assert wilson_interval(*counts) == pytest.approx(bounds, abs=0.00005)


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_its_share_stays_inside_and_is_the_mirror_of_its_opposite(n: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, n))
    low, high = wilson_interval(right, n)
    assert 0 <= low <= right / n + 1e-12
    assert right / n - 1e-12 <= high <= 1
    assert wilson_interval(n - right, n) == pytest.approx((1 - high, 1 - low))


def test_more_answers_make_it_narrower() -> None:
    widths = [high - low for low, high in (wilson_interval(n // 2, n) for n in (10, 20, 40, 80, 160))]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("n", range(10))
def test_no_number_is_told_below_ten_answers(n: int) -> None:
    assert estimate(n, n) is None
    words = Progress("anatomy", n, n).words
    assert words == f"Not enough answers yet: {n} of 10."
    assert "%" not in words


def test_from_ten_answers_on_the_share_is_told_with_its_bounds_rounded_outward() -> None:
    assert estimate(8, 10) == Estimate(80, 49, 95)  # 0.4902 to 0.9433
    assert estimate(10, 10) == Estimate(100, 72, 100)
    assert estimate(0, 10) == Estimate(0, 0, 28)
    assert Progress("placement", 8, 10).words == (
        "8 of 10 answers right, 80 %. With this many answers the true share may lie anywhere between 49 % and 95 %."
    )


@pytest.mark.parametrize(("seconds", "counted"), [(-5, 0), (0, 0), (7.9, 7), (119, 119), (120, 120), (121, 120), (90_000, 120)])
def test_a_step_counts_its_seconds_and_an_absence_two_minutes(seconds: float, counted: int) -> None:
    assert step_s(NOW, NOW + timedelta(seconds=seconds)) == counted


def test_five_minutes_are_used_at_five_minutes() -> None:
    assert [time_is_used(s) for s in (0, 299, 300, 301)] == [False, False, True, True]
