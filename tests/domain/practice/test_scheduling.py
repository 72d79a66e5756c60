"""FSRS told by mark and certainty: ratings, the order of intervals, replay, and no dice and no clock."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from fsrs import Card, Rating, Scheduler, State
from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice import CERTAINTIES, Answered, Memory, rating_of, remember, replay, retrievability

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def right(certainty: str | None = None, at: datetime = NOW) -> Memory:
    """The memory after one right answer."""
    return remember(None, Answered(True, certainty, at))


@pytest.mark.parametrize("certainty", [*CERTAINTIES, None])
def test_what_was_not_right_is_asked_again_however_sure_it_was_given(certainty: str | None) -> None:
    assert rating_of(right=False, certainty=certainty) == Rating.Again
    after = remember(None, Answered(False, certainty, NOW))
    assert after.due_at == NOW + timedelta(minutes=10)
    assert after.sure_and_wrong == (certainty == "sure")


def test_certainty_decides_between_hard_good_and_easy() -> None:
    found = {c: rating_of(right=True, certainty=c) for c in (*CERTAINTIES, None)}
    assert found == {"unsure": Rating.Hard, "fairly_sure": Rating.Good, "sure": Rating.Easy, None: Rating.Good}
    due = [right(c).due_at for c in ("unsure", "fairly_sure", "sure")]
    assert due == sorted(due)
    assert len(set(due)) == 3
    assert right(None) == right("fairly_sure")


def test_a_memory_is_what_fsrs_itself_computes() -> None:
    """The same reviews on a card of FSRS, with the settings written out once more."""
    step = (timedelta(minutes=10),)
    scheduler = Scheduler(learning_steps=step, relearning_steps=step, maximum_interval=365, enable_fuzzing=False)
    card, memory = Card(card_id=7, due=NOW), None
    for days, was_right, certainty in ((0, True, "fairly_sure"), (2, True, "unsure"), (9, False, "sure"), (9.5, True, "sure")):
        at = NOW + timedelta(days=days)
        card, _ = scheduler.review_card(card, rating_of(right=was_right, certainty=certainty), at)
        memory = remember(memory, Answered(was_right, certainty, at))
    assert memory is not None
    assert (memory.state, memory.step) == (card.state.value, card.step)
    assert (memory.stability, memory.difficulty, memory.due_at) == (card.stability, card.difficulty, card.due)
    assert memory.answers == 4
    assert memory.first_answered_at == NOW


HISTORY = st.lists(
    st.tuples(st.integers(0, 60 * 24 * 40), st.booleans(), st.sampled_from([*CERTAINTIES, None])), min_size=1, max_size=25
)


@given(HISTORY)
def test_a_replay_of_the_answers_leaves_the_memory_that_was_built_step_by_step(history: list[tuple[int, bool, str | None]]) -> None:
    at, answers, memory = NOW, [], None
    for minutes, was_right, certainty in history:
        at += timedelta(minutes=minutes)
        answers.append(Answered(was_right, certainty, at))
        memory = remember(memory, answers[-1])
    assert replay(answers) == memory
    assert memory is not None
    assert memory.due_at > at
    assert memory.due_at <= at + timedelta(days=365)
    assert 1 <= memory.difficulty <= 10
    assert memory.stability > 0


def test_no_answer_leaves_no_memory() -> None:
    assert replay([]) is None


def test_no_dice_are_thrown() -> None:
    random.seed(1)
    before = random.getstate()
    memory = right("sure")
    for n in range(1, 8):
        memory = remember(memory, Answered(True, "sure", NOW + timedelta(days=40 * n)))
    assert random.getstate() == before


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert right("sure", there) == right("sure", NOW)


def test_a_memory_fades_day_by_day_and_a_better_known_item_fades_later() -> None:
    weak, strong = right("unsure"), right("sure")
    days = [NOW + timedelta(days=d) for d in range(0, 60, 5)]
    assert retrievability(weak, NOW) == 1
    for memory in (weak, strong):
        assert all(later < sooner for sooner, later in pairwise(retrievability(memory, at) for at in days))
    assert all(retrievability(weak, at) < retrievability(strong, at) for at in days[1:])


def test_right_answers_put_an_item_off_further_and_further_up_to_a_year() -> None:
    memory, gaps = right("sure"), []
    for _ in range(9):
        gaps.append(memory.due_at - memory.answered_at)
        memory = remember(memory, Answered(True, "sure", memory.due_at))
    assert gaps == sorted(gaps)
    assert max(gaps) == timedelta(days=365)


def test_a_lapse_brings_a_well_known_item_back_the_same_day() -> None:
    memory = right("sure")
    later = remember(memory, Answered(False, "fairly_sure", memory.due_at))
    assert later.state == State.Relearning.value
    assert later.due_at - later.answered_at == timedelta(minutes=10)
    assert later.stability < memory.stability
