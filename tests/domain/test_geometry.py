"""Geometry against closed forms, an independent sampler, shapely, and what mirror and shift must not change."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.domain.geometry import Floats, Shape, direction, distance, inside, margin, owner_stretches, reserve, trace

STEP_MM = 0.05


def box(name: str, x0: float, y0: float, x1: float, y1: float, **more: Any) -> Shape:
    return Shape(name, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=float), **more)


def disc(name: str, cx: float, cy: float, r: float, points: int = 720) -> Shape:
    turn = np.arange(points) * (math.tau / points)
    return Shape(name, np.column_stack([cx + r * np.cos(turn), cy + r * np.sin(turn)]))


LAYERS = (box("fat", -50, 0, 50, 8), box("muscle", -50, 8, 50, 30), box("rib", -5, 30, 5, 40, stops_needle=True))


def test_a_straight_needle_goes_through_the_layers_in_order() -> None:
    path = trace((20, 0), 0, 35, LAYERS)
    assert path.punctures() == ("fat", "muscle")
    assert [(s.shape, s.length_mm) for s in path.stretches] == [("fat", 8.0), ("muscle", 22.0), ("", 5.0)]
    assert (path.tip, path.tip_in, path.stopped_by) == ((20, 35), "", "")


@pytest.mark.parametrize("tilt", [-60, -30, -5, 0, 12, 45])
def test_a_layer_of_thickness_d_is_crossed_over_d_by_the_cosine_of_the_tilt(tilt: float) -> None:
    wide = (box("fat", -500, 0, 500, 8), box("muscle", -500, 8, 500, 30))
    path = trace((0, 0), tilt, 100, wide)
    assert path.length_in("fat") == pytest.approx(8 / math.cos(math.radians(tilt)))
    assert path.length_in("muscle") == pytest.approx(22 / math.cos(math.radians(tilt)))


def test_bone_that_stops_the_needle_ends_the_path() -> None:
    path = trace((0, 0), 0, 38, LAYERS)
    assert (path.stopped_by, path.depth_mm, path.tip, path.tip_in) == ("rib", 30.0, (0.0, 30.0), "muscle")


def test_what_is_painted_later_owns_the_point() -> None:
    shapes = (box("muscle", -10, 0, 10, 40), box("nerve", -2, 10, 2, 12), box("muscle-two", -10, 11, 10, 20))
    path = trace((0, 0), 0, 40, shapes)
    assert [(s.shape, s.length_mm) for s in path.stretches] == [
        ("muscle", 10.0), ("nerve", 1.0), ("muscle-two", 9.0), ("muscle", 20.0),
    ]  # fmt: skip


@pytest.mark.parametrize("offset", [-9.0, -4.0, 0.0, 3.5, 9.9])
def test_the_chord_of_a_circle_has_its_closed_form(offset: float) -> None:
    path = trace((offset, 0), 0, 100, (disc("vessel", 0, 50, 10),))
    assert path.length_in("vessel") == pytest.approx(2 * math.sqrt(100 - offset**2), abs=0.03)


@pytest.mark.parametrize("gap", [0.0, 0.5, 4.0, 20.0])
def test_the_margin_beside_a_circle_is_the_distance_of_its_centre_less_the_radius(gap: float) -> None:
    shape = disc("vessel", 0, 50, 10)
    path = trace((10 + gap, 0), 0, 100, (shape,))
    assert margin(path, shape) == pytest.approx(gap, abs=0.01)


def test_the_margin_passes_through_nought_as_the_tip_enters() -> None:
    shape = box("lung", -50, 40, 50, 90)
    found = [margin(trace((0, 0), 0, depth, (shape,)), shape) for depth in (38.0, 40.0, 40.001, 42.0)]
    assert found == pytest.approx([2.0, 0.0, -0.001, -2.0])


def test_a_path_along_a_touching_edge_belongs_to_one_side_and_is_counted_once() -> None:
    shapes = (box("left", -10, 0, 0, 40), box("right", 0, 0, 10, 40))
    path = trace((0, 0), 0, 40, shapes)
    assert path.length_in("left") + path.length_in("right") == pytest.approx(40)
    assert len(path.stretches) == 1


def test_a_path_through_a_corner_punctures_nothing() -> None:
    shape = Shape("spur", np.array([[5.0, 10.0], [15.0, 5.0], [15.0, 15.0]]))
    path = trace((5, 0), 0, 20, (shape,))
    assert path.punctures() == ()
    assert margin(path, shape) == pytest.approx(0)


def test_the_reserve_is_what_is_left_before_the_first_hazard_and_bone_ends_the_look() -> None:
    lung = box("lung", -50, 45, 50, 90)
    shapes = (*LAYERS, lung)
    hazards = frozenset({"lung"})
    assert reserve(trace((20, 0), 0, 25, shapes), 0, shapes, hazards) == pytest.approx(20)
    assert reserve(trace((0, 0), 0, 25, shapes), 0, shapes, hazards) is None


# ---- against an independent sampler and shapely, on bodies made at random


def star(rng: Random, name: str, stops: bool = False) -> Shape:
    """A simple, wavy outline."""
    count, cx, cy = rng.randint(3, 24), rng.uniform(-40, 40), rng.uniform(5, 80)
    turn = sorted(rng.uniform(0, math.tau) for _ in range(count))
    return Shape(
        name, np.array([[cx + (r := rng.uniform(2, 25)) * math.cos(a), cy + r * math.sin(a)] for a in turn]), stops_needle=stops
    )


def body(seed: int) -> tuple[Random, tuple[Shape, ...]]:
    rng = Random(seed)
    return rng, tuple(star(rng, f"s{n}", stops=n % 5 == 4) for n in range(rng.randint(1, 9)))


def holds(point: tuple[float, float], outline: Floats) -> bool:
    """The even-odd rule once more, written apart: count the edges to the right."""
    x, y = point
    count = 0
    corners = outline.tolist()
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if min(ay, by) <= y < max(ay, by) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            count += 1
    return count % 2 == 1


def sampled(entry: tuple[float, float], tilt: float, depth: float, shapes: tuple[Shape, ...]) -> dict[str, float]:
    """Walk the path in small steps, asking another library who holds each point; the lengths until a bone stops it."""
    way, stopping = direction(tilt), {s.id for s in shapes if s.stops_needle}
    along = (np.arange(int(depth / STEP_MM)) + 0.5) * STEP_MM
    x, y = entry[0] + way[0] * along, entry[1] + way[1] * along
    owner = np.full(len(along), -1)
    for number, shape in enumerate(shapes):
        owner[shapely.contains_xy(shapely.Polygon(shape.outline), x, y)] = number
    found = {s.id: 0.0 for s in shapes}
    for number in owner.tolist():
        if number >= 0 and shapes[number].id in stopping:
            break
        if number >= 0:
            found[shapes[number].id] += STEP_MM
    return found


@given(st.integers(0, 10**9))
def test_lengths_agree_with_a_walk_in_small_steps(seed: int) -> None:
    rng, shapes = body(seed)
    entry, tilt, depth = (rng.uniform(-30, 30), 0.0), rng.uniform(-60, 60), rng.uniform(5, 80)
    path, walked = trace(entry, tilt, depth, shapes), sampled(entry, tilt, depth, shapes)
    for shape in shapes:
        pieces = sum(s.shape == shape.id for s in path.stretches) + 1
        assert path.length_in(shape.id) == pytest.approx(walked[shape.id], abs=2 * STEP_MM * pieces), shape.id


@given(st.integers(0, 10**9))
def test_crossing_lengths_and_distances_agree_with_shapely(seed: int) -> None:
    rng, shapes = body(seed)
    entry, tilt, depth = (rng.uniform(-30, 30), 0.0), rng.uniform(-60, 60), rng.uniform(5, 80)
    way = direction(tilt)
    tip = (entry[0] + way[0] * depth, entry[1] + way[1] * depth)
    segment = shapely.LineString([entry, tip])
    for shape in shapes:
        polygon = shapely.Polygon(shape.outline)
        if not polygon.is_valid:
            continue
        alone = sum(s.length_mm for s in owner_stretches(entry, way, depth, [shape]) if s.shape)
        assert alone == pytest.approx(segment.intersection(polygon).length, abs=1e-6)
        assert distance(entry, tip, shape.outline) == pytest.approx(segment.distance(polygon.exterior), abs=1e-6)


@given(st.integers(0, 10**9))
def test_mirror_and_shift_change_nothing(seed: int) -> None:
    rng, shapes = body(seed)
    entry, tilt, depth = (rng.uniform(-30, 30), 0.0), rng.uniform(-60, 60), rng.uniform(5, 80)
    moved = tuple(Shape(s.id, s.outline * [-1, 1] + [13.0, -4.0], s.stops_needle) for s in shapes)
    path, other = trace(entry, tilt, depth, shapes), trace((13.0 - entry[0], entry[1] - 4.0), -tilt, depth, moved)
    assert other.stopped_by == path.stopped_by
    assert other.punctures() == path.punctures()
    for shape, twin in zip(shapes, moved, strict=True):
        assert margin(other, twin) == pytest.approx(margin(path, shape), abs=1e-6)


@given(st.integers(0, 10**9))
def test_the_stretches_cover_the_path_without_gap_or_overlap(seed: int) -> None:
    rng, shapes = body(seed)
    path = trace((rng.uniform(-30, 30), 0.0), rng.uniform(-60, 60), rng.uniform(5, 80), shapes)
    ends = [0.0, *(s.end_mm for s in path.stretches)]
    assert [s.start_mm for s in path.stretches] == pytest.approx(ends[:-1])
    assert ends[-1] == pytest.approx(path.depth_mm)


def test_many_points_are_inside_exactly_where_the_other_rule_says() -> None:
    rng, shapes = body(11)
    points = np.array([[rng.uniform(-60, 60), rng.uniform(-10, 100)] for _ in range(500)])
    for shape in shapes:
        assert inside(points, shape.outline).tolist() == [holds((x, y), shape.outline) for x, y in points.tolist()]
