"""Answers between the browser and the store."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.items import (
    ItemContent,
    Variant,
    answer_words,
    key_answer,
    make_variant,
    parse_answer,
    presentation,
    score,
    wire_answer,
)
from tests.domain.items.samples import BODIES, MULTIPLE, NUMERIC, ORDERING, SINGLE, answered, items, make_item, plain_variant

TURNED = {
    "single_best_answer": Variant(("c", "a", "d", "b")),
    "multiple_response": Variant(("e", "b", "a", "d", "c")),
    "ordering": Variant(("x", "b", "a", "d", "c")),
    "numeric": Variant(),
}


def stored(body: dict[str, Any], wire: object) -> Any:
    return parse_answer(make_item(body), TURNED[body["type"]], wire)


def refused(body: dict[str, Any], wire: object) -> str:
    with pytest.raises(InvalidInput) as caught:
        stored(body, wire)
    ((path, words),) = caught.value.problems
    assert path == "answer"
    return words


@pytest.mark.parametrize(
    ("body", "wire", "answer"),
    [
        (SINGLE, {"choice": "o2"}, "a"),
        (MULTIPLE, {"choices": ["o3", "o2"]}, ["a", "b"]),
        (ORDERING, {"sequence": ["o3", "o2", "o1"]}, ["a", "b", "x"]),
        (NUMERIC, {"value": "23.5"}, "23.5"),
    ],
)
def test_a_browsers_answer_is_stored_in_the_banks_ids(body: dict[str, Any], wire: object, answer: Any) -> None:
    assert stored(body, wire) == answer


def test_the_order_of_clicks_matters_to_a_sequence_alone() -> None:
    assert stored(MULTIPLE, {"choices": ["o2", "o3"]}) == stored(MULTIPLE, {"choices": ["o3", "o2"]})
    assert stored(ORDERING, {"sequence": ["o2", "o3"]}) != stored(ORDERING, {"sequence": ["o3", "o2"]})


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_answer_is_no_answer(body: dict[str, Any]) -> None:
    field = {"single_best_answer": "choice", "multiple_response": "choices", "ordering": "sequence", "numeric": "value"}[
        body["type"]
    ]
    for wire in ({}, {field: None}, {field: ""}, {field: []}):
        assert stored(body, wire) is None
    assert wire_answer(make_item(body), TURNED[body["type"]], None) == {}
    assert answer_words(make_item(body), TURNED[body["type"]], None) == ()


@pytest.mark.parametrize(
    ("body", "wire"),
    [
        (SINGLE, {"choice": "a"}), (SINGLE, {"choice": "o0"}), (SINGLE, {"choice": "o5"}), (SINGLE, {"choice": "o01"}),
        (SINGLE, {"choice": ["o1"]}), (SINGLE, {"choice": 1}), (SINGLE, {"choice": "o1\n"}), (SINGLE, {"choice": True}),
        (MULTIPLE, {"choices": ["o1", "c"]}), (MULTIPLE, {"choices": [["o1"]]}), (MULTIPLE, {"choices": [{}]}),
        (ORDERING, {"sequence": ["o9"]}), (ORDERING, {"sequence": [None]}),
    ],
)  # fmt: skip
def test_a_choice_that_was_not_shown_is_refused(body: dict[str, Any], wire: object) -> None:
    assert "shown for this item" in refused(body, wire)


@pytest.mark.parametrize(("body", "wire"), [(MULTIPLE, {"choices": ["o1", "o1"]}), (ORDERING, {"sequence": ["o2", "o1", "o2"]})])
def test_a_choice_sent_twice_is_refused(body: dict[str, Any], wire: object) -> None:
    assert "once" in refused(body, wire)


@pytest.mark.parametrize(
    ("body", "wire"), [(MULTIPLE, {"choices": "o1"}), (ORDERING, {"sequence": {"o1": 1}}), (MULTIPLE, {"choices": 3})]
)
def test_several_choices_come_as_a_list(body: dict[str, Any], wire: object) -> None:
    assert "as a list" in refused(body, wire)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(
    "wire", [None, [], "o1", 3, {"answer": "o1"}, {"choice": "o1", "choices": ["o1"], "sequence": ["o1"], "value": "1"}]
)
def test_an_answer_of_another_shape_is_refused_with_the_field_to_send(body: dict[str, Any], wire: object) -> None:
    assert refused(body, wire).startswith("Send an object with ")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("23", "23"), ("23.5", "23.5"), ("23,5", "23.5"), (" 23.5 ", "23.5"), ("+7", "7"), ("-3,25", "-3.25"), ("0", "0"),
        ("1" * 12, "1" * 12),
    ],
)  # fmt: skip
def test_a_number_is_taken_with_a_dot_or_a_comma(typed: str, kept: str) -> None:
    assert stored(NUMERIC, {"value": typed}) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "1e2", "1E2", "nan", "NaN", "inf", "-inf", "0x17", "23 mm", "2 3", "1.2.3", "1,000.5", ".", "-", "--2", "½", "٢٣", "23_0",
        "1" * 13, "23.", ".5", "23\n4", 23, 23.5, True, ["23"],
    ],
)  # fmt: skip
def test_what_is_no_plain_number_is_refused_and_the_words_say_how_to_write_one(typed: object) -> None:
    words = refused(NUMERIC, {"value": typed})
    assert "plain number in mm" in words
    assert "23.5" in words
    assert "12 characters" in words


@pytest.mark.parametrize(
    ("body", "answer", "words"),
    [
        (SINGLE, "a", ("B: Hold a fold",)),
        (MULTIPLE, ["a", "b"], ("B: A sharps box", "C: Gloves")),
        (ORDERING, ["c", "a"], ("1. Look at breathing and pulse", "2. Stop and take the needles out")),
        (NUMERIC, "23.5", ("23.5 mm",)),
    ],
)
def test_an_answer_reads_back_in_the_words_that_were_shown(body: dict[str, Any], answer: Any, words: tuple[str, ...]) -> None:
    assert answer_words(make_item(body), TURNED[body["type"]], answer) == words


@given(answered(), st.integers(0, 2**32))
def test_a_stored_answer_goes_to_the_browser_and_comes_back_as_it_was(pair: tuple[ItemContent, Any], seed: int) -> None:
    content, answer = pair
    variant = make_variant(content, random.Random(seed))
    wire = json.loads(json.dumps(wire_answer(content, variant, answer)))
    assert parse_answer(content, variant, wire) == answer


@given(answered(), st.integers(0, 2**32))
def test_the_words_of_an_answer_name_what_was_chosen_and_nothing_else(pair: tuple[ItemContent, Any], seed: int) -> None:
    content, answer = pair
    variant = make_variant(content, random.Random(seed))
    words = answer_words(content, variant, answer)
    chosen = answer if isinstance(answer, list) else [] if answer is None else [answer]
    assert len(words) == len(chosen)
    for choice in presentation(content, variant).choices:
        said = any(line.endswith(f" {choice.text}") for line in words)
        assert said == (variant.option_of(choice.key) in chosen)


@given(items)
def test_the_key_can_be_sent_and_earns_the_full_mark(content: ItemContent) -> None:
    variant = plain_variant(content)
    answer = parse_answer(content, variant, wire_answer(content, variant, key_answer(content)))
    mark = score(content, variant, answer)
    assert (mark.points, mark.critical_errors) == (content.points, ())
