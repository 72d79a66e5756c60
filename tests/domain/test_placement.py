"""The quantities of a needle in a body, on a small slice whose answers can be reckoned by hand, and on the scenes of the bank."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bank.files import read_bank
from app.domain.errors import InvalidInput
from app.domain.placement import (
    MEASURES,
    MEASURES_FROM,
    NAMES,
    Needle,
    Placement,
    along_skin,
    before_bone,
    least_margin_mm,
    margin_mm,
    needle_excess_mm,
    place,
    point_on_skin,
    skin_length,
)
from app.domain.scenes import build_body, limits_of, parse_scene
from config import ROOT

SCENES = {s.id: s for s in read_bank(ROOT / "question_bank").scenes if s.kind == "section"}


def box(name: str, tissue: str, x0: float, y0: float, x1: float, y1: float, **more: Any) -> dict[str, Any]:
    """A rectangle with points along its edges, so that the curve through them stays a rectangle but for its corners."""
    xs, ys = [x0 + (x1 - x0) * n / 8 for n in range(9)], [y0 + (y1 - y0) * n / 8 for n in range(9)]
    ring = [[x, y0] for x in xs] + [[x1, y] for y in ys[1:]] + [[x, y1] for x in xs[-2::-1]] + [[x0, y] for y in ys[-2:0:-1]]
    return {"id": name, "tissue": tissue, "polygon": ring, **more}


SLICE = parse_scene({
    "schema": "scene/1", "id": "slice", "title": "A slice", "kind": "section", "regions": ["upper-trapezius"], "basis": "editorial",
    "frame": {"x_mm": [-60, 60], "y_mm": [-5, 90], "right_of_picture": "right"},
    "orientation": {"top": "back", "bottom": "front", "left": "left", "right": "right"},
    "skin": [[-60, 0], [60, 0]],
    "landmarks": [{"id": "middle", "label": "Middle", "at": [0, 0]}],
    "habitus": {"fat_mm": {
        "band": [0, 10], "range": [5, 25], "presets": {"lean": 6, "average": 10, "large": 20}, "basis": "editorial",
        "sources": ["editorial"]}},
    "structures": [
        box("fat", "fat", -60, 0, 60, 10), box("muscle", "muscle", -60, 10, 60, 30),
        box("rib", "bone", -30, 30, -10, 38, stops_needle=True),
        box("lung", "lung", -60, 45, 60, 85, hazard="pneumothorax", margin_mm=5),
    ],
    "may_touch": [["fat", "muscle"], ["muscle", "rib"]], "sources": ["editorial"],
})  # fmt: skip


def needle(along: float = 80, tilt: float = 0, depth: float = 25, length: float = 40, fat: float = 10) -> Placement:
    """A needle in the small slice; `along` 60 is the middle landmark."""
    return place(build_body(SLICE, {"fat_mm": fat}), Needle(along, tilt, depth, length))


def test_every_quantity_of_a_straight_needle_beside_the_rib() -> None:
    p = needle()
    assert {name: round(measure(p), 6) for name, measure in MEASURES.items()} == {
        "tilt_deg": 0, "depth_mm": 25, "needle_mm": 40, "shaft_outside_mm": 15, "reserve_mm": 20, "least_margin_mm": 20,
    }  # fmt: skip
    assert MEASURES_FROM["entry_dx_mm"](p, "middle") == pytest.approx(20)
    assert MEASURES_FROM["entry_along_mm"](p, "middle") == pytest.approx(20)
    assert MEASURES_FROM["margin_mm"](p, "lung") == pytest.approx(20)
    assert MEASURES_FROM["length_in_mm"](p, "muscle") == pytest.approx(15)
    assert {name: read(p) for name, read in NAMES.items()} == {"first_bone": "", "tip_in": "muscle"}
    assert needle_excess_mm(p, 5) == 10


def test_the_same_needle_in_a_larger_body_ends_in_fat_and_in_a_leaner_one_in_the_lung() -> None:
    assert NAMES["tip_in"](needle(depth=12, fat=20)) == "fat"
    deep = needle(depth=44, length=60, fat=5)
    assert NAMES["tip_in"](deep) == "lung"
    assert margin_mm(deep, "lung") == pytest.approx(-4)
    assert MEASURES["reserve_mm"](deep) == 0


def test_a_rib_ends_the_path_shields_the_lung_and_names_the_tissue_before_it() -> None:
    p = needle(along=40, depth=50, length=60)
    assert (p.path.stopped_by, p.path.depth_mm) == ("rib", pytest.approx(30))
    assert (NAMES["first_bone"](p), before_bone(p)) == ("rib", "muscle")
    assert MEASURES["reserve_mm"](p) == math.inf
    assert margin_mm(p, "lung") == pytest.approx(15)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"along": -1}, "entry"), ({"along": 121}, "entry"), ({"depth": 0}, "depth"), ({"depth": 41}, "depth"),
        ({"tilt": 101}, "tilt"), ({"tilt": -120}, "tilt"),
    ],
)  # fmt: skip
def test_a_needle_that_cannot_be_set_like_that_is_refused_with_its_field(changes: dict[str, float], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        needle(**changes)
    assert field in dict(caught.value.problems)


@given(name=st.sampled_from(sorted(SCENES)), seed=st.integers(0, 10**9))
def test_a_point_on_the_skin_is_found_again_and_lies_as_far_along_as_it_was_asked(name: str, seed: int) -> None:
    rng, scene = Random(seed), SCENES[name]
    body = build_body(scene, {k: rng.uniform(*limits) for k, limits in limits_of(scene).items()})
    along = rng.uniform(0, skin_length(body))
    point = point_on_skin(body, along)
    assert math.dist(point_on_skin(body, along_skin(body, point)), point) < 1e-6


@given(name=st.sampled_from(sorted(SCENES)), seed=st.integers(0, 10**9))
def test_a_deeper_needle_never_has_a_larger_margin_and_what_it_gains_in_depth_it_loses_in_reserve(name: str, seed: int) -> None:
    rng, scene = Random(seed), SCENES[name]
    body = build_body(scene, {k: rng.uniform(*limits) for k, limits in limits_of(scene).items()})
    along, tilt, depth = rng.uniform(0, skin_length(body)), rng.uniform(-60, 60), rng.uniform(1, 60)
    shallow = place(body, Needle(along, tilt, depth, 100))
    deep = place(body, Needle(along, tilt, depth + rng.uniform(0.1, 30), 100))
    assert least_margin_mm(deep) <= least_margin_mm(shallow) + 1e-6
    before, after = MEASURES["reserve_mm"](shallow), MEASURES["reserve_mm"](deep)
    gained = deep.path.depth_mm - shallow.path.depth_mm
    if math.isfinite(before) and gained <= before and not shallow.path.stopped_by:
        assert after == pytest.approx(before - gained, abs=1e-6)
