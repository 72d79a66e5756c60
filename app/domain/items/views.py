"""What a candidate may see of a needle, a patient or a place, and what is shown after release. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.domain.scenes.picture import Picture, Points


@dataclass(frozen=True, slots=True)
class NeedleTask:
    """What the instrument of a needle placement needs: lengths on offer, where entries are measured from, how far they reach.

    `from_mm` is where the landmark lies along the skin line; entries go from `least_mm` to `most_mm`, measured from there.
    """

    lengths_mm: tuple[int, ...]
    outside_mm: float
    landmark: str
    from_mm: float
    least_mm: float
    most_mm: float
    minus: str
    plus: str
    build: str
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One vital sign now, where it was before each step, and how it moved."""

    name: str
    label: str
    unit: str
    value: float
    before: tuple[float, ...]
    trend: str


@dataclass(frozen=True, slots=True)
class Offered:
    """An action that is possible now."""

    key: str
    label: str
    takes_s: int


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Something that was done, from when to when (seconds), and what was learned."""

    from_s: int
    to_s: int
    label: str
    told: str


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient at this moment of a case."""

    text: str
    time_s: int
    readings: tuple[Reading, ...]
    groups: tuple[tuple[str, tuple[Offered, ...]], ...]
    log: tuple[LogEntry, ...]
    taken: tuple[str, ...]
    """Display keys of what was done, in order: what the next save must extend."""
    ended: bool


@dataclass(frozen=True, slots=True)
class ReviewedPlace:
    """One candidate of a hotspot after release."""

    label: str
    role: Literal["target", "danger", "other"]
    outline: Points
    chosen: bool
    rationale: str


@dataclass(frozen=True, slots=True)
class PlaceReview:
    """A hotspot after release: its picture, every place, the point if one was set."""

    picture: Picture
    places: tuple[ReviewedPlace, ...]
    point: tuple[float, float] | None
    elsewhere: str


@dataclass(frozen=True, slots=True)
class Puncture:
    """A piece of the path in one structure."""

    label: str
    start_mm: float
    end_mm: float
    hazard: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """How far a path stayed from a hazard, mm; negative is how much of it went through."""

    label: str
    margin_mm: float
    wanted_mm: float
    near: tuple[float, float] = (0.0, 0.0)
    there: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class DrawnNeedle:
    """A needle in a picture, mm and degrees."""

    entry: tuple[float, float]
    tilt_deg: float
    depth_mm: float
    length_mm: float
    outcome: Literal["placed", "reached", "short", "hazard"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion and whether it was met."""

    text: str
    met: bool
    points: int


@dataclass(frozen=True, slots=True)
class OtherBody:
    """What the same needle does in another build."""

    build: str
    picture: Picture
    needle: DrawnNeedle
    words: str


@dataclass(frozen=True, slots=True)
class PlacementReview:
    """A needle placement after release."""

    picture: Picture
    needle: DrawnNeedle | None
    accepted: DrawnNeedle | None
    accepted_skin: Points
    punctures: tuple[Puncture, ...]
    gaps: tuple[Gap, ...]
    reserve_mm: float | None
    criteria: tuple[Judged, ...]
    others: tuple[OtherBody, ...]


@dataclass(frozen=True, slots=True)
class CourseStep:
    """One action of a case after release."""

    from_s: int
    to_s: int
    label: str
    phase: str
    points: int
    critical: bool
    why: str


@dataclass(frozen=True, slots=True)
class CourseReview:
    """A case after release: what was done and why it was right or not, what was missed, a course with the full mark."""

    steps: tuple[CourseStep, ...]
    missed: tuple[str, ...]
    ending: str
    best: tuple[str, ...]
    others: tuple[CourseStep, ...]
