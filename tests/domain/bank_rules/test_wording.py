"""Wording that gives the answer away or turns the question round."""

from __future__ import annotations

import pytest

from app.domain.bank_rules import longest_keys
from app.domain.bank_rules.wording import key_length_problems, wording_problems
from tests.domain.bank_rules.items import make_item, make_ordering


def fields(*args: object, **changes: object) -> list[str]:
    return [p.field for p in wording_problems(make_item(*args, **changes))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "stem",
    [
        "Which of these is NOT a sign of it?",
        "All of these fit except which one?",
        "Which is the least likely cause?",
        "Which structure isn't at risk here?",
        "Which statement is false?",
        "What should you never do here?",
    ],
)
def test_a_negative_stem_is_found(stem: str) -> None:
    assert fields(stem=stem) == ["stem"]


@pytest.mark.parametrize(
    "stem",
    [
        "How many needles are at least in the patient?",
        "Which finding makes you decide not to needle?",
        "Which finding means not today?",
        "What do you notice in the notes?",
        "Which knot of muscle is the target?",
        "What follows a false aneurysm?",
    ],
)
def test_a_stem_that_only_looks_negative_is_left_alone(stem: str) -> None:
    assert fields(stem=stem) == []


def test_a_scenario_may_say_not() -> None:
    assert fields(scenario="She does not take blood thinners and has never fainted before.") == []


@pytest.mark.parametrize("text", ["All of the above", "None of these", "Both A and B", "Options A and C", "All are right"])
def test_an_option_that_gathers_others_is_found(text: str) -> None:
    assert fields(options=("Hold it", "Drop it", text)) == ["options.2.text"]


@pytest.mark.parametrize("text", ["Check for hepatitis B and C", "Tell both of them what you saw"])
def test_letters_and_pairs_that_gather_nothing_are_left_alone(text: str) -> None:
    assert fields(options=("Hold it", "Drop it", text)) == []


@pytest.mark.parametrize("word", ["Always", "never", "Only", "every", "completely", "impossible", "guaranteed", "none"])
def test_an_absolute_word_in_an_option_is_found(word: str) -> None:
    assert fields(options=("Hold it", f"{word} drop it", "Leave it")) == ["options.1.text"]


def test_a_word_that_holds_an_absolute_one_is_left_alone() -> None:
    assert fields(options=("Hold the ball", "Tell her overall", "Leave everyday work")) == []


def test_of_an_order_the_distractors_are_checked_and_the_steps_are_not() -> None:
    item = make_ordering("Always dig for it", step="Count all needles")
    assert [p.field for p in wording_problems(item)] == ["distractors.0.text"]


LONG_KEY = ("The longest of the three", "Short one", "Shorter")
SHORT_KEY = ("Short one", "The longest of the three", "Shorter")


def test_a_bank_whose_keys_are_too_often_the_longest_is_refused_and_names_them() -> None:
    items = [make_item(n, LONG_KEY if n < 9 else SHORT_KEY) for n in range(20)]
    (problem,) = key_length_problems(items)
    assert problem.subject is None
    assert "9 of 20" in problem.message
    assert "at least 1 of: item-0, item-1" in problem.cure


def test_up_to_the_bound_and_in_small_banks_length_is_no_problem() -> None:
    assert list(key_length_problems([make_item(n, LONG_KEY if n < 8 else SHORT_KEY) for n in range(20)])) == []
    assert list(key_length_problems([make_item(n, LONG_KEY) for n in range(19)])) == []


def test_a_key_that_shares_the_greatest_length_is_not_the_longest() -> None:
    assert longest_keys([make_item(0, ("Equal", "Other", "No")), make_ordering("Dig")]) == (0, 1)
