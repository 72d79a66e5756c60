"""One body of a scene: its outlines after the thickness of its bands was chosen, in paint order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.domain.geometry import Floats, Shape
from app.domain.scenes.scene import Preset, Scale, Scene, Structure

CURVE_STEPS = 4
"""Into how many straight pieces each edge of an outline is cut: the picture's curve and the scored line are the same."""
ELLIPSE_POINTS = 36


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """One structure in a body: the vertices of its data, and the line that is drawn and scored."""

    structure: Structure
    vertices: Floats
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A scene as one person: everything in mm after the habitus was applied."""

    scene: Scene
    values: Mapping[str, float]
    skin: Floats
    placed: tuple[Placed, ...]
    landmarks: Mapping[str, tuple[float, float]]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The outlines in paint order."""
        return tuple(p.shape for p in self.placed)

    def shape(self, name: str) -> Shape:
        """One outline."""
        return next(p.shape for p in self.placed if p.structure.id == name)

    @property
    def hazards(self) -> frozenset[str]:
        """The ids of the structures that must not be entered."""
        return frozenset(p.structure.id for p in self.placed if p.structure.hazard)


def preset_values(scene: Scene, preset: Preset) -> dict[str, float]:
    """The parameters of one of the three bodies: band name → thickness, mm, or `scale` → factor."""
    if scene.scale is not None:
        return {"scale": float(getattr(scene.scale.presets, preset))}
    return {name: float(getattr(band.presets, preset)) for name, band in scene.habitus.items()}


def limits_of(scene: Scene) -> dict[str, tuple[float, float]]:
    """The range of each parameter."""
    if scene.scale is not None:
        return {"scale": scene.scale.range}
    return {name: band.range for name, band in scene.habitus.items()}


def build_body(scene: Scene, values: Mapping[str, float]) -> Body:
    """Apply the parameters to every outline, the skin and the landmarks."""
    placed = tuple(_placed(scene, structure, values) for structure in scene.structures)
    skin = smooth(_moved(scene, np.array(scene.skin, dtype=float), values), closed=False) if scene.skin else np.empty((0, 2))
    landmarks = {m.id: _point(scene, m.at, values) for m in scene.landmarks}
    return Body(scene, dict(values), skin, placed, landmarks)


def _point(scene: Scene, at: tuple[float, float], values: Mapping[str, float]) -> tuple[float, float]:
    moved = _moved(scene, np.array([at], dtype=float), values)
    return float(moved[0, 0]), float(moved[0, 1])


def _placed(scene: Scene, structure: Structure, values: Mapping[str, float]) -> Placed:
    drawn = vertices_of(structure)
    if structure.rigid:
        middle = (drawn[:, 0].min() + drawn[:, 0].max()) / 2
        anchor_y = (drawn[:, 1].min() + drawn[:, 1].max()) / 2 if scene.scale is not None else drawn[:, 1].min()
        to = _point(scene, (float(middle), float(anchor_y)), values)
        vertices = drawn + np.array([to[0] - middle, to[1] - anchor_y])
    else:
        vertices = _moved(scene, drawn, values)
    return Placed(structure, vertices, Shape(structure.id, smooth(vertices), structure.stops_needle))


def vertices_of(structure: Structure) -> Floats:
    """The outline as the file gives it, (n, 2) in mm; an ellipse becomes 36 points."""
    if structure.ellipse is not None:
        e = structure.ellipse
        turn = np.arange(ELLIPSE_POINTS) * (math.tau / ELLIPSE_POINTS)
        return np.column_stack([e.cx + e.rx * np.cos(turn), e.cy + e.ry * np.sin(turn)])
    return np.array(structure.polygon, dtype=float)


def _moved(scene: Scene, points: Floats, values: Mapping[str, float]) -> Floats:
    """A monotone map of depth below the skin line, or the growth of a fold: the order of tissues cannot break."""
    return _grown_fold(scene.scale, points, values["scale"]) if scene.scale is not None else _thickened(scene, points, values)


def _thickened(scene: Scene, points: Floats, values: Mapping[str, float]) -> Floats:
    """Bands of depth, measured straight down from the skin line, grow and shrink; what lies deeper shifts with them."""
    if not scene.habitus:
        return points
    skin = np.array(scene.skin, dtype=float)
    depth = points[:, 1] - np.interp(points[:, 0], skin[:, 0], skin[:, 1])
    moved = points[:, 1].copy()
    for name, band in scene.habitus.items():
        low, high = band.band
        share = np.clip((np.minimum(depth, high) - low) / (high - low), 0.0, 1.0)
        moved += share * (values[name] - (high - low))
    found: Floats = np.column_stack([points[:, 0], moved])
    return found


def _grown_fold(scale: Scale, points: Floats, factor: float) -> Floats:
    """A lifted fold grows away from its anchor and in width towards its crest; below the anchor nothing moves."""
    x, y = scale.about
    up = np.maximum(y - points[:, 1], 0.0)
    wide = 1 + (factor - 1) * np.clip(up / scale.height_mm, 0.0, 1.0)
    found: Floats = np.column_stack([x + (points[:, 0] - x) * wide, points[:, 1] - up * (factor - 1)])
    return found


def smooth(vertices: Floats, *, closed: bool = True) -> Floats:
    """The curve through every vertex (Catmull-Rom as cubic Béziers), cut into short straight pieces."""
    if closed:
        before, after, second = np.roll(vertices, 1, 0), np.roll(vertices, -1, 0), np.roll(vertices, -2, 0)
        first = vertices
    else:
        padded = np.concatenate([vertices[:1], vertices, vertices[-1:]])
        before, first, after, second = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    hold_a, hold_b = first + (after - before) / 6, after - (second - first) / 6
    steps = np.arange(CURVE_STEPS)[:, None, None] / CURVE_STEPS
    rest = 1 - steps
    curve = rest**3 * first + 3 * rest**2 * steps * hold_a + 3 * rest * steps**2 * hold_b + steps**3 * after
    points: Floats = curve.transpose(1, 0, 2).reshape(-1, 2)
    return points if closed else np.concatenate([points, vertices[-1:]])
