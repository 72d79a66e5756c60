"""A needle in a picture, what it came near, and where it would have been accepted."""

from __future__ import annotations

import math

from app.domain.items.views import DrawnNeedle, Gap
from app.domain.scenes.picture import Points
from app.drawing.scenes.strokes import XY, element, line, numbers

HANDLE_MM = 15.0
MOST_GAPS = 3
FARTHEST_GAP_MM = 30.0
_MARKS = {"reached": "M-1.3 .1L-.3 1.1L1.5-1.1", "hazard": "M-1.1-1.1L1.1 1.1M1.1-1.1L-1.1 1.1", "short": "M-1.2 0H1.2"}


def points_of(needle: DrawnNeedle) -> tuple[XY, XY, XY, XY]:
    """End of the handle, hub, entry, tip."""
    angle = math.radians(needle.tilt_deg)
    way = (math.sin(angle), math.cos(angle))
    outside = needle.length_mm - needle.depth_mm
    x, y = needle.entry

    def at(along: float) -> XY:
        return x + way[0] * along, y + way[1] * along

    return at(-(outside + HANDLE_MM)), at(-outside), at(0.0), at(needle.depth_mm)


def draw_needle(needle: DrawnNeedle) -> str:
    """Handle and shaft in steel, the part inside in the colour of the outcome, and a mark that says the same."""
    end, hub, entry, tip = points_of(needle)
    badge = ""
    if needle.outcome in _MARKS:
        angle = math.radians(needle.tilt_deg)
        away = (tip[0] + 4.6 * math.cos(angle), tip[1] - 4.6 * math.sin(angle))
        badge = f'<g transform="translate({numbers(*away)})"><circle r="2.7"/><path d="{_MARKS[needle.outcome]}"/></g>'
    strokes = (("halo", end, tip), ("handle", end, hub), ("winding", end, hub), ("shaft", hub, entry), ("track", entry, tip))
    body = "".join(element("path", cls=name, d=line((a, b))) for name, a, b in strokes)
    body += element("circle", cls="entry", cx=entry[0], cy=entry[1], r=1)
    body += element("circle", cls="tip", cx=tip[0], cy=tip[1], r=0.8)
    return element("g", body + badge, cls=f"needle is-{needle.outcome}")


def draw_accepted(needle: DrawnNeedle | None, skin: Points) -> str:
    """An accepted path as a ghost, and the piece of skin from which entries are accepted."""
    out = f'<path class="accepted-skin" d="{line(skin)}"/>' if len(skin) > 1 else ""
    if needle is not None:
        _, _, entry, tip = points_of(needle)
        out += f'<path class="accepted" d="{line((entry, tip))}"/>'
    return out


def draw_gaps(gaps: tuple[Gap, ...]) -> str:
    """Dashed dimension lines to the nearest hazards, each with its millimetres."""
    out = ""
    for gap in [g for g in gaps if 0 < g.margin_mm <= FARTHEST_GAP_MM][:MOST_GAPS]:
        middle = ((gap.near[0] + gap.there[0]) / 2, (gap.near[1] + gap.there[1]) / 2)
        out += element("path", cls="dimension", d=line((gap.near, gap.there)))
        words = f"{gap.margin_mm:g} mm"
        out += element("text", words, cls="callout", font_size=3.4, text_anchor="middle", x=middle[0], y=middle[1] - 1)
    return out
