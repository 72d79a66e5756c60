"""Pictures that templates ask for: scenes with what is laid over them, and trend lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from markupsafe import Markup

from app.domain.items import Presentation
from app.domain.items.views import DrawnNeedle, OtherBody, PlacementReview, PlaceReview
from app.domain.placement import Placement
from app.domain.scenes.picture import Picture
from app.drawing.scenes import DrawnScene, draw_scene, for_needle, for_place, for_placement, for_point, needle_on
from app.drawing.trend import trend_line
from app.web.numbers import decimal_number


def answered_scene(shown: Presentation, answer: Mapping[str, Any]) -> DrawnScene | None:
    """The picture of an item with the needle or point that was set; nothing in it tells how good that is."""
    if shown.picture is None:
        return None
    if shown.needle is not None:
        set_to = {name: decimal_number(answer.get(name)) for name in ("entry_mm", "tilt_deg", "depth_mm", "needle_mm")}
        return draw_scene(shown.picture, for_needle(shown.picture, needle_on(shown.picture, shown.needle, set_to)))
    point = answer.get("point") or ()
    x, y = (decimal_number(v) for v in point) if len(point) == 2 else (None, None)
    return draw_scene(shown.picture, for_point(None if x is None or y is None else (x, y)))


def reviewed_placement(found: PlacementReview) -> DrawnScene:
    """A placement after release."""
    return draw_scene(found.picture, for_placement(found))


def reviewed_place(found: PlaceReview) -> DrawnScene:
    """A hotspot after release."""
    return draw_scene(found.picture, for_place(found))


def other_body(found: OtherBody) -> DrawnScene:
    """The same needle in another build, without names."""
    return draw_scene(found.picture, for_needle(found.picture, found.needle), named=False)


def plain_scene(picture: Picture, needle: DrawnNeedle | None = None) -> DrawnScene:
    """A picture by itself, or with a needle."""
    return draw_scene(picture, for_needle(picture, needle) if needle else None)


def tried_needle(placed: Placement) -> DrawnNeedle:
    """A path that was tried out at the desk: no longer than it needs to be, and without a verdict."""
    path = placed.path
    return DrawnNeedle(path.entry, placed.needle.tilt_deg, path.depth_mm, path.depth_mm + 12.0, "placed")


def trend(before: Sequence[float], value: float) -> Markup:
    """The line of a vital sign."""
    return Markup(trend_line([*before, value]))


def clock_words(seconds: int) -> str:
    """A simulated time: `4 min`, `1 min 30 s`, `3 h`, `2 days`."""
    units = (("day", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    parts = []
    left = seconds
    for name, size in units:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}{'s' if name == 'day' and count > 1 else ''}")
    return " ".join(parts[:2]) or "0 min"


def register(app: Flask) -> None:
    """Bind what templates call."""
    app.jinja_env.globals.update(
        answered_scene=answered_scene, reviewed_placement=reviewed_placement, reviewed_place=reviewed_place, other_body=other_body,
        plain_scene=plain_scene, tried_needle=tried_needle, trend=trend,
    )  # fmt: skip
    app.jinja_env.filters.update(clock_words=clock_words)
