"""Time moves by actions alone, guards hold, what is late is missed, and no run is worth more than its points."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cases import WAIT, act, begin, judge, play, possible, vitals_at
from app.domain.errors import InvalidInput
from tests.domain.cases.stories import STORY as PLAIN
from tests.domain.cases.stories import make_story, with_action

STORY = make_story()
BEST = ["out", "look", "call", "tell"]


def last(actions: list[str]):  # type: ignore[no-untyped-def]
    return play(STORY, actions)[-1].after


def test_an_action_takes_its_time_and_sets_its_flags() -> None:
    state = last(["out"])
    assert (state.time_s, state.phase, state.in_phase_s, state.flags, state.done) == (60, "pain", 60, {"safe"}, {"out"})


def test_waiting_runs_to_the_next_change_of_phase() -> None:
    state = last(["out", WAIT])
    assert (state.time_s, state.phase, state.in_phase_s) == (300, "worse", 0)
    assert last([WAIT, WAIT]).ending == "end-late"


def test_the_untreated_course_goes_on_while_an_action_runs() -> None:
    state = last(["out", "look", "wait-more", "call"])
    assert (state.phase, state.time_s) == ("waiting", 300)
    late = play(with_action("wait-more", takes_s=300), ["out", "wait-more"])[-1].after
    assert (late.phase, late.in_phase_s, late.time_s) == ("worse", 60, 360)


def test_an_action_that_the_end_overtakes_was_not_done() -> None:
    slow = with_action("look", takes_s=600)
    step = play(slow, ["look"])[-1]
    assert step.too_late
    assert (step.after.ending, step.after.done) == ("end-late", frozenset())


def test_a_goto_counts_only_from_a_phase_that_the_action_names() -> None:
    story = with_action("call", phases=["pain"], takes_s=240)
    state = play(story, ["out", "look", "call"])[-1].after
    assert (state.phase, state.time_s, "call" in state.done) == ("worse", 360, True)


@pytest.mark.parametrize("name", ["call", "tell", "nonsense"])
def test_what_guards_forbid_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="not possible now"):
        act(STORY, begin(STORY), name)


def test_everything_is_done_once_and_nothing_after_the_end() -> None:
    with pytest.raises(InvalidInput):
        play(STORY, ["out", "out"])
    with pytest.raises(InvalidInput, match="ended"):
        play(STORY, [*BEST, "look"])


def test_done_exactly_at_its_time_is_in_time_and_a_tick_later_is_not() -> None:
    in_time = with_action("wait-more", takes_s=120)
    assert judge(in_time, play(in_time, ["wait-more", "out"])[-1].after).missed == ("No call.",)
    late = with_action("wait-more", takes_s=150)
    assert "The needle stayed in." in judge(late, play(late, ["wait-more", "out"])[-1].after).missed


def test_the_best_course_earns_everything_without_an_error() -> None:
    verdict = judge(STORY, last(BEST))
    assert (verdict.points, verdict.most, verdict.critical_errors) == (6, 6, ())


def test_a_case_that_is_left_before_its_end_misses_what_was_not_done() -> None:
    assert judge(STORY, last(["out"])).missed == ("No call.",)
    assert judge(STORY, last(["look"])).missed == ("The needle stayed in.", "No call.")


def test_harm_stays_whatever_follows() -> None:
    verdict = judge(STORY, last(["again", "out", "call", "tell"]))
    assert verdict.critical_errors == ("Needled again.",)
    assert verdict.points == 4


def test_vital_signs_lie_on_the_line_between_the_two_values() -> None:
    assert vitals_at(STORY, begin(STORY)) == {"hr": 80}
    assert vitals_at(STORY, last(["out", "look", "wait-more"])) == {"hr": 96}


def test_vital_signs_are_read_as_an_instrument_shows_them() -> None:
    """Whole beats, breaths and millimetres of mercury; a temperature with one decimal."""
    pain = {"text": "A sharp pain.", "vitals": {"hr": [100, 110], "temp": [36.6, 37.7]}, "lasts_s": 300, "then": "worse"}
    story = make_story(phases={**PLAIN["phases"], "pain": pain})
    assert vitals_at(story, replace(begin(story), in_phase_s=100)) == {"hr": 103, "temp": 37.0}


@given(st.integers(0, 10**6))
def test_no_walk_leaves_the_bounds_or_forgets_what_was_missed(seed: int) -> None:
    rng, state = Random(seed), begin(STORY)
    while not state.ending:
        before = state
        state = act(STORY, state, rng.choice([*(a.id for a in possible(STORY, state)), WAIT]))
        assert state.time_s > before.time_s or state.ending
        assert state.missed >= before.missed
        assert state.done >= before.done
        verdict = judge(STORY, state)
        assert 0 <= verdict.points <= verdict.most
