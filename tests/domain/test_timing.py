"""The end of an attempt: computed once, moved only by a break or an extension, never against the candidate."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Conflict, InvalidInput
from app.domain.timing import (
    MOST_EXTENSION_S,
    MULTIPLIERS,
    Allowance,
    begin,
    begin_break,
    break_ends_at,
    check_allowance,
    derivation,
    end_break,
    extend,
    on_break,
    working_s,
)
from tests.clock import START


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def test_without_an_allowance_the_limit_alone_counts() -> None:
    assert begin(2700, Allowance(), START).deadline_at == START + seconds(2700)


def test_the_multiplier_stretches_the_limit_and_extra_time_comes_on_top() -> None:
    assert begin(2700, Allowance(Fraction(3, 2), 300), START).deadline_at == START + seconds(4050 + 300)


@given(st.integers(60, 20_000), st.sampled_from(MULTIPLIERS))
def test_a_multiplier_never_cuts_a_second(limit_s: int, multiplier: Fraction) -> None:
    assert working_s(limit_s, Allowance(multiplier)) >= limit_s * multiplier


def test_the_derivation_says_how_the_end_was_computed() -> None:
    assert derivation(2700, Allowance(Fraction(5, 4), 60, 600)) == {
        "limit_s": 2700, "multiplier": "5/4", "extra_s": 60, "break_s": 600,
    }  # fmt: skip


@pytest.mark.parametrize(
    "allowance", [Allowance(Fraction(7, 5)), Allowance(extra_s=-1), Allowance(extra_s=3601), Allowance(break_s=4000)]
)
def test_an_allowance_outside_the_limits_is_refused(allowance: Allowance) -> None:
    with pytest.raises(InvalidInput):
        check_allowance(allowance)


def test_a_break_lends_its_whole_length_and_gives_back_what_was_not_used() -> None:
    before = begin(600, Allowance(break_s=300), START)
    away = begin_break(before, START + seconds(100))
    assert away.deadline_at == before.deadline_at + seconds(300)
    back = end_break(away, START + seconds(160))
    assert back.deadline_at == before.deadline_at + seconds(60)
    assert back.break_left_s == 240
    assert not on_break(back, START + seconds(160))


def test_a_break_that_nobody_ends_is_used_up_by_itself() -> None:
    away = begin_break(begin(600, Allowance(break_s=300), START), START)
    assert on_break(away, START + seconds(299))
    assert not on_break(away, START + seconds(300))
    assert end_break(away, START + seconds(5000)).deadline_at == away.deadline_at
    assert end_break(away, START + seconds(5000)).break_left_s == 0


def test_no_second_break_while_one_runs_and_none_beyond_what_is_left() -> None:
    away = begin_break(begin(600, Allowance(break_s=300), START), START)
    with pytest.raises(Conflict, match="under way"):
        begin_break(away, START + seconds(10))
    with pytest.raises(Conflict, match="no break left"):
        begin_break(away, START + seconds(301))


def test_no_break_after_the_end() -> None:
    with pytest.raises(Conflict, match="over"):
        begin_break(begin(600, Allowance(break_s=300), START), START + seconds(601))


def test_ending_a_break_that_was_not_begun_changes_nothing() -> None:
    timing = begin(600, Allowance(break_s=300), START)
    assert end_break(timing, START + seconds(5)) is timing
    assert break_ends_at(timing) is None


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 700)), max_size=6))
def test_breaks_never_shorten_and_never_lengthen_the_working_time(plan: list[tuple[int, int]]) -> None:
    """Working seconds before each break plus what is left after it are the same, whatever the order of breaks."""
    timing, now = begin(6000, Allowance(break_s=900), START), START
    worked = 0.0
    for work, rest in plan:
        now += seconds(work)
        worked += work
        if timing.break_left_s <= 0:
            break
        timing = begin_break(timing, now)
        used = min(rest, timing.break_left_s)
        now += seconds(rest)
        timing = end_break(timing, now)
        worked += rest - used  # a break that lasts longer than what is left is working time again
        assert (timing.deadline_at - now).total_seconds() == pytest.approx(6000 - worked, abs=1)


def test_an_extension_moves_the_end_also_during_a_break() -> None:
    away = begin_break(begin(600, Allowance(break_s=300), START), START)
    longer = extend(away, 600, extended_s=0)
    assert end_break(longer, START + seconds(10)).deadline_at == START + seconds(600 + 600 + 10)


@pytest.mark.parametrize(("added", "before"), [(0, 0), (59, 0), (MOST_EXTENSION_S + 60, 0), (60, MOST_EXTENSION_S)])
def test_an_extension_is_a_minute_at_least_and_two_hours_together_at_most(added: int, before: int) -> None:
    with pytest.raises(InvalidInput, match="minutes"):
        extend(begin(600, Allowance(), START), added, extended_s=before)
