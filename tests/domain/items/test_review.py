"""An item after release: every option with its reason."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.items import ItemContent, Variant, make_variant, presentation, review
from tests.domain.items.samples import BODIES, MULTIPLE, NUMERIC, ORDERING, SINGLE, answered, make_item, plain_variant


def test_every_option_of_a_single_best_answer_is_explained_in_the_order_shown() -> None:
    shown = review(make_item(), Variant(("c", "b", "a", "d")), "b")
    assert [(c.letter, c.text, c.chosen, c.correct, c.dangerous, c.rationale) for c in shown.choices] == [
        ("A", "Wait a week", False, False, False, "Nothing is gained."),
        ("B", "Aim downwards", True, False, True, "Towards the lung."),
        ("C", "Hold a fold", False, True, False, "Lifted off the ribs."),
        ("D", "Use a cup", False, False, False, "Another treatment."),
    ]
    assert shown.key_words == ("C: Hold a fold",)


def test_all_picks_of_a_multiple_response_are_marked_as_chosen() -> None:
    content = make_item(MULTIPLE)
    shown = review(content, plain_variant(content), ["a", "d"])
    assert [c.chosen for c in shown.choices] == [True, False, False, True, False]
    assert shown.key_words == ("A: Gloves", "B: A sharps box")


def test_an_order_is_explained_by_places_that_tied_steps_share() -> None:
    shown = review(make_item(ORDERING), Variant(("x", "c", "a", "d", "b")), ["a", "x"])
    assert [(c.chosen, c.correct, c.dangerous, c.rationale) for c in shown.choices] == [
        (True, False, True, "Adds a second harm."),
        (False, True, False, "Place 2."),
        (True, True, False, "Place 1."),
        (False, True, False, "Place 3."),
        (False, True, False, "Place 2."),
    ]
    assert shown.key_words == (
        "1. Stop and take the needles out", "2. Lay the patient flat", "2. Look at breathing and pulse", "3. Write it down",
    )  # fmt: skip


@pytest.mark.parametrize(("low", "high", "words"), [(22.5, 23.5, "22.5 to 23.5 mm"), (23, 23, "23 mm")])
def test_the_key_of_a_number_is_its_interval_with_the_unit(low: float, high: float, words: str) -> None:
    shown = review(make_item(NUMERIC, accept={"min": low, "max": high}), Variant(), "25")
    assert (shown.choices, shown.key_words) == ((), (words,))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_explanation_rule_and_sources_come_with_every_type(body: dict[str, Any]) -> None:
    content = make_item(body)
    shown = review(content, plain_variant(content), None)
    assert (shown.explanation, shown.safe_needle_rule, shown.sources) == (
        body["explanation"],
        body["safe_needle_rule"],
        ("kearns2022",),
    )


@pytest.mark.parametrize("body", [SINGLE, MULTIPLE, ORDERING])
def test_without_an_answer_nothing_is_marked_as_chosen(body: dict[str, Any]) -> None:
    content = make_item(body)
    assert not any(c.chosen for c in review(content, plain_variant(content), None).choices)


@given(answered(), st.integers(0, 2**32))
def test_the_review_shows_the_letters_and_texts_that_the_candidate_saw(pair: tuple[ItemContent, Any], seed: int) -> None:
    content, answer = pair
    variant = make_variant(content, random.Random(seed))
    seen = [(c.letter, c.text) for c in presentation(content, variant).choices]
    assert [(c.letter, c.text) for c in review(content, variant, answer).choices] == seen
