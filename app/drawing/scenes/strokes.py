"""Numbers and curves of a picture in millimetres: short, to a hundredth, without drift."""

from __future__ import annotations

import math
from collections.abc import Sequence

XY = tuple[float, float]


def number(value: float) -> str:
    """A number to a hundredth in as few characters as can be."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    if text in ("-0", ""):
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def numbers(*values: float) -> str:
    """Several numbers; a minus sign separates as well as a space does."""
    out = ""
    for value in values:
        text = number(value)
        out += text if not out or text.startswith("-") else f" {text}"
    return out


def element(name: str, body: str = "", /, **attributes: str | float) -> str:
    """An SVG element; `cls` stands for class, other names get hyphens for underscores, numbers are shortened."""
    words = {("class" if key == "cls" else key.replace("_", "-")): value for key, value in attributes.items()}
    said = "".join(f' {key}="{value if isinstance(value, str) else number(value)}"' for key, value in words.items())
    return f"<{name}{said}>{body}</{name}>" if body else f"<{name}{said}/>"


def curve(points: Sequence[XY], *, closed: bool = True) -> str:
    """A smooth line through every point (Catmull-Rom), the same that is scored to within a few hundredths of a millimetre.

    Each control point is the mirror image of the one before, so the short command for smooth curves carries the line.
    """
    n = len(points)
    hundredths = [(round(x, 2), round(y, 2)) for x, y in points]
    first, second = hundredths[0], hundredths[1 % n]
    before = hundredths[-1] if closed else first
    out = [f"M{numbers(*first)}"]
    hold = ((second[0] - before[0]) / 6, (second[1] - before[1]) / 6)
    for i in range(n if closed else n - 1):
        here, there = hundredths[i], hundredths[(i + 1) % n]
        after = hundredths[(i + 2) % n] if closed else hundredths[min(i + 2, n - 1)]
        step = (there[0] - here[0], there[1] - here[1])
        arrive = (step[0] - (after[0] - here[0]) / 6, step[1] - (after[1] - here[1]) / 6)
        out.append(f"c{numbers(*hold, *arrive, *step)}" if i == 0 else f"s{numbers(*arrive, *step)}")
    return "".join(out) + ("z" if closed else "")


def line(points: Sequence[XY], *, closed: bool = False) -> str:
    """Straight pieces from point to point."""
    out, at = f"M{numbers(*points[0])}", points[0]
    for point in points[1:]:
        out += f"l{numbers(round(point[0], 2) - round(at[0], 2), round(point[1], 2) - round(at[1], 2))}"
        at = point
    return out + ("z" if closed else "")


def grain(points: Sequence[XY]) -> int:
    """The direction of the longest axis to the nearest 15 degrees, for fibres to run along."""
    n = len(points)
    mx, my = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    xx = sum((x - mx) ** 2 for x, _ in points)
    yy = sum((y - my) ** 2 for _, y in points)
    xy = sum((x - mx) * (y - my) for x, y in points)
    return round(math.degrees(0.5 * math.atan2(2 * xy, xx - yy)) / 15) * 15
