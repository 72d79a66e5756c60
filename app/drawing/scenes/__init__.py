"""Draw a scene as SVG in millimetres, and what belongs beside it: the key of its numbers and the legend of its tissues.

The picture of a body is drawn once and kept; a needle, a point or places are laid over it. On a wide page the names stand in
the margins, outside the frame; on a narrow one numbered marks stand in the picture and the names in a list below. The style
sheet chooses by the room there is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import pairwise

import numpy as np

from app.domain.items.views import DrawnNeedle, NeedleTask, PlacementReview, PlaceReview
from app.domain.scenes.body import smooth
from app.domain.scenes.picture import Picture, Points
from app.drawing.scenes import labels, tissues
from app.drawing.scenes.needle import draw_accepted, draw_gaps, draw_needle, points_of
from app.drawing.scenes.room import room_of
from app.drawing.scenes.strokes import XY, curve, element, line, number, numbers

SCALE_MM = 20
__all__ = ["DrawnScene", "Layer", "draw_scene", "for_needle", "for_place", "for_placement", "for_point", "needle_on"]


@dataclass(frozen=True, slots=True)
class Layer:
    """Something laid over a picture, and how far above the frame it reaches, mm."""

    svg: str = ""
    above_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class DrawnScene:
    """A picture ready for a page. `key` are the names in the order of their numbers, `legend` the tissues in it."""

    svg: str
    key: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]
    edges: tuple[tuple[str, str], ...]
    title: str
    schematic: bool


@dataclass(frozen=True, slots=True)
class _Drawn:
    art: str
    names: str
    key: tuple[str, ...]


def draw_scene(picture: Picture, layer: Layer | None = None, named: bool = True) -> DrawnScene:
    """A picture with something laid over it; `named` is whether names and marks are drawn."""
    drawn = _drawn(picture)
    over = layer or Layer()
    (x0, x1), (y0, y1) = picture.x_mm, picture.y_mm
    top = y0 - max(0.0, over.above_mm)
    names = drawn.names if named else ""
    title = f"<title>{escape(picture.title)}</title><desc>{escape(_description(picture, drawn.key))}</desc>"
    svg = element(
        "svg", f"{title}{drawn.art}{over.svg}{names}{_scale(picture)}", cls=f"dn-scene is-{picture.kind}", role="img", data_top=top,
        viewBox=numbers(x0, top, x1 - x0, y1 + _foot(picture) - top), data_frame=f"{x0:g} {y0:g} {x1:g} {y1:g}",
    )  # fmt: skip
    return DrawnScene(svg, drawn.key if named else (), legend_of(picture), picture.edges, picture.title, picture.schematic)


def legend_of(picture: Picture) -> tuple[tuple[str, str], ...]:
    """(tissue, words) of what is seen, in the order of the legend."""
    used = {s.tissue for s in picture.shapes} | ({"skin"} if picture.skin else set())
    return tuple((name, words) for name, words in tissues.WORDS.items() if name in used)


def _description(picture: Picture, key: tuple[str, ...]) -> str:
    edges = ", ".join(f"{where} {words}" for where, words in picture.edges)
    seen = f" Seen: {', '.join(key)}." if key else f" Landmarks: {', '.join(m.label for m in picture.landmarks)}."
    note = " Schematic, not measured." if picture.schematic else ""
    return f"At the edges: {edges}.{seen}{note}"


@lru_cache(maxsize=256)
def _drawn(picture: Picture) -> _Drawn:
    uid = f"s{picture.key[:10]}"
    outlines = [smooth(np.array(s.vertices)) for s in picture.shapes]
    found = labels.numbered(labels.names_of(picture, room_of(picture, outlines))) if picture.shapes else []
    art = _art(picture, uid)
    key = tuple(n.text for n in found)
    narrow = f'<g class="names-key" aria-hidden="true">{labels.marks(picture, found)}</g>'
    wide = f'<g class="names-margin" aria-hidden="true">{labels.margin_names(picture, found)}</g>'
    return _Drawn(art, narrow + wide, key)


def _art(picture: Picture, uid: str) -> str:
    (x0, x1), (y0, y1) = picture.x_mm, picture.y_mm
    box = f'x="{number(x0)}" y="{number(y0)}" width="{number(x1 - x0)}" height="{number(y1 - y0)}" rx="2"'
    shapes = "".join(tissues.draw_shape(uid, n, s) for n, s in enumerate(picture.shapes))
    below = (
        f'<path id="{uid}-b" d="{_below(picture)}"/><clipPath id="{uid}-i"><use href="#{uid}-b"/></clipPath>'
        if picture.skin
        else ""
    )
    plain = "" if picture.shapes else f'<use class="body" href="#{uid}-b"/>'
    inside = f'<rect class="air" {box}/>{plain}{shapes}{_skin(picture, uid)}{_aids(picture)}{_landmarks(picture)}'
    return (
        f'<defs>{tissues.patterns(uid, picture.shapes)}<clipPath id="{uid}-f"><rect {box}/></clipPath>{below}</defs>'
        f'<g clip-path="url(#{uid}-f)">{inside}</g><rect class="frame" {box}/>'
    )


def _skin(picture: Picture, uid: str) -> str:
    """The skin lies inside the body; its outer edge is the line on which entries lie."""
    if not picture.skin:
        return ""
    d = line(picture.skin)
    return f'<g clip-path="url(#{uid}-i)"><path class="skin" d="{d}"/></g><path class="skin-line" d="{d}"/>'


def _below(picture: Picture) -> str:
    """The body as its outline alone shows it."""
    (x0, x1), (_, y1) = picture.x_mm, picture.y_mm
    first, last = picture.skin[0], picture.skin[-1]
    return line([(min(x0, first[0]), y1 + 5), *picture.skin, (max(x1, last[0]), y1 + 5)], closed=True)


def _aids(picture: Picture) -> str:
    return "".join(f'<path class="aid" d="{curve(aid)}"/>' for aid in picture.aids)


def _landmarks(picture: Picture) -> str:
    """A short line above the skin at each landmark of a slice; a ring on a surface."""
    out = ""
    for mark in picture.landmarks:
        x, y = mark.at
        shape = (
            f'<circle cx="{numbers(x)}" cy="{numbers(y)}" r="1.8"/>'
            if picture.kind == "surface"
            else f'<path d="M{numbers(x, y - 4.6)}V{numbers(y - 0.8)}m-1.1-1.4l1.1 1.6l1.1-1.6"/>'
        )
        out += f'<g class="landmark"><title>{escape(mark.label)}</title>{shape}</g>'
    return out


def _scale(picture: Picture) -> str:
    """A bar of 20 mm (of 50 on a wide view) under the frame."""
    (x0, x1), (_, y1) = picture.x_mm, picture.y_mm
    bar = SCALE_MM if x1 - x0 < 220 else 50
    size = (x1 - x0) / labels.LETTERS_ACROSS
    x, y = x0 + size, y1 + size * 1.7
    quarter = bar / 4
    steps = [(x + n * quarter, "bar alt" if n % 2 else "bar") for n in range(4)]
    ticks = "".join(element("path", cls=name, d=f"M{numbers(at, y)}h{number(quarter)}") for at, name in steps)
    text = element("text", f"{bar} mm", cls="note", font_size=size * 0.9, x=x + bar + size * 0.6, y=y + size * 0.32)
    return element("g", ticks + text, cls="scale")


def _foot(picture: Picture) -> float:
    """Room under the frame for the bar, mm."""
    return (picture.x_mm[1] - picture.x_mm[0]) / labels.LETTERS_ACROSS * 2.4


def needle_on(picture: Picture, task: NeedleTask, values: Mapping[str, float | None]) -> DrawnNeedle | None:
    """The needle of an answer that is being given; None until an entry is set. What is not set yet is drawn as nothing."""
    entry = values.get("entry_mm")
    if entry is None:
        return None
    depth, length = values.get("depth_mm") or 0.0, values.get("needle_mm") or max(task.lengths_mm)
    at = _along(picture.skin, task.from_mm + entry)
    return DrawnNeedle(at, values.get("tilt_deg") or 0.0, min(depth, length), length, "placed")


def _along(skin: Points, along_mm: float) -> XY:
    left = along_mm
    for a, b in pairwise(skin):
        piece = math.dist(a, b)
        if piece > 0 and left <= piece:
            share = max(0.0, left) / piece
            return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
        left -= piece
    return skin[-1]


def for_needle(picture: Picture, needle: DrawnNeedle | None) -> Layer:
    """The needle as it is set now, with room above the skin for its handle."""
    if needle is None:
        return Layer("", 24.0)
    return Layer(draw_needle(needle), _above(picture, needle))


def _above(picture: Picture, needle: DrawnNeedle) -> float:
    end = points_of(needle)[0]
    return max(24.0, picture.y_mm[0] - end[1] + 3)


def for_placement(found: PlacementReview) -> Layer:
    """A needle after release: the accepted one, the distances to hazards, and its own outcome."""
    accepted = draw_accepted(found.accepted, found.accepted_skin)
    own = draw_needle(found.needle) if found.needle else ""
    above = _above(found.picture, found.needle) if found.needle else 6.0
    return Layer(accepted + draw_gaps(found.gaps) + own, above)


def for_point(point: XY | None) -> Layer:
    """A point as it is set now."""
    if point is None:
        return Layer()
    return Layer(cross(point))


def cross(point: XY) -> str:
    """A cross in a ring, centred on a point."""
    body = '<circle class="halo" r="4.4"/><circle r="4.4"/><path d="M-7 0H-2M2 0H7M0-7V-2M0 2V7"/>'
    return element("g", body, cls="point", transform=f"translate({numbers(*point)})")


def for_place(found: PlaceReview) -> Layer:
    """The places of a hotspot after release, each with its letter's role, and the point."""
    marks = {"target": "M-2 .2L-.5 1.7L2.3-1.7", "danger": "M-1.7-1.7L1.7 1.7M1.7-1.7L-1.7 1.7", "other": "M-1.8 0H1.8"}
    out = ""
    for place in found.places:
        cx, cy = (sum(values) / len(values) for values in zip(*place.outline, strict=True))
        chosen = " is-chosen" if place.chosen else ""
        out += (
            f'<g class="zone is-{place.role}{chosen}"><path d="{line(place.outline, closed=True)}"/>'
            f'<g transform="translate({numbers(cx, cy)})"><circle r="4"/><path d="{marks[place.role]}"/></g></g>'
        )
    return Layer(out + (cross(found.point) if found.point else ""))
