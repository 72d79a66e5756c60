"""The five files of the reference pack as they are written, each with its head, its counts and its own rules."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from app.domain.catalogue.parts import (
    Competency,
    CompetencyGroup,
    Complication,
    Fact,
    Group,
    ObservedForm,
    Question,
    Region,
    ScreeningRow,
    Source,
    Text,
)
from app.domain.errors import Problem
from app.domain.strict import Slug, Strict

Counts = dict[str, int]


class Meta(Strict):
    """What the file is, and how far it may be trusted."""

    title: Text
    status: Text


class RegionCounts(Strict):
    """How many there are: a file that lost a line says so."""

    regions: int
    by_risk_tier: Counts
    by_group: Counts
    groups: int


class RegionsMeta(Meta):
    """Counts, and the rules that hold in every region."""

    counts: RegionCounts
    general_rules: tuple[Fact, ...]


class RegionsFile(Strict):
    """regions.yaml."""

    schema_: Literal["regions/1"] = Field(alias="schema")
    meta: RegionsMeta
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]
    regions: Annotated[tuple[Region, ...], Field(min_length=1)]

    def counts(self) -> Counts:
        """What the counts should say, by path."""
        tiers: Counter[str] = Counter(r.risk_tier for r in self.regions)
        groups: Counter[str] = Counter(r.group for r in self.regions)
        found: Counts = {"regions": len(self.regions), "groups": len(self.groups)}
        found |= {f"by_risk_tier.{tier}": tiers[tier] for tier in {*tiers, *self.meta.counts.by_risk_tier}}
        return found | {f"by_group.{g}": groups[g] for g in {*groups, *self.meta.counts.by_group}}


class ComplicationCounts(Strict):
    """How many there are."""

    complications: int


class ComplicationsMeta(Meta):
    """Counts, and how severity is graded."""

    counts: ComplicationCounts
    severity_scheme: tuple[Fact, ...]


class ComplicationsFile(Strict):
    """complications.yaml."""

    schema_: Literal["complications/1"] = Field(alias="schema")
    meta: ComplicationsMeta
    complications: Annotated[tuple[Complication, ...], Field(min_length=1)]

    def counts(self) -> Counts:
        """What the counts should say, by path."""
        return {"complications": len(self.complications)}


class CompetenciesMeta(Meta):
    """Counts (one for each group, all, critical), and where the list comes from."""

    counts: Counts
    background: tuple[Fact, ...]


class CompetenciesFile(Strict):
    """competencies.yaml."""

    schema_: Literal["competencies/1"] = Field(alias="schema")
    meta: CompetenciesMeta
    groups: Annotated[tuple[CompetencyGroup, ...], Field(min_length=1)]
    observed_procedure_form: ObservedForm

    @property
    def competencies(self) -> tuple[Competency, ...]:
        """All of them, group by group."""
        return tuple(c for g in self.groups for c in g.competencies)

    def counts(self) -> Counts:
        """What the counts should say, by path."""
        found = {g.group: len(g.competencies) for g in self.groups}
        everything = self.competencies
        return found | {"competencies": len(everything), "critical": sum(c.critical for c in everything)}


class ScreeningMeta(Meta):
    """Counts, and the principles."""

    counts: Counts
    principles: tuple[Fact, ...]


class ScreeningFile(Strict):
    """screening.yaml."""

    schema_: Literal["screening/1"] = Field(alias="schema")
    meta: ScreeningMeta
    absolute: tuple[ScreeningRow, ...]
    relative: tuple[ScreeningRow, ...]
    precautions: tuple[ScreeningRow, ...]
    checks: tuple[ScreeningRow, ...]
    screening_questions: tuple[Question, ...]

    def counts(self) -> Counts:
        """What the counts should say, by path."""
        lists = {
            "absolute": self.absolute,
            "relative": self.relative,
            "precautions": self.precautions,
            "checks": self.checks,
        }
        found = {name: len(rows) for name, rows in lists.items()}
        return found | {"rows": sum(found.values()), "questions": len(self.screening_questions)}


class SourcesFile(Strict):
    """sources.yaml: key → source."""

    schema_: Literal["sources/1"] = Field(alias="schema")
    meta: Meta
    sources: dict[Slug, Source]

    def counts(self) -> Counts:
        """Sources are not counted."""
        return {}


PackFile = RegionsFile | ComplicationsFile | CompetenciesFile | ScreeningFile | SourcesFile
PACKS: dict[str, type[PackFile]] = {
    "regions": RegionsFile,
    "complications": ComplicationsFile,
    "competencies": CompetenciesFile,
    "screening": ScreeningFile,
    "sources": SourcesFile,
}
"""Name of the file without its ending → its form."""


def parse_pack_file(name: str, data: object) -> tuple[PackFile | None, tuple[Problem, ...]]:
    """The typed file, or every problem with its path."""
    try:
        return PACKS[name].model_validate(as_tuples(data)), ()
    except ValidationError as error:
        return None, tuple(validation_problems(error))


def validation_problems(error: ValidationError) -> list[Problem]:
    """(path, message) of everything that the form refuses."""
    return [
        (".".join(map(str, e["loc"])), str(e["msg"]).removeprefix("Value error, "))
        for e in error.errors(include_url=False, include_input=False)
    ]


def as_tuples(value: object) -> object:
    """Lists of YAML and JSON as the tuples of the frozen models."""
    if isinstance(value, dict):
        return {key: as_tuples(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(as_tuples(inner) for inner in value)
    return value
