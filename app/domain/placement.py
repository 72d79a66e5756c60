"""What a needle in a body is measured by: the closed list of quantities that criteria and critical errors name.

All lengths are mm, all angles degrees. A margin is signed: negative means penetration. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from app.domain.errors import InvalidInput
from app.domain.geometry import Path, margin, reserve, trace
from app.domain.scenes import Body

MOST_TILT_DEG = 100.0
"""A fold is needled almost level; nothing points out of the body."""


@dataclass(frozen=True, slots=True)
class Needle:
    """What a practitioner sets: the entry along the skin line from its first point, the tilt, the depth, the needle's length."""

    along_mm: float
    tilt_deg: float
    depth_mm: float
    needle_mm: float


@dataclass(frozen=True, slots=True)
class Placement:
    """A needle in a body, traced once; every quantity is read from here."""

    body: Body
    needle: Needle
    path: Path


def skin_length(body: Body) -> float:
    """How long the skin line is, mm."""
    return float(np.hypot(*np.diff(body.skin, axis=0).T).sum())


def point_on_skin(body: Body, along_mm: float) -> tuple[float, float]:
    """The point of the skin line so far along it; raises InvalidInput beyond its ends."""
    if not 0 <= along_mm <= skin_length(body) + 1e-9:
        raise InvalidInput([("entry", "Enter on the skin line: this point lies beyond its end.")])
    left = along_mm
    for a, b in pairwise(body.skin):
        piece = float(np.hypot(*(b - a)))
        if left <= piece and piece > 0:
            found = a + (b - a) * (left / piece)
            return float(found[0]), float(found[1])
        left -= piece
    return float(body.skin[-1, 0]), float(body.skin[-1, 1])


def along_skin(body: Body, at: tuple[float, float]) -> float:
    """How far along the skin line the point nearest to `at` lies, mm."""
    start, edge = body.skin[:-1], np.diff(body.skin, axis=0)
    squared = np.maximum((edge**2).sum(axis=1), 1e-18)
    lengths = np.sqrt(squared)
    share = np.clip(((np.array(at) - start) * edge).sum(axis=1) / squared, 0.0, 1.0)
    gaps = ((start + share[:, None] * edge - np.array(at)) ** 2).sum(axis=1)
    nearest = int(gaps.argmin())
    return float(lengths[:nearest].sum() + share[nearest] * lengths[nearest])


def place(body: Body, needle: Needle) -> Placement:
    """Trace a needle in a body; raises InvalidInput where it cannot be set like that."""
    problems = []
    if not -MOST_TILT_DEG <= needle.tilt_deg <= MOST_TILT_DEG:
        problems.append(("tilt", f"Tilt between -{MOST_TILT_DEG:.0f} and {MOST_TILT_DEG:.0f} degrees."))
    if not 0 < needle.depth_mm <= needle.needle_mm:
        problems.append(("depth", "The depth is more than 0 and at most the needle's length."))
    if problems:
        raise InvalidInput(problems)
    entry = point_on_skin(body, needle.along_mm)
    return Placement(body, needle, trace(entry, needle.tilt_deg, needle.depth_mm, body.shapes))


def entry_dx_mm(placed: Placement, landmark: str) -> float:
    """The entry's distance from a landmark across the picture, positive towards +x."""
    return placed.path.entry[0] - placed.body.landmarks[landmark][0]


def entry_along_mm(placed: Placement, landmark: str) -> float:
    """The entry's distance from a landmark along the skin, positive in the direction of the skin line."""
    return placed.needle.along_mm - along_skin(placed.body, placed.body.landmarks[landmark])


def margin_mm(placed: Placement, structure: str) -> float:
    """The signed margin of the path to a structure."""
    return margin(placed.path, placed.body.shape(structure))


def least_margin_mm(placed: Placement) -> float:
    """The smallest margin to any hazard; infinite without one."""
    return min((margin_mm(placed, hazard) for hazard in placed.body.hazards), default=float("inf"))


def reserve_mm(placed: Placement) -> float:
    """How much further along its line before the first hazard; infinite if bone or nothing lies ahead."""
    found = reserve(placed.path, placed.needle.tilt_deg, placed.body.shapes, placed.body.hazards)
    return float("inf") if found is None else found


def needle_excess_mm(placed: Placement, shaft_outside_min_mm: float) -> float:
    """How much longer the needle is than what lies inside and the part that must stay outside."""
    return placed.needle.needle_mm - placed.path.depth_mm - shaft_outside_min_mm


def first_bone(placed: Placement) -> str:
    """The bone that ended the path; empty if none did."""
    return placed.path.stopped_by


def before_bone(placed: Placement) -> str:
    """The tissue that the tip rests in against that bone."""
    return placed.path.tip_in if placed.path.stopped_by else ""


MEASURES: dict[str, Callable[[Placement], float]] = {
    "tilt_deg": lambda p: p.needle.tilt_deg,
    "depth_mm": lambda p: p.path.depth_mm,
    "needle_mm": lambda p: p.needle.needle_mm,
    "shaft_outside_mm": lambda p: p.needle.needle_mm - p.path.depth_mm,
    "reserve_mm": reserve_mm,
    "least_margin_mm": least_margin_mm,
}
"""Quantities that name nothing else."""
MEASURES_FROM: dict[str, Callable[[Placement, str], float]] = {
    "entry_dx_mm": entry_dx_mm,
    "entry_along_mm": entry_along_mm,
    "margin_mm": margin_mm,
    "length_in_mm": lambda p, structure: p.path.length_in(structure),
}
"""Quantities of one landmark or one structure."""
NAMES: dict[str, Callable[[Placement], str]] = {
    "first_bone": first_bone,
    "tip_in": lambda p: p.path.tip_in,
}
"""Quantities whose value is a structure."""
