"""Pictures of scenes: what is drawn is what is scored, names do not collide, nothing secret and no colour stands in them."""

from __future__ import annotations

import gzip
import math
import re
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bank.files import read_bank
from app.domain.geometry import inside, raster
from app.domain.items.views import DrawnNeedle, NeedleTask
from app.domain.scenes import Scene, average_values, body_of, picture_of, preset_values
from app.domain.scenes.body import smooth
from app.drawing.scenes import draw_scene, for_needle, for_point, needle_on
from app.drawing.scenes.labels import LETTERS_ACROSS, margin_names, names_of
from app.drawing.scenes.labels import _height as height_of
from app.drawing.scenes.room import room_of
from app.drawing.scenes.strokes import curve, number, numbers

ROOT = Path(__file__).parents[2]
SCENES = {s.id: s for s in read_bank(ROOT / "question_bank").scenes}
MOST_BYTES = 30_000
BODIES = [(name, preset) for name, scene in SCENES.items() for preset in (("lean", "large") if scene.kind == "section" else ("",))]


def picture(name: str, preset: str) -> Any:
    scene: Scene = SCENES[name]
    return picture_of(scene, preset_values(scene, preset) if preset else {}, "section")  # type: ignore[arg-type]


def walked(path: str) -> np.ndarray:
    """The points of a path of c and s commands, in small steps."""
    tokens = re.findall(r"[Mcsz]|-?\d*\.?\d+", path)
    at = np.array([float(tokens[1]), float(tokens[2])])
    points, hold, n = [at], np.zeros(2), 3
    while tokens[n] != "z":
        kind, n = tokens[n], n + 1
        count = 6 if kind == "c" else 4
        values = [float(t) for t in tokens[n : n + count]]
        n += count
        first = np.array(values[:2]) if kind == "c" else hold
        second, end = np.array(values[-4:-2]), np.array(values[-2:])
        for t in np.linspace(0, 1, 9)[1:]:
            points.append(at + 3 * (1 - t) ** 2 * t * first + 3 * (1 - t) * t**2 * second + t**3 * end)
        hold, at = end - second, at + end
    return np.array(points)


@pytest.mark.parametrize(("name", "preset"), BODIES)
def test_the_line_that_is_drawn_is_the_line_that_is_scored_to_a_twentieth_of_a_millimetre(name: str, preset: str) -> None:
    scene = SCENES[name]
    body = body_of(scene, tuple(sorted((preset_values(scene, preset) if preset else {}).items())))  # type: ignore[arg-type]
    for placed, shape in zip(body.placed, picture(name, preset).shapes, strict=True):
        drawn, scored = walked(curve(shape.vertices)), placed.shape.outline
        edge = np.roll(scored, -1, axis=0) - scored
        squared = np.maximum((edge**2).sum(axis=1), 1e-12)
        share = np.clip(((drawn[:, None] - scored) * edge).sum(axis=2) / squared, 0, 1)
        gaps = np.sqrt((((scored + share[:, :, None] * edge) - drawn[:, None]) ** 2).sum(axis=2)).min(axis=1)
        longest = np.sqrt(squared.max())
        assert gaps.max() <= max(0.05, 0.1 * longest), placed.structure.id


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-90, 90)), min_size=3, max_size=40, unique=True))
def test_short_numbers_do_not_drift(points: list[tuple[float, float]]) -> None:
    path = walked(curve(points))
    for n, (x, y) in enumerate(points):
        assert path[n * 8] == pytest.approx([x, y], abs=0.006)


@given(st.floats(-400, 400))
def test_a_number_is_written_to_a_hundredth_in_few_characters(value: float) -> None:
    assert float(number(value)) == pytest.approx(value, abs=0.0051)
    assert len(number(value)) <= 7
    assert len(numbers(value, value).replace("-", " -").split()) == 2


@pytest.mark.parametrize(("name", "preset"), BODIES)
def test_a_picture_is_small_well_formed_and_without_colour_or_secret(name: str, preset: str) -> None:
    drawn = draw_scene(picture(name, preset))
    assert len(gzip.compress(drawn.svg.encode())) <= MOST_BYTES
    root = ElementTree.fromstring(drawn.svg)
    text = drawn.svg.lower()
    assert not re.search(
        r"style=|#[0-9a-f]{3,6}\b(?!-)|rgb\(|on[a-z]+=|http", re.sub(r"(href|url)[=(]\"?#s[0-9a-f]{10}[^\")]*", "", text)
    )
    for secret in ("hazard", "margin_mm", 'pneumothorax"', "stops_needle", "target", "danger"):
        assert secret not in text.replace("names-margin", "")
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    used = {u.removeprefix("#") for u in re.findall(r'href="(#[^"]+)"', drawn.svg)} | set(re.findall(r"url\(#([^)]+)\)", drawn.svg))
    assert used <= set(ids)


@pytest.mark.parametrize(("name", "preset"), BODIES)
def test_names_in_the_margins_do_not_overlap_and_their_leaders_do_not_cross(name: str, preset: str) -> None:
    found = picture(name, preset)
    names = names_of(found, room_of(found, [smooth(np.array(s.vertices)) for s in found.shapes]))
    margin_names(found, names)
    size = (found.x_mm[1] - found.x_mm[0]) / LETTERS_ACROSS
    for side in (-1, 1):
        mine = sorted((n for n in names if n.side == side), key=lambda n: n.y)
        for a, b in zip(mine, mine[1:], strict=False):
            assert b.y - a.y >= (height_of(a, size) + height_of(b, size)) / 2 - 1e-6, (a.text, b.text)
        edge = (found.x_mm[0] if side < 0 else found.x_mm[1]) + side * size
        for a, b in combinations(mine, 2):
            assert not _cross((edge, a.y), a.dot, (edge, b.y), b.dot), (a.text, b.text)


def _cross(a: Any, b: Any, c: Any, d: Any) -> bool:
    def turn(p: Any, q: Any, r: Any) -> float:
        return float((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return turn(a, b, c) * turn(a, b, d) < -1e-9 and turn(c, d, a) * turn(c, d, b) < -1e-9


@pytest.mark.parametrize(("name", "preset"), BODIES)
def test_every_name_points_into_its_own_shape(name: str, preset: str) -> None:
    found = picture(name, preset)
    outlines = [smooth(np.array(s.vertices)) for s in found.shapes]
    for one in names_of(found, room_of(found, outlines)):
        owner = max(n for n, outline in enumerate(outlines) if inside(np.array([one.dot]), outline)[0])
        assert one.text in (found.shapes[owner].label, found.shapes[owner].twin)


@pytest.mark.parametrize("name", list(SCENES))
def test_every_labelled_structure_that_is_seen_is_named_once(name: str) -> None:
    scene = SCENES[name]
    found = picture_of(scene, average_values(scene), "section")
    drawn = draw_scene(found)
    labels = {s.label or s.twin for s in found.shapes if s.label or s.twin}
    assert len(drawn.key) == len(set(drawn.key))
    assert set(drawn.key) <= labels
    assert len(drawn.key) >= 0.8 * len(labels)


@given(st.integers(0, 10**6))
def test_a_raster_agrees_with_the_even_odd_rule_at_every_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    outline = rng.uniform(-10, 10, (rng.integers(3, 12), 2))
    x, y = np.arange(-11.03, 11, 0.5), np.arange(-11.07, 11, 0.5)
    points = np.array([[a, b] for b in y for a in x])
    assert (raster(outline, x, y).ravel() == inside(points, outline)).all()


def test_the_same_body_is_drawn_once() -> None:
    one, other = picture("thoracic-axial-t5", "lean"), picture("thoracic-axial-t5", "lean")
    assert one is other
    assert one.key != picture("thoracic-axial-t5", "large").key


def test_a_needle_is_drawn_from_its_entry_to_its_tip_with_the_mark_of_its_outcome() -> None:
    found = picture("thoracic-axial-t5", "lean")
    needle = DrawnNeedle((20.0, -2.0), 30.0, 25.0, 40.0, "hazard")
    svg = draw_scene(found, for_needle(found, needle)).svg
    assert 'class="needle is-hazard"' in svg
    tip = (20 + 25 * math.sin(math.radians(30)), -2 + 25 * math.cos(math.radians(30)))
    assert f'cx="{number(tip[0])}" cy="{number(tip[1])}"' in svg


def test_what_is_not_set_yet_is_drawn_as_nothing() -> None:
    found = picture("thoracic-axial-t5", "lean")
    task = NeedleTask((25, 40), 5.0, "x", 46.0, -40.0, 60.0, "left", "right", "lean", ())
    assert needle_on(found, task, {"entry_mm": None, "tilt_deg": 3.0}) is None
    begun = needle_on(found, task, {"entry_mm": 0.0})
    assert begun is not None
    assert (begun.depth_mm, begun.length_mm, begun.outcome) == (0.0, 40, "placed")
    assert "point" in draw_scene(found, for_point((3, 4))).svg
