"""The clinical reference pack: groups, regions, complications, competencies, screening, sources. An educational draft.

The five files are read by `read_packs`; the whole pack travels and is stored as one JSON object (`catalogue_json`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar

from pydantic import ValidationError

from app.domain.catalogue.packs import (
    PACKS,
    CompetenciesFile,
    ComplicationsFile,
    PackFile,
    RegionsFile,
    ScreeningFile,
    SourcesFile,
    as_tuples,
    parse_pack_file,
    validation_problems,
)
from app.domain.catalogue.parts import (
    TIER_ORDER,
    Competency,
    CompetencyGroup,
    Complication,
    Fact,
    Group,
    ObservedForm,
    Region,
    Screening,
    ScreeningRow,
    Source,
    Tier,
)
from app.domain.catalogue.references import cited, reference_problems
from app.domain.errors import InvalidInput, NotFound, Problem
from app.domain.strict import Strict

__all__ = [
    "PACKS", "TIER_ORDER", "Catalogue", "Competency", "CompetencyGroup", "Complication", "Fact", "Group",
    "ObservedForm", "Region", "Screening", "ScreeningRow", "Source", "Tier", "catalogue_json", "parse_catalogue",
    "read_packs",
]  # fmt: skip

T = TypeVar("T")


class Catalogue(Strict):
    """Everything of the pack, with look-ups."""

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
    def _complications(self) -> dict[str, Complication]:
        return {c.id: c for c in self.complications}

    @cached_property
    def _competencies(self) -> dict[str, Competency]:
        return {c.id: c for g in self.competency_groups for c in g.competencies}

    @cached_property
    def names(self) -> dict[str, str]:
        """Slug → name of every group, region, complication and competency."""
        things = (self._groups, self._complications, self._competencies, self._regions)
        return {slug: thing.name for found in things for slug, thing in found.items()}

    @cached_property
    def regions_by_group(self) -> dict[str, tuple[str, ...]]:
        """Group → its regions."""
        return {g.id: g.regions for g in self.groups}

    @cached_property
    def regions_by_tier(self) -> dict[str, tuple[str, ...]]:
        """Tier → the regions of its groups."""
        tiers = dict.fromkeys(g.tier for g in self.groups)
        return {tier: tuple(r for g in self.groups if g.tier == tier for r in g.regions) for tier in tiers}

    @cached_property
    def high_tier_groups(self) -> tuple[str, ...]:
        """Groups of the high tier."""
        return tuple(g.id for g in self.groups if g.tier == "high")

    @cached_property
    def high_tier_regions(self) -> tuple[str, ...]:
        """Regions whose group is high-tier, whatever their own tier."""
        return tuple(r for g in self.high_tier_groups for r in self.regions_of(g))

    @cached_property
    def critical_competencies(self) -> tuple[str, ...]:
        """The competencies without which nobody is cleared."""
        return tuple(c.id for c in self._competencies.values() if c.critical)

    @cached_property
    def sources_not_for_keys(self) -> frozenset[str]:
        """Sources that stand under statements marked not-for-keys and nowhere else: no key may rest on them alone."""
        uses = _uses(self.model_dump(exclude={"sources"}))
        free = {key for barred, key in uses if not barred}
        return frozenset(key for barred, key in uses if barred and key not in free)

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

    def find_complication(self, slug: str) -> Complication | None:
        """A complication or None."""
        return self._complications.get(slug)

    def get_complication(self, slug: str) -> Complication:
        """A complication; raises NotFound."""
        return _get(self._complications, slug, "complication")

    def find_competency(self, slug: str) -> Competency | None:
        """A competency or None."""
        return self._competencies.get(slug)

    def find_source(self, key: str) -> Source | None:
        """A source or None."""
        return self.sources.get(key)


def _get(found: Mapping[str, T], slug: str, what: str) -> T:
    if slug not in found:
        raise NotFound(f"There is no {what} {slug!r}.")
    return found[slug]


def _uses(value: object) -> list[tuple[bool, str]]:
    """(whether it is barred from keys, source key) for every statement of the pack."""
    if isinstance(value, dict):
        if "src" in value:
            own = [(value.get("use") is not None, key) for key in value["src"]]
            return own + [use for name, inner in value.items() if name != "src" for use in _uses(inner)]
        return [use for name, inner in value.items() if name != "sources" for use in _uses(inner)]
    return [use for inner in value for use in _uses(inner)] if isinstance(value, tuple) else []


def read_packs(data: Mapping[str, object]) -> tuple[Catalogue | None, tuple[Problem, ...]]:
    """The pack from the data of its files, by name (regions, sources, …), and every problem.

    The path of a problem begins with the name of the file. There is a catalogue once all five have the right form, even
    if references in them lead nowhere, so that items can still be checked against it.
    """
    files: dict[str, PackFile] = {}
    problems: list[Problem] = []
    for name in PACKS:
        if name in data:
            file, found = parse_pack_file(name, data[name])
            problems += [(f"{name}.{path}", message) for path, message in found]
            if file is not None:
                files[name] = file
    return _joined(files), (*problems, *reference_problems(files))


def _joined(files: Mapping[str, PackFile]) -> Catalogue | None:
    match [files.get(name) for name in PACKS]:
        case [
            RegionsFile() as r,
            ComplicationsFile() as c,
            CompetenciesFile() as k,
            ScreeningFile() as s,
            SourcesFile() as o,
        ]:
            screening = Screening(
                principles=s.meta.principles, absolute=s.absolute, relative=s.relative, precautions=s.precautions,
                checks=s.checks, screening_questions=s.screening_questions,
            )  # fmt: skip
            return Catalogue(
                groups=r.groups, general_rules=r.meta.general_rules, regions=r.regions,
                severity_scheme=c.meta.severity_scheme, complications=c.complications, competency_groups=k.groups,
                background=k.meta.background, observed_procedure_form=k.observed_procedure_form, screening=screening,
                sources=o.sources,
            )  # fmt: skip
    return None


def parse_catalogue(data: object) -> Catalogue:
    """The stored pack; raises InvalidInput with every problem and its path."""
    try:
        catalogue = Catalogue.model_validate(as_tuples(data))
    except ValidationError as error:
        raise InvalidInput(validation_problems(error)) from None
    unknown = [(path, f"there is no source {key}") for path, key in cited(catalogue.model_dump()) if key not in catalogue.sources]
    if unknown:
        raise InvalidInput(unknown)
    return catalogue


def catalogue_json(catalogue: Catalogue) -> dict[str, Any]:
    """The pack as plain JSON; `parse_catalogue` reads it back."""
    body: dict[str, Any] = catalogue.model_dump(mode="json", exclude_defaults=True)
    return body
