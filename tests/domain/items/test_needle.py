"""A needle is judged in the body that its form drew; declining, proofs, what is shown, what is refused."""

from __future__ import annotations

import json
from dataclasses import asdict
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.items import (
    Variant,
    answer_words,
    key_answer,
    make_variant,
    parse_answer,
    parse_item,
    presentation,
    review,
    score,
    wire_answer,
)
from app.domain.items.needle.judging import body_in, draw_body
from app.domain.items.needle.proof import answer_of, prove
from tests.domain.items.pictures import DECLINE, NEEDLE, changed
from tests.domain.items.samples import problems_in

CONTENT: Any = parse_item(NEEDLE)
AVERAGE = Variant((), "average", (("fat_mm", 8.0),))
GOOD = {"entry_mm": -14, "tilt_deg": 0, "depth_mm": 30, "needle_mm": 40}


def marked(wire: dict[str, Any], content: Any = CONTENT, variant: Variant = AVERAGE) -> Any:
    return score(content, variant, parse_answer(content, variant, wire))


def test_the_key_scores_full_and_a_lung_is_a_critical_error_whatever_the_points() -> None:
    assert (marked(GOOD).points, marked(GOOD).critical_errors) == (3, ())
    bad = marked({**GOOD, "entry_mm": 14, "depth_mm": 50, "needle_mm": 60})
    assert [e.text for e in bad.critical_errors] == ["It entered the lung."]
    assert bad.points == 1


def test_a_memorised_depth_fails_in_another_body() -> None:
    large = Variant((), "large", (("fat_mm", 16.0),))
    assert marked(GOOD, variant=large).points == 2  # bone is not reached
    assert marked({**GOOD, "depth_mm": 38, "needle_mm": 60}, variant=large).points == 3


def test_a_needle_that_is_pushed_on_ends_on_the_bone() -> None:
    assert marked({**GOOD, "depth_mm": 40, "needle_mm": 40}).points == 3


def test_a_hazard_that_the_item_forgot_is_a_critical_error_all_the_same() -> None:
    extra = {"id": "nerve", "tissue": "nerve", "label": "Nerve", "hazard": "neural", "margin_mm": 3,
             "ellipse": {"cx": 14, "cy": 20, "rx": 3, "ry": 3}}  # fmt: skip
    scene = {**NEEDLE["scene"], "structures": [*NEEDLE["scene"]["structures"], extra], "may_touch": [["muscle", "nerve"]]}
    mark = marked({**GOOD, "entry_mm": 14, "depth_mm": 25}, parse_item({**NEEDLE, "scene": scene}))
    assert [e.text for e in mark.critical_errors] == ["The needle entered: Nerve."]


def test_declining_where_a_needle_is_the_key_is_safe_and_earns_nothing() -> None:
    mark = marked({"decline": "contraindicated"})
    assert (mark.points, mark.critical_errors) == (0, ())


def test_declining_where_it_is_the_key() -> None:
    content = parse_item(DECLINE)
    assert marked({"decline": "contraindicated"}, content).points == 2
    assert marked({"decline": "no-consent"}, content).points == Fraction(1)
    needled = marked(GOOD, content)
    assert (needled.points, [e.text for e in needled.critical_errors]) == (0, ["It was needled."])


@given(st.integers(0, 10**9))
def test_bodies_stay_in_range_in_half_millimetres_and_the_proof_holds_in_each(seed: int) -> None:
    build, values = draw_body(CONTENT, Random(seed))
    assert build in ("lean", "average", "large")
    assert all(4 <= value <= 20 and value * 2 == int(value * 2) for _, value in values)
    variant = Variant((), build, values)
    assert score(CONTENT, variant, key_answer(CONTENT, variant)).points == 3
    bad = answer_of(CONTENT, body_in(CONTENT, variant), CONTENT.proof.dangerous[0])
    assert score(CONTENT, variant, bad).critical_errors


def test_a_variant_is_stored_and_read_back() -> None:
    variant = make_variant(CONTENT, Random(3))
    assert Variant.from_json(json.loads(json.dumps(variant.to_json()))) == variant
    assert variant.build


@given(st.floats(-39, 39), st.floats(-60, 60), st.floats(1, 24))
def test_however_it_is_typed_the_same_needle_is_kept_in_halves_and_whole_degrees(entry: float, tilt: float, depth: float) -> None:
    wire = {"entry_mm": entry, "tilt_deg": tilt, "depth_mm": depth, "needle_mm": 25}
    answer: Any = parse_answer(CONTENT, AVERAGE, wire)
    assert parse_answer(CONTENT, AVERAGE, wire_answer(CONTENT, AVERAGE, answer)) == answer
    assert abs(answer["entry_mm"] - entry) <= 0.25
    assert abs(answer["tilt_deg"] - tilt) <= 0.5
    assert len(answer_words(CONTENT, AVERAGE, answer)) == 1


@pytest.mark.parametrize(
    ("wire", "said"),
    [
        ({"entry_mm": 3}, "the tilt, the inserted length, the needle length"),
        ({**GOOD, "entry_mm": 99}, "The entry lies between -40 and 40 mm"),
        ({**GOOD, "tilt_deg": 120}, "The tilt lies between"),
        ({**GOOD, "depth_mm": 41}, "at most the length of the needle"),
        ({**GOOD, "depth_mm": 0}, "more than 0"),
        ({**GOOD, "needle_mm": 33}, "Choose one of the needles"),
        ({**GOOD, "depth_mm": "30"}, "plain number"),
        ({**GOOD, "depth_mm": True}, "plain number"),
        ({**GOOD, "decline": "no-consent"}, "not both"),
        ({"decline": "because"}, "Choose one of the reasons"),
        ({"depth": 3}, "Send an object"),
        ([1, 2], "Send an object"),
    ],
)
def test_what_is_no_placement_is_refused_with_words(wire: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse_answer(CONTENT, AVERAGE, wire)


def test_nothing_set_is_no_answer() -> None:
    assert parse_answer(CONTENT, AVERAGE, {}) is None


def test_a_slice_shows_tissue_without_hazards_and_a_surface_shows_nothing_below_the_skin() -> None:
    section = presentation(CONTENT, AVERAGE)
    surface = presentation(parse_item({**NEEDLE, "display": "surface"}), AVERAGE)
    assert section.picture is not None
    assert surface.picture is not None
    assert [s.label for s in section.picture.shapes] == ["Fat", "Muscle", "Rib", "Lung"]
    assert surface.picture.shapes == ()
    for shown in (section, surface):
        text = json.dumps(asdict(shown))
        for secret in ("pneumothorax", "margin", "stops", "Over the rib", "It entered the lung", "hazard", "first_bone"):
            assert secret not in text
    assert "Rib" not in json.dumps(asdict(surface))


def test_the_review_measures_what_happened_and_tries_the_other_bodies() -> None:
    answer = parse_answer(CONTENT, AVERAGE, {**GOOD, "entry_mm": 14, "depth_mm": 50, "needle_mm": 60})
    found = review(CONTENT, AVERAGE, answer).placement
    assert found is not None
    assert [p.label for p in found.punctures] == ["Fat", "Muscle", "Lung"]
    assert found.gaps[0].label == "Lung"
    assert found.gaps[0].margin_mm == pytest.approx(found.punctures[-1].start_mm - 50, abs=0.11)
    assert found.needle is not None
    assert found.needle.outcome == "hazard"
    assert {o.build for o in found.others} == {"lean", "large"}
    assert "It entered the lung." in {o.words for o in found.others}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("criteria.0.quantity", "entry_dy_mm", "there is no quantity entry_dy_mm"),
        ("criteria.0.from", None, "an entry is measured `from` a landmark"),
        ("criteria.0.from", "nowhere", "has no landmark nowhere"),
        ("criteria.1.equals", "rob", "has no structure rob"),
        ("critical_errors.0.below", None, "exactly one of below and above"),
        ("critical_errors.0.to", None, "names it under `to`"),
        ("points", 4, "add up to 3"),
        ("critical", False, "set critical: true"),
        ("needles_mm", [40, 25], "from the shortest to the longest"),
        ("proof.full", {"decline": "contraindicated"}, "declines where decline is the key"),
        ("proof.dangerous.0.error", "lang", "which critical_errors does not have"),
        ("proof.dangerous", [], "no dangerous path of the proof shows lung"),
        ("decline", {"correct": True, "rationale": "Because."}, "names accepted reasons if it is correct"),
        ("scene", "no-such-slice", "there is no scene no-such-slice"),
    ],
)
def test_a_broken_item_says_what_is_wrong(path: str, value: Any, said: str) -> None:
    assert any(said in words for _, words in problems_in(changed(NEEDLE, path, value)))


@pytest.mark.parametrize(
    ("path", "value", "where", "said"),
    [
        ("proof.full.depth", {"mm": 10}, "proof.full", "the key scores 2 of 3: The needle ends on Rib"),
        ("proof.full.entry_dx_mm", 14, "proof.full", "the path does not meet rib"),
        ("proof.full.entry_dx_mm", 90, "proof.full", "beside the skin line"),
        ("needles_mm", [25, 30], "proof.full", "no needle on offer reaches"),
        ("proof.dangerous.0.depth", {"mm": 10}, "proof.dangerous.0", "does not show the error lung"),
    ],
)
def test_a_proof_that_fails_names_the_body(path: str, value: Any, where: str, said: str) -> None:
    found = dict(prove(parse_item(changed(NEEDLE, path, value))))  # type: ignore[arg-type]
    assert said in found[where]
    assert "in a body that is" in found[where]


def test_a_key_that_is_itself_a_critical_error_is_found() -> None:
    deep = changed(changed(NEEDLE, "proof.full", NEEDLE["proof"]["dangerous"][0] | {"needle": 80}), "proof.full.error", None)
    assert "the key is a critical error" in dict(prove(parse_item(deep)))["proof.full"]  # type: ignore[arg-type]
