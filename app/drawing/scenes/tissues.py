"""How each tissue looks: base, texture, inner rim, edge. Classes only; every colour stands in the style sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.domain.scenes.picture import SeenShape
from app.drawing.scenes.strokes import XY, curve, element, grain, numbers

WORDS = {
    "skin": "Skin", "fat": "Fat", "muscle": "Muscle", "bone": "Bone", "ligament": "Ligament, fascia", "nerve": "Nerve",
    "artery": "Artery", "vein": "Vein", "lung": "Lung", "pleura": "Pleura", "canal": "Spinal canal", "cord": "Spinal cord",
    "organ": "Organ", "relief": "Felt or seen under the skin",
}  # fmt: skip
"""The tissues that a legend names, in its order."""
TEXTURED = frozenset({"muscle", "fat", "bone", "lung", "organ", "ligament", "connective"})
RIMMED = frozenset({"muscle", "bone", "lung", "artery", "vein", "organ"})
_FIBRE = (
    '<path d="M0 .5Q3.5 .2 7 .5M1.5 1.45Q4 1.7 6 1.4M0 2.5Q1.6 2.25 3 2.5M4.4 2.4Q5.8 2.6 7 2.5M.8 3.5Q3.2 3.2 5.6 3.5"/>'
    '<path class="gap" d="M0 4.2Q3.5 3.95 7 4.2"/>'
)
_TILES: dict[str, tuple[float, float, int, str]] = {
    "fat": (4.6, 4, 0, '<path d="M0 1Q1.2-.2 2.3 1T4.6 1M-1.1 3Q0 1.8 1.15 3T3.45 3 5.75 3M2.3 1V1.9M1.1 3V4M3.5 3V4"/>'),
    "bone": (3, 2.6, 20, '<circle cx=".7" cy=".7" r=".32"/><circle cx="2.2" cy="1.9" r=".42"/><circle cx="2.1" cy=".4" r=".2"/>'),
    "lung": (
        2.4, 2.4, 15,
        '<circle cx=".6" cy=".6" r=".42"/><circle cx="1.8" cy="1.7" r=".5"/>'
        '<circle cx="1.9" cy=".5" r=".22"/><circle cx=".6" cy="1.9" r=".26"/>',
    ),
    "organ": (2.2, 2.2, 30, '<circle cx=".5" cy=".6" r=".16"/><circle cx="1.6" cy="1.7" r=".2"/>'),
    "ligament": (1.2, 4, 0, '<path d="M.3 0V4M.9 0Q1.05 2 .9 4"/>'),
    "connective": (9, 5, 0, '<path d="M0 1.2Q2.2 .2 4.5 1.2T9 1.2M0 3.8Q2.2 4.6 4.5 3.8T9 3.8"/>'),
}  # fmt: skip
_WING = [
    (0.0, -0.16),
    (0.2, -0.2),
    (0.34, -0.62),
    (0.46, -0.66),
    (0.46, -0.2),
    (0.6, 0.2),
    (0.52, 0.52),
    (0.3, 0.5),
    (0.16, 0.2),
    (0.0, 0.16),
]
_GREY = [*_WING, *((-x, y) for x, y in reversed(_WING[1:-1]))]


def patterns(uid: str, shapes: Sequence[SeenShape]) -> str:
    """The textures that these shapes need."""
    used = {s.tissue for s in shapes}
    grains = sorted({grain(s.vertices) for s in shapes if s.tissue == "muscle"})
    out = [_tile(f"{uid}-muscle{g}", "muscle", 7, 4.4, g, _FIBRE) for g in grains]
    out += [_tile(f"{uid}-{name}", name, *tile[:3], tile[3]) for name, tile in _TILES.items() if name in used]
    return "".join(out)


def _tile(name: str, tissue: str, width: float, height: float, turn: int, body: str) -> str:
    turned = {"patternTransform": f"rotate({turn})"} if turn else {}
    return element("pattern", body, id=name, cls=f"x-{tissue}", width=width, height=height, patternUnits="userSpaceOnUse", **turned)


def draw_shape(uid: str, n: int, shape: SeenShape) -> str:
    """One shape: what it is made of, then its edge."""
    me = f'href="#{uid}-{n}"'
    texture = f'<use class="texture" fill="url(#{uid}-{_texture(shape)})" {me}/>' if shape.tissue in TEXTURED else ""
    clip, rim = "", ""
    if shape.tissue in RIMMED:
        clip = f'<clipPath id="{uid}-c{n}"><use {me}/></clipPath>'
        rim = f'<use class="rim" clip-path="url(#{uid}-c{n})" {me}/>'
    return (
        f'<g class="t-{shape.tissue}"><defs><path id="{uid}-{n}" d="{curve(shape.vertices)}"/>{clip}</defs>'
        f'<use class="base" {me}/>{texture}{rim}{_inner(shape)}<use class="edge" {me}/></g>'
    )


def _texture(shape: SeenShape) -> str:
    return f"muscle{grain(shape.vertices)}" if shape.tissue == "muscle" else shape.tissue


def _inner(shape: SeenShape) -> str:
    """Fascicles of a nerve that is large enough to show them, grey matter of the cord."""
    xs, ys = [x for x, _ in shape.vertices], [y for _, y in shape.vertices]
    cx, cy = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    rx, ry = (max(xs) - min(xs)) / 2, (max(ys) - min(ys)) / 2
    if shape.tissue == "nerve" and min(rx, ry) > 0.9:
        return "".join(
            f'<circle class="fascicle" cx="{numbers(cx + x * rx)}" cy="{numbers(cy + y * ry)}" r="{numbers(min(rx, ry) * 0.21)}"/>'
            for x, y in _fascicles()
        )
    if shape.tissue == "cord":
        grey: list[XY] = [(cx + x * rx, cy + y * ry) for x, y in _GREY]
        return f'<path class="grey-matter" d="{curve(grey)}"/>'
    return ""


def _fascicles() -> list[XY]:
    ring = [i * math.tau / 6 for i in range(6)]
    return [(0.0, 0.0), *((0.56 * math.cos(a), 0.56 * math.sin(a)) for a in ring)]
