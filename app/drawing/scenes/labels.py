"""Names of a picture: in the margins on a wide page, as numbered marks with a key on a narrow one. Nothing overlaps.

On a wide page each name goes to the margin that its leader reaches with the least crossing of tissue; a margin that is
too full gives the cheapest ones to the other. In a margin touching names form blocks that stand centred on their dots,
and neighbours change places until no two leaders cross.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations, pairwise

from app.domain.scenes.picture import Picture
from app.drawing.scenes.room import Room
from app.drawing.scenes.strokes import XY, element, numbers

LINE_CHARACTERS = 24
LINE_HEIGHT = 1.22
BLOCK_AIR = 0.5
MARGIN_GAP = 2.2
"""From the frame to a name, in letters' heights."""
LETTERS_ACROSS = 42.0
"""So many letters' heights make the width of the frame on a wide page."""
UNDECIDED = 0.28
"""Of the frame's width: a name whose two ways differ by less goes to the emptier margin."""
MARKS_ACROSS = 30.0
"""So many marks' heights make the width of the frame on a narrow page."""


@dataclass(slots=True)
class Name:
    """One name: its dot, its margin (-1 left, 1 right), the height of its middle."""

    text: str
    dot: XY
    side: int = 1
    room: float = 9.0
    y: float = 0.0

    @property
    def lines(self) -> list[str]:
        """The name in lines."""
        return _lines(self.text)


def _lines(text: str) -> list[str]:
    """A name in lines of at most `LINE_CHARACTERS`, unless one word is longer."""
    found = [""]
    for word in text.split():
        if found[-1] and len(found[-1]) + len(word) >= LINE_CHARACTERS:
            found.append("")
        found[-1] = f"{found[-1]} {word}".strip()
    return found


def _lines_tall(text: str, size: float) -> float:
    return size * (LINE_HEIGHT * len(_lines(text)) + BLOCK_AIR)


@dataclass(frozen=True, slots=True)
class _Spots:
    text: str
    left: XY
    right: XY
    room: float


def names_of(picture: Picture, room: Room) -> list[Name]:
    """Every name with the margin that suits it best."""
    (x0, x1), (y0, y1) = picture.x_mm, picture.y_mm
    size = (x1 - x0) / LETTERS_ACROSS
    found: dict[str, _Spots] = {}
    for n, shape in enumerate(picture.shapes):
        text = shape.label or shape.twin
        spots = (room.spot(n, -1), room.spot(n, 1)) if text else (None, None)
        if spots[0] is None or spots[1] is None:
            continue
        known = found.get(text)
        left = min((known.left, spots[0])) if known else spots[0]
        right = max((known.right, spots[1])) if known else spots[1]
        found[text] = _Spots(text, left, right, max(room.of(n), known.room if known else 0.0))
    return _to_margins(list(found.values()), (x0, x1), y1 - y0, size)


def _to_margins(spots: Sequence[_Spots], x_mm: tuple[float, float], height: float, size: float) -> list[Name]:
    found = [_Sided(s, s.left[0] - x_mm[0], x_mm[1] - s.right[0]) for s in spots]
    near = UNDECIDED * (x_mm[1] - x_mm[0])
    chosen = {s: -1 if s.left <= s.right else 1 for s in found if s.regret > near}
    tall = {side: sum(_lines_tall(s.spots.text, size) for s, at in chosen.items() if at == side) for side in (-1, 1)}
    for s in sorted((s for s in found if s.regret <= near), key=lambda s: s.spots.left[1]):
        chosen[s] = -1 if tall[-1] <= tall[1] else 1
        tall[chosen[s]] += _lines_tall(s.spots.text, size)
    _relieve(chosen, tall, height, size)
    return [Name(s.spots.text, s.spots.left if side < 0 else s.spots.right, side, s.spots.room) for s, side in chosen.items()]


def _relieve(chosen: dict[_Sided, int], tall: dict[int, float], height: float, size: float) -> None:
    """A margin that is too full gives the names whose other way is least longer to the other margin."""
    for side in (-1, 1):
        for s in sorted((s for s, at in chosen.items() if at == side), key=lambda s: s.regret):
            words = _lines_tall(s.spots.text, size)
            if tall[side] <= height or tall[-side] + words > tall[side] - words:
                break
            chosen[s], tall[side], tall[-side] = -side, tall[side] - words, tall[-side] + words


@dataclass(frozen=True, slots=True)
class _Sided:
    """What it costs to bring a name to either margin: the way from its dot, mm."""

    spots: _Spots
    left: float
    right: float

    @property
    def regret(self) -> float:
        """How much further the other margin is."""
        return abs(self.left - self.right)


def _tall(names: Sequence[Name], size: float) -> float:
    return sum(_height(n, size) for n in names)


def _height(name: Name, size: float) -> float:
    return _lines_tall(name.text, size)


def spread(names: list[Name], edge: float, top: float, bottom: float, size: float) -> None:
    """Give each name of one margin its own place."""
    names.sort(key=lambda n: n.dot[1])
    for _ in range(40):
        _stack(names, top, bottom, size)
        for i, (a, b) in enumerate(pairwise(names)):
            if _cross((edge, a.y), a.dot, (edge, b.y), b.dot):
                names[i], names[i + 1] = b, a
                break
        else:
            return


def _stack(names: Sequence[Name], top: float, bottom: float, size: float) -> None:
    blocks: list[tuple[float, list[Name]]] = []
    for name in names:
        group = [name]
        start = _start(group, top, bottom, size)
        while blocks and blocks[-1][0] + _tall(blocks[-1][1], size) > start:
            group = blocks.pop()[1] + group
            start = _start(group, top, bottom, size)
        blocks.append((start, group))
    for start, group in blocks:
        at = start
        for name in group:
            name.y = at + _height(name, size) / 2
            at += _height(name, size)


def _start(group: Sequence[Name], top: float, bottom: float, size: float) -> float:
    tall = _tall(group, size)
    middle = sum(n.dot[1] for n in group) / len(group)
    return max(top, min(middle - tall / 2, bottom - tall))


def _cross(a: XY, b: XY, c: XY, d: XY) -> bool:
    def turn(p: XY, q: XY, r: XY) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0


def margin_names(picture: Picture, names: list[Name]) -> str:
    """The names of a wide page, beside the frame."""
    (x0, x1), (y0, y1) = picture.x_mm, picture.y_mm
    size = (x1 - x0) / LETTERS_ACROSS
    out = []
    for side, edge in ((-1, x0), (1, x1)):
        mine = [n for n in names if n.side == side]
        spread(mine, edge + side * size, y0, max(y1, y0 + _tall(mine, size)), size)
        for name in mine:
            leader = f'd="M{numbers(edge + side * size * (MARGIN_GAP - 0.6), name.y)}L{numbers(*name.dot)}"'
            out.append(f'<path class="leader-halo" {leader}/><path class="leader" {leader}/>{_dot(name.dot)}')
            out.append(_text(name, edge + side * size * MARGIN_GAP, size))
    return "".join(out)


def _dot(at: XY) -> str:
    return f'<circle class="dot" cx="{numbers(at[0])}" cy="{numbers(at[1])}" r=".8"/>'


def _text(name: Name, x: float, size: float) -> str:
    anchor = "end" if name.side < 0 else "start"
    first = name.y - size * (LINE_HEIGHT * len(name.lines) / 2 - 0.92)
    lines = "".join(
        f'<tspan x="{numbers(x)}" y="{numbers(first + n * size * LINE_HEIGHT)}">{escape(words)}</tspan>'
        for n, words in enumerate(name.lines)
    )
    return f'<text text-anchor="{anchor}" font-size="{numbers(size)}">{lines}</text>'


def numbered(names: Sequence[Name]) -> list[Name]:
    """The names in the order of their numbers: from the top down."""
    return sorted(names, key=lambda n: (round(n.dot[1]), n.dot[0]))


def marks(picture: Picture, names: Sequence[Name]) -> str:
    """Numbered marks that push each other apart, for a narrow page; the key stands below the picture as a list."""
    (x0, x1), (y0, y1) = picture.x_mm, picture.y_mm
    size = (x1 - x0) / MARKS_ACROSS
    r = size * 0.62
    spots = [_beside(n, r) for n in names]
    for _ in range(80):
        moved = [_push(a, b, 2.1 * r) for a, b in combinations(spots, 2)]
        for at in spots:
            at[0], at[1] = min(max(at[0], x0 + r), x1 - r), min(max(at[1], y0 + r), y1 - r)
        if not any(moved):
            break
    return "".join(_mark(n, name, (spot[0], spot[1]), r, size) for n, (name, spot) in enumerate(zip(names, spots, strict=True), 1))


def _beside(name: Name, r: float) -> list[float]:
    """Where a mark begins: on its dot, or beside a shape that it would cover."""
    x, y = name.dot
    return [x, y] if name.room > r else [x + name.side * 2.3 * r, y - 0.7 * r]


def _push(a: list[float], b: list[float], apart: float) -> bool:
    dx, dy = b[0] - a[0] or 0.01, b[1] - a[1] or 0.01
    gap = math.hypot(dx, dy)
    if gap >= apart - 0.01:
        return False
    ux, uy = dx / gap * (apart - gap) / 2, dy / gap * (apart - gap) / 2
    a[0], a[1], b[0], b[1] = a[0] - ux, a[1] - uy, b[0] + ux, b[1] + uy
    return True


def _mark(n: int, name: Name, at: XY, r: float, size: float) -> str:
    away = math.dist(at, name.dot) > r * 0.6
    leader = f'<path class="leader" d="M{numbers(*at)}L{numbers(*name.dot)}"/>{_dot(name.dot)}' if away else ""
    circle = element("circle", cx=at[0], cy=at[1], r=r)
    text = element("text", str(n), text_anchor="middle", font_size=size * 0.78, x=at[0], y=at[1] + size * 0.27)
    return leader + element("g", circle + text, cls="numbered")
