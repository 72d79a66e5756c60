"""Draw a body from the front and from the back, one link for each region.

A standing is told four times: by colour, by pattern, by a mark and in words. Colours stand in the style sheet alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

VIEWS = ("front", "back")
# Left, top, width, height of the figure in the units of the outlines, and the upright line it is symmetrical about.
BOX = {"front": (34.0, 84.0, 660.0, 1272.0), "back": (753.0, 84.0, 660.0, 1272.0)}
AXIS = {"front": 363.5, "back": 1083.0}
NAME_SIZE = 32
NAME_LINE = 34.0  # from one line of a name to the next
NAME_AIR = 12.0  # least space between two names
NAME_WIDTH = 13  # characters; a longer name breaks into two lines
NAME_GAP = 26.0  # from the figure's box to a name
MARK_RIM = 15.0  # as the style sheet enlarges the mark where names are shown

MapState = Literal["cleared", "expiring", "observer", "not-cleared", "unknown", "not-applicable"]
WORDS: dict[MapState, str] = {  # EXPIRING is a mark on CLEARED, so the words keep both
    "cleared": "Cleared",
    "expiring": "Cleared, expiring",
    "observer": "Only with an observer",
    "not-cleared": "Not cleared",
    "unknown": "Cannot confirm",
    "not-applicable": "Not offered here",
}
_ROUND = '<circle class="disc" r="11.5"/>'
_OCTAGON = '<path class="disc" d="M-4.8-11.5H4.8L11.5-4.8V4.8L4.8 11.5H-4.8L-11.5 4.8V-4.8Z"/>'
_DIAMOND = '<path class="disc" d="M0-14.5L14.5 0L0 14.5L-14.5 0Z"/>'
_MARKS: dict[MapState, str] = {
    "cleared": _ROUND + '<path d="M-5.5 .5L-1.8 4.4L5.6-4.2"/>',
    "expiring": _ROUND + '<path d="M0-6V.4L4.4 3"/>',
    "observer": _ROUND + '<path d="M-7.4 0Q0-8 7.4 0Q0 8-7.4 0Z"/><circle class="dot" r="2.2"/>',
    "not-cleared": _OCTAGON + '<path d="M-5.2 0H5.2"/>',
    "unknown": _DIAMOND + '<path d="M-3-2.8Q-2.8-5.8 .2-5.8Q3.2-5.6 3.1-3Q2.9-1 0 .6V2.2"/><circle class="dot" cy="5.8" r="1.2"/>',
    "not-applicable": '<circle class="disc" r="6"/>',
}
_TEXTURES: dict[MapState, str] = {
    "expiring": '<path d="M0 16L16 0M-2 2L2-2M14 18L18 14"/>',
    "observer": '<circle cx="4" cy="4" r="2.1"/><circle cx="12" cy="12" r="2.1"/>',
    "not-cleared": '<path d="M0 0L16 16M16 0L0 16"/>',
    "unknown": '<path d="M0 4H16M0 12H16"/>',
}


@dataclass(frozen=True, slots=True)
class _Answers:
    """What a region's link says and where it leads."""

    states: Mapping[str, MapState]
    names: Mapping[str, str]
    href_for: Callable[[str], str]


def render_body_map(
    outlines: Mapping[str, Any],
    spec: Mapping[str, Any],
    standings: Mapping[str, MapState],
    names: Mapping[str, str],
    href_for: Callable[[str], str],
    *,
    uid: str = "body-map",
) -> str:
    """The two views and their key as HTML; a region without a standing reads CANNOT CONFIRM.

    `outlines` are the vendored figure, `spec` our regions on it. `uid` keeps the ids of two maps on a page apart.
    """
    states: dict[str, MapState] = {r["id"]: standings.get(r["id"], "unknown") for r in spec["regions"]}
    answers = _Answers(states, names, href_for)
    figures = "".join(_figure(view, outlines, spec, answers, f"{uid}-{view}") for view in VIEWS)
    return f'<div class="body-map"><div class="views">{figures}</div>{_key(states, f"{uid}-front")}</div>'


def _figure(view: str, outlines: Mapping[str, Any], spec: Mapping[str, Any], answers: _Answers, scope: str) -> str:
    paths = [outline["d"] for outline in outlines["views"][view]]
    regions = [region for region in spec["regions"] if view in region["views"]]
    behind = [paths[i] for i in spec["context"][view]]
    behind += [paths[i] for r in regions if r["views"][view]["overlay"] for i in r["views"][view]["outlines"]]
    links = [_region(region, view, paths, answers, scope) for region in regions]
    title = _text(f"{scope}-title")
    box = " ".join(f"{edge:g}" for edge in BOX[view])
    return (
        f'<figure class="body-view"><svg class="figure" viewBox="{box}" role="group" aria-labelledby="{title}">'
        f'<title id="{title}">Body map, seen from the {view}</title>{_patterns(scope)}'
        f"{_path('silhouette', outlines['silhouette'][view])}"
        f"{''.join(_path('still', shape) for shape in behind)}{''.join(links)}"
        f"{_names(view, regions)}</svg><figcaption>{view.capitalize()}</figcaption></figure>"
    )


def _region(region: Mapping[str, Any], view: str, paths: list[str], answers: _Answers, scope: str) -> str:
    """A link over every patch of the region in this view, with its mark on one side."""
    part, state = region["views"][view], answers.states[region["id"]]
    patches = [overlay["d"] for overlay in part["overlay"]] or [paths[i] for i in part["outlines"]]
    shape = "".join(patches)
    words = _text(f"{answers.names.get(region['id'], region['short'])}: {WORDS[state]}")
    x, y = part["label"]
    kind = "overlay" if part["overlay"] else "muscle"
    href = _text(answers.href_for(region["id"]))
    return (
        f'<a class="region {kind} is-{state}" href="{href}" aria-label="{words}"><title>{words}</title>'
        f"{_path('hit', shape)}{_path('area', shape)}{_texture(state, scope, shape)}{_path('ring', shape)}"
        f'<g class="mark" transform="translate({x:g} {y:g})"><g class="glyph">{_MARKS[state]}</g></g></a>'
    )


def _path(kind: str, shape: str) -> str:
    return f'<path class="{kind}" d="{_text(shape)}"/>'


def _texture(state: MapState, scope: str, shape: str) -> str:
    if state not in _TEXTURES:
        return ""
    return f'<path class="texture" fill="url(#{_text(scope)}-{state})" d="{_text(shape)}"/>'


def _patterns(scope: str) -> str:
    tiles = (
        f'<pattern id="{_text(scope)}-{state}" class="tile-{state}" width="16" height="16" '
        f'patternUnits="userSpaceOnUse">{tile}</pattern>'
        for state, tile in _TEXTURES.items()
    )
    return f"<defs>{''.join(tiles)}</defs>"


def _names(view: str, regions: Sequence[Mapping[str, Any]]) -> str:
    """Short names at both sides with leader lines; the style sheet shows them where there is room."""
    from_the_top = sorted(regions, key=lambda r: float(r["views"][view]["label"][1]))
    left = _column(view, from_the_top[0::2], side=-1)
    right = _column(view, from_the_top[1::2], side=1)
    return f'<g class="names" aria-hidden="true">{left}{right}</g>'


def _column(view: str, regions: Sequence[Mapping[str, Any]], side: int) -> str:
    names = [_lines(region["short"]) for region in regions]
    marks = [(float(x), float(y)) for x, y in (region["views"][view]["label"] for region in regions)]
    heights = [len(lines) * NAME_LINE + NAME_AIR for lines in names]
    middles = _spread([y for _, y in marks], heights)
    return "".join(_name(view, *drawn, side) for drawn in zip(names, marks, middles, strict=True))


def _lines(words: str) -> list[str]:
    """One line, or two broken at the space or hyphen that makes the longer line shortest."""
    places = [i + 1 for i, letter in enumerate(words) if letter in " -"]
    if len(words) <= NAME_WIDTH or not places:
        return [words]
    at = min(places, key=lambda i: max(i, len(words) - i))
    return [words[:at].rstrip(), words[at:]]


def _spread(wishes: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Heights nearest to the wishes (least squares) at which blocks of these heights, in this order, do not overlap.

    Pooling adjacent violators: neighbours that would touch become one group around the mean of their wishes.
    """
    offsets = [sum(heights[:i]) + heights[i] / 2 for i in range(len(heights))]
    groups: list[list[float]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        groups.append([wish - offset])
        while len(groups) > 1 and _mean(groups[-2]) > _mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    bases = [_mean(group) for group in groups for _ in group]
    return [base + offset for base, offset in zip(bases, offsets, strict=True)]


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _name(view: str, lines: Sequence[str], mark: tuple[float, float], y: float, side: int) -> str:
    """A name centred on height y; its leader ends at the region's mark, or at the mark's twin on the name's side."""
    left, _, width, _ = BOX[view]
    x, at = mark
    edge = left - NAME_GAP if side < 0 else left + width + NAME_GAP
    own_side = (x <= AXIS[view]) == (side < 0)
    tip = x + side * MARK_RIM if own_side else 2 * AXIS[view] - x
    pin = "" if own_side else f'<circle class="pin" cx="{tip:g}" cy="{at:g}" r="4"/>'
    first = y + NAME_SIZE * 0.35 - (len(lines) - 1) * NAME_LINE / 2
    words = "".join(
        f'<tspan x="{edge + side * 8:g}" y="{first + i * NAME_LINE:.1f}">{_text(line)}</tspan>' for i, line in enumerate(lines)
    )
    return (
        f'<path class="leader" d="M{edge:g} {y:.1f}H{edge - side * 28:g}L{tip:g} {at:g}"/>{pin}'
        f'<text font-size="{NAME_SIZE}" text-anchor="{"end" if side < 0 else "start"}">{words}</text>'
    )


def _key(states: Mapping[str, MapState], scope: str) -> str:
    """What the marks mean, and how many regions carry each."""
    counts = Counter(states.values())
    return f'<ul class="map-key">{"".join(_key_row(state, counts[state], scope) for state in WORDS)}</ul>'


def _key_row(state: MapState, count: int, scope: str) -> str:
    square = 'x="-16" y="-16" width="32" height="32" rx="6"'
    fill = f'<rect class="texture" fill="url(#{_text(scope)}-{state})" {square}/>' if state in _TEXTURES else ""
    return (
        f'<li><svg class="swatch" viewBox="-17 -17 34 34" aria-hidden="true" focusable="false">'
        f'<g class="region is-{state}"><rect class="area" {square}/>{fill}<g class="mark">{_MARKS[state]}</g></g></svg>'
        f'<span>{WORDS[state]} <span class="count">{count}</span></span></li>'
    )


def _text(words: str) -> str:
    """Safe inside an element and inside a quoted attribute; control characters, which XML forbids, are dropped."""
    return escape("".join(c for c in words if c.isprintable()), quote=True)
