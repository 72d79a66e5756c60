"""What may be seen of a body: an allow-list of its geometry, without ids, hazards, margins or anything that scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.domain.canonical import digest
from app.domain.geometry import Floats
from app.domain.scenes.body import Body, build_body, preset_values
from app.domain.scenes.naming import twin_labels
from app.domain.scenes.scene import Scene

Display = Literal["section", "surface"]
Points = tuple[tuple[float, float], ...]
"""(x, y) in mm."""


@dataclass(frozen=True, slots=True)
class SeenShape:
    """One outline as it is painted: its tissue, its name if it has one, the vertices that a smooth curve passes through."""

    tissue: str
    label: str
    twin: str
    """The name of the same thing on the other side, where a pair is named once."""
    vertices: Points


@dataclass(frozen=True, slots=True)
class SeenLandmark:
    """A point that can be seen or felt, on the skin."""

    label: str
    at: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A body as it is drawn. `skin` is the very line on which entries lie, point by point; `key` names picture and values.

    In a surface display of a slice nothing under the skin is here: `shapes` is empty.
    """

    key: str
    title: str
    kind: str
    schematic: bool
    x_mm: tuple[float, float]
    y_mm: tuple[float, float]
    edges: tuple[tuple[str, str], ...]
    skin: Points
    landmarks: tuple[SeenLandmark, ...]
    shapes: tuple[SeenShape, ...]
    aids: tuple[Points, ...]

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Picture) and self.key == other.key


def picture_of(scene: Scene, values: Mapping[str, float], display: Display, *, named: bool = True) -> Picture:
    """The picture of one body of a scene, with or without names; kept, since the same scene and values give the same picture."""
    return _picture(scene, tuple(sorted(values.items())), display, named)


@lru_cache(maxsize=512)
def body_of(scene: Scene, values: tuple[tuple[str, float], ...]) -> Body:
    """The body of a scene with these values; kept."""
    return build_body(scene, dict(values))


def average_values(scene: Scene) -> dict[str, float]:
    """The values with which a scene looks as it was drawn; none for a surface."""
    return {} if scene.kind == "surface" else preset_values(scene, "average")


@lru_cache(maxsize=512)
def _picture(scene: Scene, values: tuple[tuple[str, float], ...], display: Display, named: bool) -> Picture:  # noqa: FBT001
    body = body_of(scene, values)
    shapes = _seen_shapes(body, named) if display == "section" or scene.kind == "surface" else ()
    facing = scene.orientation
    edges = (("top", facing.top), ("bottom", facing.bottom), ("left", facing.left), ("right", facing.right))
    skin = _points(body.skin)
    landmarks = tuple(SeenLandmark(m.label, _rounded(body.landmarks[m.id])) for m in scene.landmarks)
    aids = tuple(tuple((float(x), float(y)) for x, y in aid.polygon) for aid in scene.aids)
    top = min([scene.frame.y_mm[0], *(y - 3 for _, y in skin)])
    y_mm = (top, scene.frame.y_mm[1])
    seen = [scene.title, scene.kind, display, scene.frame.x_mm, y_mm, edges, skin, [[m.label, m.at] for m in landmarks], aids]
    key = digest([*seen, scene.basis, [[s.tissue, s.label, s.twin, s.vertices] for s in shapes]])
    return Picture(
        key, scene.title, scene.kind, scene.basis == "editorial", scene.frame.x_mm, y_mm, edges, skin, landmarks, shapes, aids
    )


def _seen_shapes(body: Body, named: bool) -> tuple[SeenShape, ...]:  # noqa: FBT001
    if not named:
        return tuple(SeenShape(p.structure.tissue, "", "", _points(p.vertices)) for p in body.placed)
    twins = twin_labels(body.scene)
    found = ((p.structure, _points(p.vertices)) for p in body.placed)
    return tuple(SeenShape(s.tissue, s.label or "", twins.get(s.id, ""), vertices) for s, vertices in found)


def _points(points: Floats) -> Points:
    return tuple(_rounded((x, y)) for x, y in points.tolist())


def _rounded(at: tuple[float, float]) -> tuple[float, float]:
    return round(at[0], 2), round(at[1], 2)
