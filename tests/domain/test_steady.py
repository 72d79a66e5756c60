"""A jump of the computer's clock never moves an end against a candidate."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.steady import HOLD_S, JUMP_S, Steady, observe
from tests.clock import START


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def walk(*looks: tuple[float, float]) -> tuple[Steady, datetime]:
    """Look at (wall, monotonic) seconds one after the other."""
    state, told = None, START
    for wall, monotonic in looks:
        state, told = observe(state, at(wall), monotonic)
    assert state is not None
    return state, told


def test_while_both_clocks_advance_together_the_wall_counts() -> None:
    state, told = walk((0, 100), (10, 110), (3600, 3700))
    assert told == at(3600)
    assert not state.held


def test_small_corrections_are_taken_over() -> None:
    _, told = walk((0, 100), (12, 110), (15, 111))
    assert told == at(15)


@pytest.mark.parametrize("jump", [3600, 6, -6, -3600, 365 * 86400, -365 * 86400])
def test_after_a_jump_time_is_carried_on(jump: float) -> None:
    state, told = walk((0, 100), (10 + jump, 110), (20 + jump, 120))
    assert told == at(20)
    assert state.held


def test_the_hold_ends_at_once_when_the_clock_comes_back() -> None:
    state, told = walk((0, 100), (3610, 110), (20, 120))
    assert told == at(20)
    assert not state.held


def test_after_the_hold_the_wall_counts_again() -> None:
    state, told = walk((0, 100), (3610, 110), (3600 + 10 + HOLD_S, 110 + HOLD_S))
    assert told == at(3610 + HOLD_S)
    assert not state.held


@given(st.lists(st.tuples(st.floats(0.1, 400), st.floats(-1e6, 1e6)), max_size=12))
def test_within_a_hold_time_never_runs_faster_than_the_seconds_that_passed(steps: list[tuple[float, float]]) -> None:
    """Every step advances by what the monotonic clock did, give or take the tolerance, unless a hold has just ended."""
    state, told = observe(None, START, 0.0)
    monotonic = 0.0
    for passed, jump in steps:
        monotonic += passed
        before, was = told, state
        state, told = observe(state, at(monotonic + jump), monotonic)
        ended = was.held and not state.held
        if not ended:
            assert abs((told - before).total_seconds() - passed) <= JUMP_S + 1e-3
