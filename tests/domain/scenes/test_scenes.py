"""Every scene of the bank: sound in every body, the order of tissues kept, and the geometry that an independent walk finds."""

from __future__ import annotations

import math
import os
from random import Random
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.bank.files import read_bank
from app.domain.errors import InvalidInput
from app.domain.geometry import Shape, inside, margin, trace
from app.domain.items import NeedlePlacement
from app.domain.items.needle.proof import prove
from app.domain.scenes import (
    Scene,
    bodies_to_try,
    build_body,
    limits_of,
    parse_scene,
    preset_values,
    scene_json,
    scene_problems,
    spoken_names,
)  # fmt: skip
from app.domain.scenes.body import CURVE_STEPS, smooth
from config import ROOT
from tests.domain.test_geometry import STEP_MM, sampled

SCENES = {scene.id: scene for scene in read_bank(ROOT / "question_bank").scenes}
SECTIONS = [name for name, scene in SCENES.items() if scene.kind == "section"]


def drawn(rng: Random, scene: Scene) -> dict[str, float]:
    """A body anywhere in the ranges."""
    return {name: rng.uniform(*limits) for name, limits in limits_of(scene).items()}


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_of_the_bank_is_sound_and_reads_back_the_same(name: str) -> None:
    scene = SCENES[name]
    assert scene_problems(scene) == []
    assert parse_scene(scene_json(scene)) == scene


@pytest.mark.parametrize("name", SECTIONS)
def test_no_outline_crosses_itself_in_any_body(name: str) -> None:
    for values in bodies_to_try(SCENES[name]):
        for shape in build_body(SCENES[name], values).shapes:
            assert shapely.is_valid(shapely.Polygon(shape.outline)), shape.id


@pytest.mark.parametrize("name", SECTIONS)
def test_average_is_the_drawn_data_and_every_curve_passes_through_its_vertices(name: str) -> None:
    scene = SCENES[name]
    body = build_body(scene, preset_values(scene, "average"))
    for structure, placed in zip(scene.structures, body.placed, strict=True):
        if structure.polygon is not None:
            assert placed.vertices == pytest.approx(np.array(structure.polygon), abs=1e-9)
        assert placed.shape.outline[::CURVE_STEPS] == pytest.approx(placed.vertices)


PATHS = max(6, int(os.environ.get("DEEP_PATHS", "0")) // max(1, len(SECTIONS)))
"""Random paths in each scene; `make deep` spreads its 10,000 evenly, never fewer than 200 in one."""


@pytest.mark.parametrize("name", SECTIONS)
def test_random_paths_agree_with_a_walk_in_small_steps(name: str) -> None:
    rng, scene = Random(f"{os.environ.get('DEEP_SEED', '1')}/{name}"), SCENES[name]
    for _ in range(max(PATHS, 200) if "DEEP_PATHS" in os.environ else PATHS):
        _one_path_agrees(rng, scene)


def _one_path_agrees(rng: Random, scene: Scene) -> None:
    body = build_body(scene, drawn(rng, scene))
    entry = tuple(body.skin[rng.randrange(len(body.skin))].tolist())
    tilt, depth = rng.uniform(-70, 70), rng.uniform(3, 75)
    path, walked = trace(entry, tilt, depth, body.shapes), sampled(entry, tilt, depth, body.shapes)
    for shape in body.shapes:
        pieces = sum(s.shape == shape.id for s in path.stretches) + 1
        assert path.length_in(shape.id) == pytest.approx(walked[shape.id], abs=2 * STEP_MM * pieces), shape.id


@given(name=st.sampled_from([n for n in SECTIONS if SCENES[n].scale is None]), seed=st.integers(0, 10**9))
def test_depth_never_changes_the_order_of_two_points(name: str, seed: int) -> None:
    rng, scene = Random(seed), SCENES[name]
    depths = sorted(rng.uniform(-5, 120) for _ in range(20))
    marks = [{"id": f"m{n}", "label": "m", "at": [0.0, round(d, 2)]} for n, d in enumerate(depths)]
    body = build_body(parse_scene({**scene_json(scene), "landmarks": marks}), drawn(rng, scene))
    moved = [body.landmarks[f"m{n}"][1] for n in range(len(depths))]
    assert moved == sorted(moved)


@pytest.mark.parametrize("name", [n for n in SECTIONS if SCENES[n].scale is None])
def test_a_thicker_body_lies_deeper_by_what_the_bands_grew(name: str) -> None:
    scene = SCENES[name]
    lean, large = (build_body(scene, preset_values(scene, p)) for p in ("lean", "large"))
    grown = sum(b.presets.large - b.presets.lean for b in scene.habitus.values())
    below = max(band.band[1] for band in scene.habitus.values())
    skin = np.array(scene.skin)
    deep = [s for s in scene.structures if s.polygon and all(y - np.interp(x, *skin.T) > below + 2 for x, y in s.polygon)]
    assert deep
    for structure in deep:
        rise = large.shape(structure.id).outline[:, 1] - lean.shape(structure.id).outline[:, 1]
        assert rise == pytest.approx(np.full(len(rise), grown), abs=1e-9)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_rigid_shape_keeps_its_form_in_every_body(name: str) -> None:
    scene = SCENES[name]
    for values in bodies_to_try(scene):
        body = build_body(scene, values)
        for structure, placed in zip(scene.structures, body.placed, strict=True):
            if structure.rigid:
                as_drawn = build_body(scene, preset_values(scene, "average")).shape(structure.id).outline
                moved = placed.shape.outline - placed.shape.outline[0]
                assert moved == pytest.approx(as_drawn - as_drawn[0], abs=1e-9)


def test_every_hazard_of_a_section_can_be_struck_and_is_then_negative() -> None:
    for name in SECTIONS:
        scene = SCENES[name]
        body = build_body(scene, preset_values(scene, "average"))
        for hazard in body.hazards:
            shape = body.shape(hazard)
            path = _through(shape, [s for s in body.shapes if not s.stops_needle])
            assert margin(path, shape) < 0, (name, hazard)


def _through(shape: Shape, shapes: list[Shape]) -> Any:
    """A needle from just outside a shape through its roomiest middle, past no bone."""
    low, high = shape.outline.min(axis=0), shape.outline.max(axis=0)
    best: Any = None
    for x in np.linspace(low[0], high[0], 25)[1:-1]:
        path = trace((float(x), float(low[1]) - 1), 0, float(high[1] - low[1]) + 2, shapes)
        best = path if best is None or margin(path, shape) < margin(best, shape) else best
    return best


def test_a_smooth_line_through_a_circles_points_stays_within_a_hundredth_of_it() -> None:
    turn = np.arange(36) * (math.tau / 36)
    curve = smooth(np.column_stack([10 * np.cos(turn), 10 * np.sin(turn)]))
    assert len(curve) == 36 * CURVE_STEPS
    assert np.hypot(curve[:, 0], curve[:, 1]) == pytest.approx(np.full(len(curve), 10.0), abs=0.01)
    assert inside(np.array([[0.0, 0.0], [11.0, 0.0]]), curve).tolist() == [True, False]


def test_an_unknown_structure_or_landmark_is_named() -> None:
    scene = SCENES[SECTIONS[0]]
    with pytest.raises(InvalidInput, match="no structure nowhere"):
        scene.structure("nowhere")
    with pytest.raises(InvalidInput, match="no landmark nowhere"):
        scene.landmark("nowhere")


NEEDLES = {item.id: item for item in read_bank(ROOT / "question_bank").items if isinstance(item, NeedlePlacement)}


@pytest.mark.parametrize("name", NEEDLES)
def test_the_key_of_a_needle_scores_full_and_each_danger_is_flagged(name: str) -> None:
    """Fifty bodies in `make deep`, each run with bodies of its own; a few here."""
    bodies = 50 if "DEEP_PATHS" in os.environ else 4
    assert prove(NEEDLES[name], bodies, seed=int(os.environ.get("DEEP_SEED", "7"))) == []


def test_words_never_show_an_id_and_a_row_shares_the_one_label_that_is_drawn() -> None:
    groin, lumbar, wall = (
        spoken_names(SCENES[n]) for n in ("groin-axial-hip", "lumbar-multifidus-axial-l4", "abdominal-wall-axial")
    )
    assert groin["nerve"] == "Femoral nerve"
    assert {lumbar[f"root-{n}"] for n in range(6)} == {"Roots of the cauda equina"}
    assert lumbar["nerve-l4-left"] == "Nerve root L4 (other side)"
    assert (wall["epigastric-vein"], wall["bowel-9"]) == ("Epigastric vein", "Bowel")
    for scene in SCENES.values():
        assert all(words and words[0].isupper() and "-" not in words for words in spoken_names(scene).values()), scene.id
