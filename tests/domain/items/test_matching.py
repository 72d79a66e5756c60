"""Pairs: a share for each right one, the left side in its order, the right side shuffled."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from app.domain.items import Variant, answer_words, make_variant, parse_answer, parse_item, presentation, review, score, wire_answer
from tests.domain.items.pictures import MATCHING, changed
from tests.domain.items.samples import problems_in

CONTENT = parse_item(MATCHING)
VARIANT = Variant(("w", "x", "y", "z"))


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        ({"a": "x", "b": "y", "c": "z"}, 3),
        ({"a": "x"}, 1),
        ({"a": "y", "b": "x", "c": "z"}, 1),
        ({"a": "w", "b": "w", "c": "w"}, 0),
    ],
)
def test_each_right_pair_pays_its_share(answer: dict[str, str], points: int) -> None:
    mark = score(CONTENT, VARIANT, answer)
    assert (mark.points, mark.critical_errors) == (points, ())
    assert len(mark.findings) == 3


def test_shares_are_exact_fractions() -> None:
    assert score(parse_item({**MATCHING, "points": 2}), VARIANT, {"a": "x"}).points == Fraction(2, 3)


def test_no_answer_scores_nothing() -> None:
    assert score(CONTENT, VARIANT, None).points == 0
    assert parse_answer(CONTENT, VARIANT, {}) is None
    assert parse_answer(CONTENT, VARIANT, {"pairs": {}}) is None


def test_an_answer_goes_there_and_back_in_display_keys() -> None:
    wire = {"pairs": {"l1": "o2", "l3": "o1"}}
    answer = parse_answer(CONTENT, VARIANT, wire)
    assert answer == {"a": "x", "c": "w"}
    assert wire_answer(CONTENT, VARIANT, answer) == wire
    assert answer_words(CONTENT, VARIANT, answer) == ("First: Ex", "Third: Left over")


@pytest.mark.parametrize(
    "wire", [{"pairs": {"l9": "o1"}}, {"pairs": {"l1": "o9"}}, {"pairs": [["l1", "o1"]]}, {"pair": {}}, {"pairs": {"a": "x"}}, "l1"]
)
def test_what_is_not_of_this_item_is_refused(wire: Any) -> None:
    with pytest.raises(InvalidInput):
        parse_answer(CONTENT, VARIANT, wire)


def test_the_left_keeps_its_order_and_the_right_is_shuffled() -> None:
    seen = {tuple(c.text for c in presentation(CONTENT, make_variant(CONTENT, Random(n))).choices) for n in range(40)}
    assert len(seen) > 10
    shown = presentation(CONTENT, VARIANT)
    assert [(p.key, p.text) for p in shown.prompts] == [("l1", "First"), ("l2", "Second"), ("l3", "Third")]


def test_the_review_names_every_pair_with_its_reason() -> None:
    assert review(CONTENT, VARIANT, None).key_words[0] == "First: Ex. The first goes there."


@pytest.mark.parametrize(
    ("path", "value", "where", "said"),
    [
        ("pairs.a", None, "pairs", "a of the left side is missing"),
        ("pairs.a", "q", "pairs.a", "there is no q on the right side"),
        ("rationales.b", None, "rationales", "b of the left side is missing"),
        ("left.1.id", "a", "", "same id"),
        ("right.0.text", "Wye", "", "say the same"),
        ("critical", True, "critical", "cannot be critical"),
    ],
)
def test_a_broken_item_says_where_and_what(path: str, value: Any, where: str, said: str) -> None:
    assert any(place == where and said in words for place, words in problems_in(changed(MATCHING, path, value)))
