"""A small line of how a value moved; the numbers stand beside it."""

from __future__ import annotations

from collections.abc import Sequence

from app.drawing.scenes.strokes import element, line

WIDTH, HEIGHT = 60.0, 18.0


def trend_line(values: Sequence[float]) -> str:
    """The values from left to right between the least and the most of them; a level line where nothing moved."""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = WIDTH / max(1, len(values) - 1)
    points = [(n * step, HEIGHT - 2 - (value - low) / span * (HEIGHT - 4)) for n, value in enumerate(values)]
    if len(points) == 1 or low == high:
        points = [(0.0, HEIGHT / 2), (WIDTH, HEIGHT / 2)]
    last = points[-1]
    body = element("path", d=line(points)) + element("circle", cx=last[0], cy=last[1], r=2.2)
    return element("svg", body, cls="trend", viewBox=f"-3 0 {WIDTH + 6:g} {HEIGHT:g}", aria_hidden="true", focusable="false")
