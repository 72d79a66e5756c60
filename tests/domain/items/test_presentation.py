"""What a candidate sees: the question, and nothing that tells the answer."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.items import ItemContent, Presentation, Variant, make_variant, parse_answer, presentation
from tests.domain.items.samples import (
    BODIES,
    MARKER,
    MULTIPLE,
    NUMERIC,
    ORDERING,
    SINGLE,
    ids_of,
    items,
    make_item,
    plain_variant,
    with_other_secrets,
)

SEEDS = st.integers(0, 2**32)


@st.composite
def twins(draw: st.DrawFn) -> tuple[ItemContent, ItemContent]:
    """Two items that differ in nothing but what a candidate must not know."""
    content = draw(items)
    return content, draw(with_other_secrets(content))


def test_a_single_best_answer_shows_its_options_under_letters_and_neutral_keys() -> None:
    shown = presentation(make_item(), Variant(("c", "a", "d", "b")))
    assert [(c.key, c.letter, c.text) for c in shown.choices] == [
        ("o1", "A", "Wait a week"), ("o2", "B", "Hold a fold"), ("o3", "C", "Use a cup"), ("o4", "D", "Aim downwards"),
    ]  # fmt: skip
    assert (shown.type, shown.scenario, shown.stem) == ("single_best_answer", SINGLE["scenario"], SINGLE["stem"])
    assert (shown.critical, shown.points, shown.unit) == (False, 1, None)


def test_ordering_shows_steps_and_distractors_alike() -> None:
    shown = presentation(make_item(ORDERING), Variant(("x", "b", "a", "d", "c")))
    assert [c.text for c in shown.choices][:2] == ["Needle the other side", "Lay the patient flat"]
    assert len(shown.choices) == 5


def test_a_number_is_asked_for_in_its_unit_without_choices() -> None:
    shown = presentation(make_item(NUMERIC), Variant())
    assert (shown.unit, shown.choices) == ("mm", ())
    assert "mm" in shown.instruction


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_each_type_says_in_a_sentence_how_to_answer(body: dict[str, Any]) -> None:
    content = make_item(body)
    words = presentation(content, plain_variant(content)).instruction
    assert words[0].isupper()
    assert words.endswith(".")


def test_whether_an_item_is_critical_is_no_secret() -> None:
    assert presentation(make_item(critical=True), plain_variant(make_item())).critical


def test_the_allow_list_holds_these_fields_and_no_other() -> None:
    assert [f.name for f in fields(Presentation)] == [
        "type", "scenario", "stem", "instruction", "critical", "points", "choices", "unit",
        "prompts", "picture", "needle", "patient",
    ]  # fmt: skip


@given(twins(), SEEDS)
def test_two_banks_that_differ_in_their_secrets_look_the_same_to_a_candidate(
    pair: tuple[ItemContent, ItemContent], seed: int
) -> None:
    seen = []
    for content in pair:
        rng = random.Random(seed)
        variant = make_variant(content, rng)
        seen.append((variant, presentation(content, variant), rng.getstate()))
    assert pair[0] != pair[1]
    assert seen[0] == seen[1]


@given(twins(), SEEDS)
def test_nothing_secret_stands_in_what_a_candidate_sees(pair: tuple[ItemContent, ItemContent], seed: int) -> None:
    content = pair[1]
    assert MARKER in json.dumps(content.model_dump(mode="json"))
    assert MARKER not in json.dumps(asdict(presentation(content, make_variant(content, random.Random(seed)))))


@given(
    twins(),
    SEEDS,
    st.dictionaries(st.sampled_from(["choice", "choices", "sequence", "value"]), st.sampled_from(["o1", ["o2", "o1"], "7", "x"])),
)
def test_two_banks_that_differ_in_their_secrets_take_and_refuse_the_same_answers(
    pair: tuple[ItemContent, ItemContent], seed: int, wire: dict[str, Any]
) -> None:
    said = []
    for content in pair:
        try:
            said.append(parse_answer(content, make_variant(content, random.Random(seed)), wire))
        except InvalidInput as error:
            said.append(error.problems)
    assert said[0] == said[1]


@given(items, SEEDS)
def test_a_variant_shows_every_option_once_and_survives_storage(content: ItemContent, seed: int) -> None:
    variant = make_variant(content, random.Random(seed))
    assert sorted(variant.order) == ids_of(content)
    assert Variant.from_json(json.loads(json.dumps(variant.to_json()))) == variant
    keys = [c.key for c in presentation(content, variant).choices]
    assert keys == [f"o{n}" for n in range(1, len(keys) + 1)]


@pytest.mark.parametrize("body", [SINGLE, MULTIPLE, ORDERING], ids=["single", "multiple", "ordering"])
def test_every_option_comes_to_stand_in_every_place(body: dict[str, Any]) -> None:
    content, rng = make_item(body), random.Random(1)
    places = {(variant.order.index(i), i) for variant in (make_variant(content, rng) for _ in range(200)) for i in variant.order}
    assert len(places) == len(ids_of(content)) ** 2


def test_the_order_in_the_file_does_not_matter_to_the_variant() -> None:
    turned = make_item(options=SINGLE["options"][::-1])
    assert make_variant(turned, random.Random(3)) == make_variant(make_item(), random.Random(3))


def test_a_number_draws_nothing() -> None:
    rng = random.Random(5)
    before = rng.getstate()
    assert make_variant(make_item(NUMERIC), rng) == Variant()
    assert rng.getstate() == before
