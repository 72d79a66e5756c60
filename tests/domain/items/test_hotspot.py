"""A point and a name become the same candidate before scoring, and nothing of outlines or roles is shown before release."""

from __future__ import annotations

import json
from dataclasses import asdict
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.geometry import inside
from app.domain.items import (
    Hotspot,
    Variant,
    answer_words,
    make_variant,
    parse_answer,
    parse_item,
    presentation,
    review,
    score,
    wire_answer,
)
from tests.domain.items.pictures import HOTSPOT, box, changed
from tests.domain.items.samples import problems_in

CONTENT: Any = parse_item(HOTSPOT)
VARIANT = Variant(("a", "b", "c", "d", "e"))


@pytest.mark.parametrize(
    ("wire", "points", "errors"),
    [
        ({"choice": "o2"}, 1, 0), ({"point": [-18, 4]}, 1, 0), ({"choice": "o4"}, 0, 1), ({"point": [18, 4]}, 0, 1),
        ({"choice": "o1"}, 0, 0), ({"point": [0, 40]}, 0, 0),
    ],
)  # fmt: skip
def test_target_danger_other_and_elsewhere(wire: dict[str, Any], points: int, errors: int) -> None:
    mark = score(CONTENT, VARIANT, parse_answer(CONTENT, VARIANT, wire))
    assert (mark.points, len(mark.critical_errors)) == (points, errors)
    assert mark.findings or mark.critical_errors


@given(st.floats(-40, 40), st.floats(-4, 80), st.integers(0, 10**6))
def test_a_point_and_the_name_of_the_place_that_holds_it_give_the_same_mark(x: float, y: float, seed: int) -> None:
    variant = make_variant(CONTENT, Random(seed))
    answer: Any = parse_answer(CONTENT, variant, {"point": [x, y]})
    at = np.array([[answer["x"], answer["y"]]])
    holder = [c for c in CONTENT.candidates if inside(at, np.array(c.polygon))[0]]
    if not holder:
        assert answer["candidate"] == ""
        return
    named = parse_answer(CONTENT, variant, {"choice": variant.key_of(holder[0].id)})
    assert score(CONTENT, variant, answer) == score(CONTENT, variant, named)


def test_how_it_was_given_is_kept_and_a_point_is_read_back_as_a_point() -> None:
    point, named = (parse_answer(CONTENT, VARIANT, wire) for wire in ({"point": [-18.2, 4.1]}, {"choice": "o2"}))
    assert point == {"input_mode": "point", "x": -18.0, "y": 4.0, "candidate": "b"}
    assert named == {"input_mode": "named", "candidate": "b"}
    assert wire_answer(CONTENT, VARIANT, point) == {"point": [-18.0, 4.0]}
    assert wire_answer(CONTENT, VARIANT, named) == {"choice": "o2"}
    assert answer_words(CONTENT, VARIANT, point) == ("The point -18 mm across, 4 mm down on the picture",)
    assert answer_words(CONTENT, VARIANT, named) == ("Left of the middle",)


@pytest.mark.parametrize(
    "wire",
    [{"point": [0]}, {"point": [0, 0, 0]}, {"point": ["0", 0]}, {"point": [True, 0]}, {"point": [99, 0]}, {"point": [0, 1e9]},
     {"choice": "o9"}, {"choice": "o1", "point": [0, 0]}, {"place": "b"}, [0, 0]],
)  # fmt: skip
def test_what_is_no_place_is_refused(wire: Any) -> None:
    with pytest.raises(InvalidInput):
        parse_answer(CONTENT, VARIANT, wire)


def test_nothing_chosen_is_no_answer() -> None:
    assert parse_answer(CONTENT, VARIANT, {}) is None
    assert parse_answer(CONTENT, VARIANT, {"choice": ""}) is None


def test_a_candidate_sees_labels_and_the_picture_and_no_outline_or_role() -> None:
    shown = json.dumps(asdict(presentation(CONTENT, VARIANT)))
    assert "Left of the middle" in shown
    for secret in ("target", "danger", "No rib lies there", "Nothing is there", "pneumothorax"):
        assert secret not in shown


def test_names_of_structures_can_be_left_out() -> None:
    shown = presentation(parse_item({**HOTSPOT, "names": "hidden"}), VARIANT)
    assert shown.picture is not None
    assert {s.label for s in shown.picture.shapes} == {""}


def test_the_review_shows_every_place_with_its_role() -> None:
    found = review(CONTENT, VARIANT, parse_answer(CONTENT, VARIANT, {"point": [18, 4]})).place
    assert found is not None
    assert [(p.role, p.chosen) for p in found.places] == [
        ("other", False), ("target", False), ("other", False), ("danger", True), ("other", False),
    ]  # fmt: skip
    assert found.point == (18.0, 4.0)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("candidates.1.role", "other", "0 candidates have role: target"),
        ("candidates.2.role", "target", "2 candidates have role: target"),
        ("candidates.0.id", "b", "same id"),
        ("candidates.0.label", "In the middle", "say the same"),
        ("candidates.0.polygon", box(-20, 0, -15, 8), "the candidates a and b overlap"),
        ("candidates.0.polygon", box(-60, 0, -50, 8), "a reaches beyond the frame"),
        ("candidates.3.critical_error", None, "a place with role: danger has a critical_error"),
        ("candidates.3", None, "at least 5 items"),
        ("scene", "no-such-slice", "there is no scene no-such-slice"),
    ],
)
def test_a_broken_item_says_what_is_wrong(path: str, value: Any, said: str) -> None:
    assert any(said in words for _, words in problems_in(changed(HOTSPOT, path, value)))


def test_a_critical_item_needs_a_danger() -> None:
    calm = changed(changed(HOTSPOT, "candidates.3.role", "other"), "candidates.3.critical_error", None)
    assert any("needs a candidate with role: danger" in words for _, words in problems_in(calm))
    assert isinstance(parse_item({**calm, "critical": False}), Hotspot)
