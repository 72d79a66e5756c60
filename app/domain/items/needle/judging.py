"""Judge a needle in a body: the criteria it meets, and what it must never have done."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.domain.geometry import EPSILON_MM
from app.domain.items.base import Finding, Mark, Variant
from app.domain.items.needle.content import EXCESS, NEEDLED, REASONS, Criterion, Measured, NeedlePlacement
from app.domain.placement import (
    MEASURES,
    MEASURES_FROM,
    NAMES,
    Needle,
    Placement,
    along_skin,
    before_bone,
    needle_excess_mm,
    place,
)
from app.domain.scenes import Body, body_of, limits_of, preset_values, spoken_names

HUNDREDTH = 0.01
"""A fold has no mm to vary: one mm of jitter is a hundredth of its scale."""
ROUNDING_MM = 1e-6
"""What the last digit of a computed length may be off at a bound."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One needle: the criteria it met, by their order, and its critical errors as (id, text)."""

    met: tuple[bool, ...]
    errors: tuple[tuple[str, str], ...]


def draw_body(content: NeedlePlacement, rng: random.Random) -> tuple[str, tuple[tuple[str, float], ...]]:
    """(preset, values): one build, jittered within its ranges, rounded to 0.5 mm (a fold: to a hundredth)."""
    build = rng.choice(content.variants.presets)
    fold = content.scene.scale is not None
    step, jitter = (HUNDREDTH, content.variants.jitter_mm * HUNDREDTH) if fold else (0.5, content.variants.jitter_mm)
    limits, drawn = limits_of(content.scene), {}
    for name, middle in sorted(preset_values(content.scene, build).items()):
        low, high = limits[name]
        value = round((middle + rng.uniform(-jitter, jitter)) / step) * step
        drawn[name] = round(min(high, max(low, value)), 4)
    return build, tuple(sorted(drawn.items()))


def body_in(content: NeedlePlacement, variant: Variant) -> Body:
    """The body that a variant shows."""
    return body_of(content.scene, variant.body)


def reference_mm(content: NeedlePlacement, body: Body) -> float:
    """Where the first landmark of the scene lies along the skin line, mm: entries are measured from it."""
    return along_skin(body, body.landmarks[content.scene.landmarks[0].id])


def needle_of(content: NeedlePlacement, body: Body, answer: Mapping[str, Any]) -> Needle:
    """The needle of a stored answer in a body."""
    along = reference_mm(content, body) + float(answer["entry_mm"])
    return Needle(along, float(answer["tilt_deg"]), float(answer["depth_mm"]), float(answer["needle_mm"]))


def quantity(content: NeedlePlacement, placed: Placement, asked: Measured) -> float:
    """The value of a quantity that is a number."""
    if asked.quantity == EXCESS:
        return needle_excess_mm(placed, content.shaft_outside_min_mm)
    if asked.quantity in MEASURES:
        return MEASURES[asked.quantity](placed)
    return MEASURES_FROM[asked.quantity](placed, asked.from_ or asked.to or "")


def meets(content: NeedlePlacement, placed: Placement, asked: Criterion) -> bool:
    """Whether a placement meets a criterion; bounds belong to the interval."""
    if asked.quantity in NAMES:
        same = NAMES[asked.quantity](placed) == asked.equals
        return same and (asked.within is None or before_bone(placed) == asked.within)
    value = quantity(content, placed, asked)
    above = asked.min is None or value >= asked.min - ROUNDING_MM
    return above and (asked.max is None or value <= asked.max + ROUNDING_MM)


def errors_of(content: NeedlePlacement, placed: Placement) -> tuple[tuple[str, str], ...]:
    """Every critical error: those the item lists, and any other hazard that the needle entered."""
    found = [(e.id, e.text) for e in content.critical_errors if _happened(content, placed, e)]
    body = placed.body
    told = {body.scene.structure(e.to).hazard for e in content.critical_errors if e.to and (e.id, e.text) in found}
    names = spoken_names(body.scene)
    told |= {None} if any(e.quantity == NEEDLED for e in content.critical_errors) else set()
    for structure in body.scene.structures:
        if structure.hazard is None or structure.hazard in told or placed.path.length_in(structure.id) <= EPSILON_MM:
            continue
        told.add(structure.hazard)
        found.append((structure.id, f"The needle entered: {names[structure.id]}."))
    return tuple(found)


def _happened(content: NeedlePlacement, placed: Placement, error: Any) -> bool:
    if error.quantity == NEEDLED:
        return True
    value = quantity(content, placed, error)
    return bool(value < error.below if error.below is not None else value > error.above)


def judge(content: NeedlePlacement, placed: Placement) -> Verdict:
    """Judge one needle in one body."""
    return Verdict(tuple(meets(content, placed, c) for c in content.criteria), errors_of(content, placed))


def mark_of(content: NeedlePlacement, body: Body, answer: Mapping[str, Any]) -> Mark:
    """The mark of a stored answer in a body."""
    if "decline" in answer:
        return _declined(content, str(answer["decline"]))
    placed = place(body, needle_of(content, body, answer))
    verdict = judge(content, placed)
    points = sum(c.points for c, met in zip(content.criteria, verdict.met, strict=True) if met)
    findings = tuple(
        Finding("right" if met else "wrong", _told(content, placed, c, met=met), c.id)
        for c, met in zip(content.criteria, verdict.met, strict=True)
    )
    errors = tuple(Finding("dangerous", text, name) for name, text in verdict.errors)
    return Mark(Fraction(points), content.points, errors, findings)


def _told(content: NeedlePlacement, placed: Placement, asked: Criterion, *, met: bool) -> str:
    return f"{what_is_asked(content, asked)}: {'met' if met else 'not met. ' + asked.else_}"


def what_is_asked(content: NeedlePlacement, asked: Criterion) -> str:
    """A criterion in words."""
    scene, names = content.scene, spoken_names(content.scene)
    if asked.quantity in NAMES:
        name = names[asked.equals or ""]
        through = f", reached through {names[asked.within]}" if asked.within else ""
        return (f"The needle ends on {name}" if asked.quantity == "first_bone" else f"The tip lies in {name}") + through
    unit = "°" if asked.quantity == "tilt_deg" else " mm"
    of = ""
    if asked.from_:
        of = f" from {scene.landmark(asked.from_).label}"
    elif asked.to:
        of = f" {'in' if asked.quantity == 'length_in_mm' else 'to'} {names[asked.to]}"
    return f"{WORDS[asked.quantity]}{of}, {_interval(asked, unit)}"


WORDS: dict[str, str] = {
    "tilt_deg": "Tilt", "depth_mm": "Depth", "needle_mm": "Needle length", "shaft_outside_mm": "Shaft outside the skin",
    "reserve_mm": "Reserve before the first hazard", "least_margin_mm": "Smallest margin to any hazard",
    "entry_dx_mm": "Entry across", "entry_along_mm": "Entry along the skin", "margin_mm": "Margin",
    "length_in_mm": "Length", EXCESS: "Needle longer than needed by",
}  # fmt: skip
"""The quantities in words."""


def _interval(asked: Criterion, unit: str) -> str:
    if asked.min is not None and asked.max is not None:
        return f"{asked.min:g} to {asked.max:g}{unit}"
    return f"at least {asked.min:g}{unit}" if asked.min is not None else f"at most {asked.max:g}{unit}"


def _declined(content: NeedlePlacement, reason: str) -> Mark:
    decline, most = content.decline, content.points
    if not decline.correct:
        return Mark(Fraction(0), most, (), (Finding("wrong", f"You declined. {decline.rationale}"),))
    if reason in decline.accepted:
        return Mark(Fraction(most), most, (), (Finding("right", decline.rationale),))
    words = f"Not needling was right, and the reason was another: {REASONS[decline.accepted[0]].lower()}. {decline.rationale}"
    return Mark(Fraction(most, 2), most, (), (Finding("wrong", words),))
