"""Where a needle goes: punctures in order, lengths inside, margins, reserve, the first bone. Millimetres and degrees.

A path is the straight segment from an entry on the skin to the tip. Where two shapes overlap, the one painted later owns
the point, here as in the picture. Bone that stops the needle ends the path. Pure arithmetic on numpy; shapely is only the
oracle of the tests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
XY = tuple[float, float]
EPSILON_MM = 1e-9
"""Two crossings closer than this are one: a path through a vertex, or along a touching edge."""
TOUCH_MM = 1e-6
"""A tip this close to a bone touches it."""
FAR_MM = 400.0
"""How far beyond the tip the reserve is looked for; no scene is larger."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One closed outline of a body in paint order. `outline` is (n, 2): x, y in mm, not closed."""

    id: str
    outline: Floats
    stops_needle: bool = False
    box: tuple[float, float, float, float] = field(init=False)
    """Left, top, right and bottom, mm: what lies beside it cannot meet the shape."""

    def __post_init__(self) -> None:
        (left, top), (right, bottom) = self.outline.min(axis=0), self.outline.max(axis=0)
        object.__setattr__(self, "box", (float(left), float(top), float(right), float(bottom)))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a path in one shape, from `start_mm` to `end_mm` along the needle; `shape` is empty between shapes."""

    shape: str
    start_mm: float
    end_mm: float

    @property
    def length_mm(self) -> float:
        """How long it is."""
        return self.end_mm - self.start_mm


@dataclass(frozen=True, slots=True)
class Path:
    """A needle in a body: where it enters, where its tip comes to rest, and what it went through.

    `stretches` cover 0 to `depth_mm` in order; `stopped_by` is the bone at which it ended before the depth asked for.
    """

    entry: tuple[float, float]
    tip: tuple[float, float]
    depth_mm: float
    stretches: tuple[Stretch, ...]
    stopped_by: str = ""

    @property
    def tip_in(self) -> str:
        """The shape that holds the tip; at a bone that stopped it, the tissue just before."""
        return self.stretches[-1].shape if self.stretches else ""

    def length_in(self, shape: str) -> float:
        """How much of the path lies in a shape, mm."""
        return sum(s.length_mm for s in self.stretches if s.shape == shape)

    def punctures(self) -> tuple[str, ...]:
        """The shapes in the order in which they were first entered."""
        return tuple(dict.fromkeys(s.shape for s in self.stretches if s.shape))


def direction(tilt_deg: float) -> tuple[float, float]:
    """The unit vector of a needle: 0 degrees is straight in (+y), positive leans towards +x."""
    angle = math.radians(tilt_deg)
    return math.sin(angle), math.cos(angle)


def crossings(entry: tuple[float, float], way: tuple[float, float], length_mm: float, outline: Floats) -> Floats:
    """Every distance along a ray at which it meets an outline's edges, sorted, with the ends of edges that lie on it."""
    start = outline
    edge = np.roll(outline, -1, axis=0) - start
    offset_x, offset_y = start[:, 0] - entry[0], start[:, 1] - entry[1]
    turn = way[0] * edge[:, 1] - way[1] * edge[:, 0]
    aside = offset_x * way[1] - offset_y * way[0]
    parallel = np.abs(turn) < 1e-12
    safe = np.where(parallel, 1.0, turn)
    along = (offset_x * edge[:, 1] - offset_y * edge[:, 0]) / safe
    share = aside / safe
    met = ~parallel & (share >= -1e-12) & (share <= 1 + 1e-12)
    on_it = parallel & (np.abs(aside) < EPSILON_MM)
    ends = offset_x[on_it] * way[0] + offset_y[on_it] * way[1]
    others = ends + edge[on_it, 0] * way[0] + edge[on_it, 1] * way[1]
    found = np.concatenate([along[met], ends, others])
    return np.sort(found[(found > -EPSILON_MM) & (found < length_mm + EPSILON_MM)])


def inside(points: Floats, outline: Floats) -> NDArray[np.bool_]:
    """Which of some points (m, 2) lie inside an outline (n, 2), by the even-odd rule."""
    start, end = outline, np.roll(outline, -1, axis=0)
    x, y = points[:, 0, None], points[:, 1, None]
    spans = (start[:, 1] > y) != (end[:, 1] > y)
    height = np.where(end[:, 1] == start[:, 1], 1.0, end[:, 1] - start[:, 1])
    at = (end[:, 0] - start[:, 0]) * (y - start[:, 1]) / height + start[:, 0]
    return np.asarray(np.count_nonzero(spans & (x < at), axis=1) % 2 == 1)


def raster(outline: Floats, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Which points of a grid (rows y, columns x, both evenly rising) lie inside an outline, by the even-odd rule.

    Every edge that crosses a row turns inside and outside round for all columns right of it.
    """
    start, end = outline, np.roll(outline, -1, axis=0)
    spans = (start[None, :, 1] > y[:, None]) != (end[None, :, 1] > y[:, None])
    rows, edges = np.nonzero(spans)
    a, b = start[edges], end[edges]
    at = a[:, 0] + (y[rows] - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
    turns = np.zeros((len(y), len(x) + 1), dtype=np.int64)
    np.add.at(turns, (rows, np.searchsorted(x, at)), 1)
    return np.asarray(np.cumsum(turns, axis=1)[:, :-1] % 2 == 1)


def _may_meet(entry: XY, way: XY, length_mm: float, shape: Shape) -> bool:
    """Whether a ray of some length comes as near to a shape as its box: cheap, and never wrong in the negative."""
    left, top, right, bottom = shape.box
    x, y = entry[0] + way[0] * length_mm, entry[1] + way[1] * length_mm
    if max(entry[0], x) < left - 1 or min(entry[0], x) > right + 1 or max(entry[1], y) < top - 1 or min(entry[1], y) > bottom + 1:
        return False
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    sides = [way[0] * (cy - entry[1]) - way[1] * (cx - entry[0]) for cx, cy in corners]
    return min(sides) <= 1 and max(sides) >= -1


def owner_stretches(
    entry: tuple[float, float], way: tuple[float, float], length_mm: float, shapes: Sequence[Shape]
) -> tuple[Stretch, ...]:
    """Cut a ray of some length wherever its owner changes."""
    near = [(n, s) for n, s in enumerate(shapes) if _may_meet(entry, way, length_mm, s)]
    cuts = np.concatenate([np.array([0.0, length_mm]), *(crossings(entry, way, length_mm, s.outline) for _, s in near)])
    cuts = np.unique(np.clip(cuts, 0.0, length_mm))
    cuts = cuts[np.concatenate([[True], np.diff(cuts) > EPSILON_MM])]
    if len(cuts) < 2:
        return ()
    middles = (cuts[:-1] + cuts[1:]) / 2
    points = np.column_stack([entry[0] + way[0] * middles, entry[1] + way[1] * middles])
    owners = np.full(len(middles), -1)
    for number, shape in near:
        owners[inside(points, shape.outline)] = number
    found: list[Stretch] = []
    for number, start, end in zip(owners, cuts[:-1], cuts[1:], strict=True):
        name = shapes[number].id if number >= 0 else ""
        if found and found[-1].shape == name:
            found[-1] = Stretch(name, found[-1].start_mm, float(end))
        else:
            found.append(Stretch(name, float(start), float(end)))
    return tuple(found)


def trace(entry: tuple[float, float], tilt_deg: float, depth_mm: float, shapes: Sequence[Shape]) -> Path:
    """Follow a needle from its entry; it ends at `depth_mm` or at the first bone that stops it."""
    way, stopping = direction(tilt_deg), {s.id for s in shapes if s.stops_needle}
    kept: list[Stretch] = []
    for stretch in owner_stretches(entry, way, depth_mm + TOUCH_MM, shapes):
        if stretch.shape in stopping:
            return _path(entry, way, min(stretch.start_mm, depth_mm), kept, stretch.shape)
        if stretch.start_mm < depth_mm:
            kept.append(replace(stretch, end_mm=min(stretch.end_mm, depth_mm)))
    return _path(entry, way, depth_mm, kept, "")


def _path(entry: tuple[float, float], way: tuple[float, float], depth_mm: float, kept: list[Stretch], stopped_by: str) -> Path:
    tip = (entry[0] + way[0] * depth_mm, entry[1] + way[1] * depth_mm)
    return Path(entry, tip, depth_mm, tuple(kept), stopped_by)


def distance(a: tuple[float, float], b: tuple[float, float], outline: Floats) -> float:
    """The shortest distance, mm, between a segment and the line of an outline; 0 where they touch or cross."""
    start, end = outline, np.roll(outline, -1, axis=0)
    length = math.dist(a, b)
    if length > EPSILON_MM:
        way = ((b[0] - a[0]) / length, (b[1] - a[1]) / length)
        if len(crossings(a, way, length, outline)):
            return 0.0
    to_edges = min(_point_to_edges(a, start, end), _point_to_edges(b, start, end))
    return min(to_edges, _points_to_segment(outline, a, b))


def _point_to_edges(point: tuple[float, float], start: Floats, end: Floats) -> float:
    edge = end - start
    squared = np.maximum(edge[:, 0] ** 2 + edge[:, 1] ** 2, 1e-18)
    share = np.clip(((point[0] - start[:, 0]) * edge[:, 0] + (point[1] - start[:, 1]) * edge[:, 1]) / squared, 0.0, 1.0)
    x, y = start[:, 0] + share * edge[:, 0] - point[0], start[:, 1] + share * edge[:, 1] - point[1]
    return float(np.sqrt(np.min(x * x + y * y)))


def _points_to_segment(points: Floats, a: tuple[float, float], b: tuple[float, float]) -> float:
    edge = (b[0] - a[0], b[1] - a[1])
    squared = max(edge[0] ** 2 + edge[1] ** 2, 1e-18)
    share = np.clip(((points[:, 0] - a[0]) * edge[0] + (points[:, 1] - a[1]) * edge[1]) / squared, 0.0, 1.0)
    x, y = a[0] + share * edge[0] - points[:, 0], a[1] + share * edge[1] - points[:, 1]
    return float(np.sqrt(np.min(x * x + y * y)))


def nearest_points(a: XY, b: XY, outline: Floats) -> tuple[XY, XY]:
    """A point of the segment a–b and a point of an outline that are nearest to each other, for a dimension line."""
    shares = np.linspace(0.0, 1.0, 61)[:, None]
    on_path = np.array(a) * (1 - shares) + np.array(b) * shares
    start, end = outline, np.roll(outline, -1, axis=0)
    edge = end - start
    squared = np.maximum((edge**2).sum(axis=1), 1e-18)
    along = np.clip(((on_path[:, None, :] - start) * edge).sum(axis=2) / squared, 0.0, 1.0)
    there = start + along[:, :, None] * edge
    gaps = ((there - on_path[:, None, :]) ** 2).sum(axis=2)
    row, column = np.unravel_index(int(gaps.argmin()), gaps.shape)
    near, far = on_path[row], there[row, column]
    return (float(near[0]), float(near[1])), (float(far[0]), float(far[1]))


def margin(path: Path, shape: Shape) -> float:
    """The signed margin of a path to a shape, mm: its distance, or minus the length of the path inside what it owns.

    Both sides meet at 0 where the needle touches the outline, so the margin is continuous.
    """
    within = path.length_in(shape.id)
    if within > EPSILON_MM:
        return -within
    if inside(np.array([path.entry, path.tip]), shape.outline).any():
        return 0.0
    return distance(path.entry, path.tip, shape.outline)


def reserve(path: Path, tilt_deg: float, shapes: Sequence[Shape], hazards: frozenset[str]) -> float | None:
    """How much further along its line the needle could go before the first hazard; None if none lies ahead.

    A bone that stops the needle ends the look ahead: what lies behind it is not reached.
    """
    way = direction(tilt_deg)
    stopping = {s.id for s in shapes if s.stops_needle}
    for stretch in owner_stretches(path.tip, way, FAR_MM, shapes):
        if stretch.shape in hazards:
            return stretch.start_mm
        if stretch.shape in stopping:
            return None
    return None
