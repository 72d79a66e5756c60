"""The clinical reference pack: groups, regions, complications, competencies, screening, sources. An educational draft."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.domain.errors import InvalidInput, NotFound

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
T = TypeVar("T")
Tier = Literal["standard", "elevated", "high", "restricted"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Fact(_Strict):
    """One statement with its source keys; `use: not-for-keys` may be shown with its reason and never decides an answer."""

    text: Text
    src: Annotated[tuple[Slug, ...], Field(min_length=1)]
    use: Literal["not-for-keys"] | None = None
    use_reason: str | None = None

    @model_validator(mode="after")
    def _reason(self) -> Fact:
        if (self.use is None) != (self.use_reason is None):
            raise ValueError("use: not-for-keys needs its use_reason, and the other way round")
        return self


class Group(_Strict):
    """The unit of clearance."""

    id: Slug
    tier: Tier
    name: Text
    module: Slug | None
    default: Literal["on", "off"]
    regions: Annotated[tuple[Slug, ...], Field(min_length=1)]
    rationale: Text
    src: tuple[Slug, ...]


class BodyMap(_Strict):
    """Where a region is drawn: percent of a whole-body figure; editorial."""

    view: Literal["front", "back", "both"]
    side: Literal["both", "midline"]
    area: Text
    anchors: tuple[tuple[int, int], ...]


class StructureAtRisk(_Strict):
    """What a needle may meet."""

    structure: Text
    hazard: Literal["pneumothorax", "vascular", "neural", "spinal-cord", "organ", "infection", "other"]
    facts: tuple[Fact, ...]


class Region(_Strict):
    """A body region."""

    id: Slug
    former_id: Slug | None = None
    name: Text
    body_map: BodyMap
    muscles: tuple[Text, ...]
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


class Recognition(_Strict):
    """How a complication shows itself."""

    early: tuple[Fact, ...]
    late: tuple[Fact, ...]
    red_flags: tuple[Fact, ...]


class ResponseStep(Fact):
    """One step of the response; steps of the same number may run together."""

    n: Annotated[int, Field(ge=1, le=20)]


class Complication(_Strict):
    """A complication and the response to it."""

    id: Slug
    name: Text
    definition: Fact
    incidence: tuple[Fact, ...]
    severity: Literal["mild", "moderate", "severe", "life-threatening"]
    onset: Fact
    recognition: Recognition
    response_steps: tuple[ResponseStep, ...]
    critical_actions: tuple[Text, ...]
    critical_errors: tuple[Text, ...]
    document_report: Fact
    follow_up: Fact
    review: Fact | None = None
    sources: tuple[Slug, ...]


class Competency(_Strict):
    """What a practitioner can do."""

    id: Slug
    name: Text
    critical: bool
    modes: Annotated[tuple[Slug, ...], Field(min_length=1)]
    evidence: Text
    src: tuple[Slug, ...]


class CompetencyGroup(_Strict):
    """Competencies that belong together."""

    group: Slug
    competencies: tuple[Competency, ...]


class ObservedForm(_Strict):
    """The rows of the observed-procedure form and what fails it at once."""

    rows: Annotated[tuple[Text, ...], Field(min_length=1)]
    auto_fail: Annotated[tuple[Text, ...], Field(min_length=1)]
    suggestion: Fact


class ScreeningRow(_Strict):
    """One line of the screening before needling."""

    id: Slug
    name: Text
    reason: Text
    action: Literal["proceed-with-care", "modify", "defer", "refer", "not-today", "do-not-needle"]
    outcomes: tuple[str, ...] = ()
    scope: Literal["general", "region"]
    note: Text | None = None
    data: tuple[Fact, ...] = ()
    src: tuple[Slug, ...]


class Question(_Strict):
    """A question that is asked, and the rows that a yes points to."""

    q: Text
    triggers: tuple[Slug, ...]


class Screening(_Strict):
    """The whole screening."""

    principles: tuple[Fact, ...]
    absolute: tuple[ScreeningRow, ...]
    relative: tuple[ScreeningRow, ...]
    precautions: tuple[ScreeningRow, ...]
    checks: tuple[ScreeningRow, ...]
    screening_questions: tuple[Question, ...]


class Source(_Strict):
    """A source; `seen: false` was not read, and what rests on it is unverified."""

    authors: str | None = None
    year: int | None = None
    title: str | None = None
    publisher: str | None = None
    doi: str | None = None
    url: str | None = None
    seen: bool
    extent: str | None = None
    secondhand: str | None = None
    authority: Literal["high", "medium", "low"] | None = None
    note: str | None = None


class Catalogue(_Strict):
    """Everything, cross-checked."""

    groups: tuple[Group, ...]
    general_rules: tuple[Fact, ...]
    regions: tuple[Region, ...]
    severity_scheme: tuple[Fact, ...]
    complications: tuple[Complication, ...]
    competency_groups: tuple[CompetencyGroup, ...]
    background: tuple[Fact, ...]
    observed_procedure_form: ObservedForm
    screening: Screening
    sources: dict[str, Source]

    @cached_property
    def _regions(self) -> dict[str, Region]:
        return {r.id: r for r in self.regions}

    @cached_property
    def _groups(self) -> dict[str, Group]:
        return {g.id: g for g in self.groups}

    @cached_property
    def _competencies(self) -> dict[str, Competency]:
        return {c.id: c for g in self.competency_groups for c in g.competencies}

    @cached_property
    def names(self) -> dict[str, str]:
        """Slug → name of every group, region, complication and competency."""
        found = {g.id: g.name for g in self.groups} | {c.id: c.name for c in self.complications}
        return found | {c.id: c.name for c in self._competencies.values()} | {r.id: r.name for r in self.regions}

    @cached_property
    def regions_by_group(self) -> dict[str, tuple[str, ...]]:
        """Group → its regions."""
        return {g.id: g.regions for g in self.groups}

    @cached_property
    def critical_competencies(self) -> tuple[str, ...]:
        """The competencies without which nobody is cleared."""
        return tuple(c.id for c in self._competencies.values() if c.critical)

    @cached_property
    def high_tier_regions(self) -> tuple[str, ...]:
        """Regions whose group is high-tier."""
        return tuple(r for g in self.groups if g.tier == "high" for r in g.regions)

    @property
    def form_rows(self) -> tuple[str, ...]:
        """The rows of the observed-procedure form."""
        return self.observed_procedure_form.rows

    @property
    def auto_fail(self) -> tuple[str, ...]:
        """What fails an observed procedure at once."""
        return self.observed_procedure_form.auto_fail

    def find_region(self, slug: str) -> Region | None:
        """A region or None."""
        return self._regions.get(slug)

    def get_region(self, slug: str) -> Region:
        """A region; raises NotFound."""
        return _get(self._regions, slug, "region")

    def find_group(self, slug: str) -> Group | None:
        """A group or None."""
        return self._groups.get(slug)

    def get_group(self, slug: str) -> Group:
        """A group; raises NotFound."""
        return _get(self._groups, slug, "group")

    def group_of(self, region: str) -> Group:
        """The group of a region; raises NotFound."""
        return self.get_group(self.get_region(region).group)

    def regions_of(self, group: str) -> tuple[str, ...]:
        """The regions of a group; raises NotFound."""
        return self.get_group(group).regions

    def find_competency(self, slug: str) -> Competency | None:
        """A competency or None."""
        return self._competencies.get(slug)


def _get(found: dict[str, T], slug: str, what: str) -> T:
    if slug not in found:
        raise NotFound(f"There is no {what} {slug!r}.")
    return found[slug]


def parse_catalogue(data: object) -> Catalogue:
    """Check the pack; raises InvalidInput with every problem and its path, unknown sources and members included."""
    try:
        catalogue = Catalogue.model_validate(_tuples(data))
    except ValidationError as error:
        raise InvalidInput(
            (".".join(map(str, e["loc"])), str(e["msg"]).removeprefix("Value error, "))
            for e in error.errors(include_url=False)
        ) from None
    problems = list(_cross_references(catalogue))
    if problems:
        raise InvalidInput(problems)
    return catalogue


def catalogue_json(catalogue: Catalogue) -> dict[str, Any]:
    """The pack as plain JSON; `parse_catalogue` reads it back."""
    body: dict[str, Any] = catalogue.model_dump(mode="json", exclude_defaults=True)
    return body


def _cross_references(catalogue: Catalogue) -> Iterable[tuple[str, str]]:
    members = {r: g.id for g in catalogue.groups for r in g.regions}
    for n, region in enumerate(catalogue.regions):
        if members.get(region.id) != region.group:
            yield (
                f"regions.{n}.group",
                f"{region.id} names group {region.group}, whose list does not hold it: mend one of the two",
            )
    for slug in members:
        if catalogue.find_region(slug) is None:
            yield "groups", f"region {slug} of a group does not exist: add or delete it"
    for path, key in _source_keys(catalogue.model_dump()):
        if key not in catalogue.sources:
            yield path, f"source {key} is not in sources.yaml: add it or correct the key"
    rows = {
        r.id
        for r in (
            *catalogue.screening.absolute,
            *catalogue.screening.relative,
            *catalogue.screening.precautions,
            *catalogue.screening.checks,
        )
    }
    for n, question in enumerate(catalogue.screening.screening_questions):
        for slug in set(question.triggers) - rows:
            yield f"screening_questions.{n}", f"row {slug} does not exist: correct the trigger"


def _source_keys(value: object, path: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "src" or (name == "sources" and isinstance(inner, tuple)):
                yield from ((f"{path}.{name}".lstrip("."), key) for key in inner)
            else:
                yield from _source_keys(inner, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for n, inner in enumerate(value):
            yield from _source_keys(inner, f"{path}.{n}")


def _tuples(value: object) -> object:
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(inner) for inner in value)
    return value
