"""The things the reference pack is made of: facts, groups, regions, complications, competencies, screening, sources."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.domain.strict import Slug, Strict

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Keys = Annotated[tuple[Slug, ...], Field(min_length=1)]
"""Source keys; every statement has at least one."""
Tier = Literal["standard", "elevated", "high", "restricted"]
TIER_ORDER: tuple[Tier, ...] = ("standard", "elevated", "high", "restricted")
Action = Literal["proceed-with-care", "modify", "defer", "refer", "not-today", "do-not-needle"]
Mode = Literal[
    "quiz", "scenario", "hotspot", "placement", "ordering", "matching", "numeric", "observed-procedure", "oral",
    "portfolio", "log",
]  # fmt: skip


Hazard = Literal["pneumothorax", "vascular", "neural", "spinal-cord", "organ", "infection", "other"]
"""What entering a structure does; the reference pack and the scenes speak of the same ones."""


class Fact(Strict):
    """One statement with its sources; `use: not-for-keys` may be shown with its reason and never decides an answer."""

    text: Text
    src: Keys
    use: Literal["not-for-keys"] | None = None
    use_reason: Text | None = None

    @model_validator(mode="after")
    def _reason(self) -> Fact:
        if (self.use is None) != (self.use_reason is None):
            raise ValueError("use and use_reason belong together: write both or neither")
        return self


class Group(Strict):
    """The unit of clearance."""

    id: Slug
    tier: Tier
    name: Text
    module: Slug | None
    default: Literal["on", "off"]
    regions: Annotated[tuple[Slug, ...], Field(min_length=1)]
    rationale: Text
    src: Keys


class BodyMap(Strict):
    """Where a region is drawn: percent of a whole-body figure (0 to 100); editorial."""

    view: Literal["front", "back", "both"]
    side: Literal["both", "midline"]
    area: Text
    anchors: tuple[tuple[Annotated[int, Field(ge=0, le=100)], Annotated[int, Field(ge=0, le=100)]], ...]


class StructureAtRisk(Strict):
    """What a needle may meet."""

    structure: Text
    hazard: Hazard
    facts: tuple[Fact, ...]


class Region(Strict):
    """A body region; `former_id` is its slug before a split."""

    id: Slug
    former_id: Slug | None = None
    name: Text
    body_map: BodyMap
    muscles: Annotated[tuple[Text, ...], Field(min_length=1)]
    group: Slug
    modules: tuple[Slug, ...] = ()
    risk_tier: Literal["standard", "elevated", "high"]
    tier_reason: Text
    structures_at_risk: tuple[StructureAtRisk, ...]
    safe_technique: tuple[Fact, ...]
    typical_errors: tuple[Fact, ...]
    early_signs: tuple[Fact, ...]
    evidence: Literal["good", "fair", "poor"]
    sources: tuple[Slug, ...]


class Recognition(Strict):
    """How a complication shows itself."""

    early: tuple[Fact, ...]
    late: tuple[Fact, ...]
    red_flags: tuple[Fact, ...]


class ResponseStep(Fact):
    """One step of the response; steps of the same number may run together."""

    n: Annotated[int, Field(ge=1, le=20)]


class Complication(Strict):
    """A complication and the response to it."""

    id: Slug
    name: Text
    definition: Fact
    incidence: tuple[Fact, ...]
    severity: Literal["mild", "moderate", "severe", "life-threatening"]
    onset: Fact
    recognition: Recognition
    response_steps: Annotated[tuple[ResponseStep, ...], Field(min_length=1)]
    critical_actions: tuple[Text, ...]
    critical_errors: tuple[Text, ...]
    document_report: Fact
    follow_up: Fact
    review: Fact | None = None
    sources: tuple[Slug, ...]


class Competency(Strict):
    """What a practitioner can do, and how it may be assessed."""

    id: Slug
    name: Text
    critical: bool
    modes: Annotated[tuple[Mode, ...], Field(min_length=1)]
    evidence: Text
    src: Keys


class CompetencyGroup(Strict):
    """Competencies that belong together."""

    group: Slug
    competencies: Annotated[tuple[Competency, ...], Field(min_length=1)]


class ObservedForm(Strict):
    """The rows of the observed-procedure form and what fails it at once."""

    rows: Annotated[tuple[Text, ...], Field(min_length=1)]
    auto_fail: Annotated[tuple[Text, ...], Field(min_length=1)]
    suggestion: Fact


class ScreeningRow(Strict):
    """One line of the screening before needling; `outcomes` lists every acceptable end of it."""

    id: Slug
    name: Text
    reason: Text
    action: Action
    outcomes: tuple[Action, ...] = ()
    scope: Literal["general", "region"]
    note: Text | None = None
    data: tuple[Fact, ...] = ()
    src: Keys

    @model_validator(mode="after")
    def _action_is_an_outcome(self) -> ScreeningRow:
        if self.outcomes and self.action not in self.outcomes:
            raise ValueError(f"outcomes leave out the row's own action: add {self.action}")
        return self


class Question(Strict):
    """A question that is asked, and the rows that a yes points to."""

    q: Text
    triggers: Annotated[tuple[Slug, ...], Field(min_length=1)]


class Screening(Strict):
    """The whole screening."""

    principles: tuple[Fact, ...]
    absolute: tuple[ScreeningRow, ...]
    relative: tuple[ScreeningRow, ...]
    precautions: tuple[ScreeningRow, ...]
    checks: tuple[ScreeningRow, ...]
    screening_questions: tuple[Question, ...]

    @property
    def rows(self) -> tuple[ScreeningRow, ...]:
        """Every row, the absolute ones first."""
        return (*self.absolute, *self.relative, *self.precautions, *self.checks)


class Source(Strict):
    """A source. `seen: false` was not read, so what rests on it alone is unverified; a null year is unknown."""

    authors: Text
    year: Annotated[int, Field(ge=1800, le=2100)] | None
    title: Text
    publisher: Text
    doi: Text | None = None
    url: Text | None = None
    seen: bool
    extent: Text | None = None
    secondhand: Text | None = None
    authority: Literal["high", "medium", "low"]
