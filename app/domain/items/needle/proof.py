"""The proof of a needle placement: the key holds, and every danger is seen, in fifty drawn bodies."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from app.domain.geometry import Floats, direction, inside, owner_stretches
from app.domain.items.base import Variant
from app.domain.items.needle.content import DangerousPath, NeedlePlacement, ProofPath
from app.domain.items.needle.judging import body_in, draw_body, judge, mark_of, needle_of, reference_mm
from app.domain.placement import along_skin, place, point_on_skin, skin_length
from app.domain.scenes import Body

BODIES = 50
STEP_MM = 0.5
"""Answers are given in half millimetres and whole degrees; a proof that fits only between them proves nothing."""
DEEPEST_MM = 200.0
Finding = tuple[str, str]


class Impossible(Exception):
    """A path of a proof cannot be set in some body; the words say why."""


def prove(content: NeedlePlacement, bodies: int = BODIES, seed: int = 1) -> list[Finding]:
    """Every fault of the proof over `bodies` drawn variants, each named once with the body in which it appeared."""
    found: dict[str, str] = {}
    rng = random.Random(seed)
    for _ in range(bodies):
        build, values = draw_body(content, rng)
        body = body_in(content, Variant((), build, values))
        for field, words in _faults(content, body):
            found.setdefault(field, f"{words}, in a body that is {build} ({_words(values)})")
    return list(found.items())


def _words(values: tuple[tuple[str, float], ...]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in values)


def _faults(content: NeedlePlacement, body: Body) -> Iterator[Finding]:
    try:
        mark = mark_of(content, body, answer_of(content, body, content.proof.full))
        if mark.critical_errors:
            yield "proof.full", f"the key is a critical error: {mark.critical_errors[0].text}"
        elif mark.points != content.points:
            short = "; ".join(f.text for f in mark.findings if f.kind != "right")
            yield "proof.full", f"the key scores {mark.points} of {content.points}: {short}"
    except Impossible as reason:
        yield "proof.full", str(reason)
    for n, path in enumerate(content.proof.dangerous):
        yield from _dangerous_faults(content, body, n, path)


def _dangerous_faults(content: NeedlePlacement, body: Body, n: int, path: DangerousPath) -> Iterator[Finding]:
    try:
        verdict = judge(content, place(body, needle_of(content, body, answer_of(content, body, path))))
        if path.error not in {name for name, _ in verdict.errors}:
            yield f"proof.dangerous.{n}", f"this path does not show the error {path.error}"
    except Impossible as reason:
        yield f"proof.dangerous.{n}", str(reason)


def answer_of(content: NeedlePlacement, body: Body, path: ProofPath) -> dict[str, Any]:
    """A path of the proof as an answer that a candidate could give; raises Impossible."""
    if path.decline is not None:
        return {"decline": path.decline}
    reference = reference_mm(content, body)
    entry_mm = _half(_entry_along(content, body, path) - reference)
    if not 0 <= reference + entry_mm <= skin_length(body):
        raise Impossible("the entry lies beyond the end of the skin line")
    entry = point_on_skin(body, reference + entry_mm)
    tilt = round(path.tilt_deg) if path.tilt_deg is not None else _tilt_to(entry, _aimed_at(body, path.aim or ""))
    depth = _up(_depth_of(body, entry, tilt, path))
    return {"entry_mm": entry_mm, "tilt_deg": tilt, "depth_mm": depth, "needle_mm": _needle(content, path, depth)}


def _half(value: float) -> float:
    return round(value / STEP_MM) * STEP_MM


def _up(value: float) -> float:
    return math.ceil(value / STEP_MM - 1e-9) * STEP_MM


def _entry_along(content: NeedlePlacement, body: Body, path: ProofPath) -> float:
    landmark = body.landmarks[path.from_ or content.scene.landmarks[0].id]
    if path.entry_along_mm is not None:
        return along_skin(body, landmark) + path.entry_along_mm
    x = landmark[0] + (path.entry_dx_mm or 0.0)
    skin = body.skin
    crossed = np.flatnonzero((skin[:-1, 0] <= x) & (skin[1:, 0] > x))
    if not len(crossed):
        raise Impossible("the entry lies beside the skin line")
    a, b = skin[crossed[0]], skin[crossed[0] + 1]
    share = (x - a[0]) / (b[0] - a[0])
    return along_skin(body, (x, float(a[1] + (b[1] - a[1]) * share)))


def _aimed_at(body: Body, name: str) -> tuple[float, float]:
    """The middle of what can be seen of a structure: of its outline's points that no later shape covers, the mean."""
    names = [p.structure.id for p in body.placed]
    outline = body.shape(name).outline
    later: list[Floats] = [p.shape.outline for p in body.placed[names.index(name) + 1 :]]
    middle = outline.mean(axis=0)
    if later and any(inside(middle[None, :], o)[0] for o in later):
        free = outline[~np.any([inside(outline, o) for o in later], axis=0)]
        middle = free.mean(axis=0) if len(free) else middle
    return float(middle[0]), float(middle[1])


def _tilt_to(entry: tuple[float, float], at: tuple[float, float]) -> int:
    return round(math.degrees(math.atan2(at[0] - entry[0], at[1] - entry[1])))


def _depth_of(body: Body, entry: tuple[float, float], tilt: float, path: ProofPath) -> float:
    if path.depth is not None and path.depth.mm is not None:
        return path.depth.mm
    wanted, by = (path.aim, path.past_mm or 0.0) if path.depth is None else (path.depth.until or path.depth.into, path.depth.by_mm)
    stretches = owner_stretches(entry, direction(tilt), DEEPEST_MM, body.shapes)
    start = next((s.start_mm for s in stretches if s.shape == wanted), None)
    if start is None:
        raise Impossible(f"the path does not meet {wanted}")
    return start + (by or 0.0)


def _needle(content: NeedlePlacement, path: ProofPath, depth: float) -> int:
    """The needle of a path; the key leaves the shaft outside that the item asks for, a dangerous path need not."""
    if path.needle != "shortest":
        return path.needle
    outside = content.shaft_outside_min_mm if path is content.proof.full else 0.0
    long_enough = [n for n in content.needles_mm if n >= depth + outside]
    if not long_enough:
        raise Impossible(f"no needle on offer reaches {depth:g} mm and leaves {outside:g} mm outside")
    return min(long_enough)
