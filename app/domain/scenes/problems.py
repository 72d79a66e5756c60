"""What makes a scene unsound although its file is well formed: overlaps nobody listed, tissue outside the skin, hidden hazards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product

import numpy as np

from app.domain.geometry import Floats, inside, raster
from app.domain.scenes.body import Body, build_body, limits_of, preset_values
from app.domain.scenes.scene import PRESETS, Scene

GRID_MM = 0.5
"""How fine the plane is looked at."""
OVERLAP_MM2 = 1.0
"""Outlines that share a border may cross by rounding; a larger overlap must be listed."""
ABOVE_SKIN_MM = 0.6
Finding = tuple[str, str]
"""(field, what is wrong and what to do)"""


def scene_problems(scene: Scene) -> list[Finding]:
    """Every fault of a scene, in the three bodies and at the corners of its ranges; each is named once."""
    found: dict[Finding, None] = dict.fromkeys(_bands_apart(scene))
    found |= dict.fromkeys(_outside_frame(build_body(scene, _as_drawn(scene))))
    for values in bodies_to_try(scene):
        body = build_body(scene, values)
        found |= dict.fromkeys([*_above_skin(body), *_covering(body)])
    return list(found)


def _as_drawn(scene: Scene) -> Mapping[str, float]:
    return {} if scene.kind == "surface" else preset_values(scene, "average")


def bodies_to_try(scene: Scene) -> list[Mapping[str, float]]:
    """The three presets and every corner of the ranges."""
    if scene.kind == "surface":
        return [{}]
    limits = limits_of(scene)
    corners = [dict(zip(limits, corner, strict=True)) for corner in product(*limits.values())]
    return [*(preset_values(scene, preset) for preset in PRESETS), *corners]


def _bands_apart(scene: Scene) -> Iterator[Finding]:
    bands = sorted((band.band, name) for name, band in scene.habitus.items())
    for (upper, first), (lower, second) in zip(bands, bands[1:], strict=False):
        if lower[0] < upper[1]:
            yield f"habitus.{second}.band", f"The bands {first} and {second} overlap: let one begin where the other ends."


def body_outline(body: Body) -> Floats:
    """The skin line closed far below: what lies in it lies in the body. Beside a slice the skin goes on level."""
    skin = body.skin
    deep = max(float(skin[:, 1].max()), body.scene.frame.y_mm[1]) + 500
    beside = 0.0 if body.scene.scale is not None else 200.0
    left, right = [skin[0, 0] - beside, skin[0, 1]], [skin[-1, 0] + beside, skin[-1, 1]]
    return np.concatenate([[left], skin, [right], [[right[0], deep], [left[0], deep]]])


def _above_skin(body: Body) -> Iterator[Finding]:
    if body.scene.kind == "surface":
        return
    outline = body_outline(body)
    low, high = outline[:, 0].min(), outline[:, 0].max()
    for number, placed in enumerate(body.placed):
        points = placed.vertices
        points = points[(points[:, 0] > low) & (points[:, 0] < high)]
        if len(points) and (~inside(points + np.array([0.0, ABOVE_SKIN_MM]), outline)).any():
            yield f"structures.{number}", "A part of it lies above the skin in some body: move it deeper."


def _outside_frame(body: Body) -> Iterator[Finding]:
    (x0, x1), (y0, _) = body.scene.frame.x_mm, body.scene.frame.y_mm
    for number, placed in enumerate(body.placed):
        v = placed.vertices
        if v[:, 0].max() < x0 or v[:, 0].min() > x1 or v[:, 1].max() < y0:
            yield f"structures.{number}", "It lies outside the frame and cannot be seen: move it or delete it."


def _covering(body: Body) -> Iterator[Finding]:
    """Overlaps that nobody listed; hazards that others cover whole, so that a needle through them would score as safe."""
    x, y = _grid(body)
    masks = [raster(placed.shape.outline, x, y) for placed in body.placed]
    listed = {frozenset(pair) for pair in body.scene.may_touch}
    for (n, first), (m, second) in combinations(enumerate(body.placed), 2):
        a, b = first.structure.id, second.structure.id
        shared = np.count_nonzero(masks[n] & masks[m]) * GRID_MM**2
        if shared > OVERLAP_MM2 and frozenset((a, b)) not in listed:
            yield f"structures.{m}", f"It overlaps {a}, which may_touch does not list: move it, or list the pair [{a}, {b}]."
    for number, placed in enumerate(body.placed):
        seen = masks[number].copy()
        for later in masks[number + 1 :]:
            seen &= ~later
        if placed.structure.hazard is not None and masks[number].any() and not seen.any():
            yield f"structures.{number}", "This hazard is covered whole by what is painted later: paint it later."


def _grid(body: Body) -> tuple[Floats, Floats]:
    outlines = np.concatenate([placed.shape.outline for placed in body.placed])
    low, high = outlines.min(axis=0), outlines.max(axis=0)
    return np.arange(low[0] + GRID_MM / 2, high[0], GRID_MM), np.arange(low[1] + GRID_MM / 2, high[1], GRID_MM)
