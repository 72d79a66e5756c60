"""What the files of the pack say about each other: sources, members, ids, counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from app.domain.catalogue.packs import (
    CompetenciesFile,
    ComplicationsFile,
    PackFile,
    RegionsFile,
    ScreeningFile,
    SourcesFile,
)
from app.domain.catalogue.parts import TIER_ORDER
from app.domain.errors import Problem


def reference_problems(files: Mapping[str, PackFile]) -> list[Problem]:
    """Every reference that leads nowhere; the path begins with the name of the file."""
    found: list[Problem] = []
    sources = files.get("sources")
    for name, file in files.items():
        own = [*_wrong_counts(file), *_same_ids(file), *_own_rules(file)]
        if isinstance(sources, SourcesFile):
            own += _unknown_sources(file, sources)
        found += [(f"{name}.{path}", message) for path, message in own]
    return found


def _wrong_counts(file: PackFile) -> Iterator[Problem]:
    stated = dict(_flat(file.meta.model_dump().get("counts", {})))
    found = file.counts()
    for path in sorted({*stated, *found}):
        says, has = stated.get(path), found.get(path, 0)
        if says is None:
            yield f"meta.counts.{path}", f"the counts leave out {path}, the file has {has}: write it down"
        elif says != has:
            yield (
                f"meta.counts.{path}",
                f"the counts say {says}, the file has {has}: look for a lost entry, then correct it",
            )


def _flat(counts: object, path: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(counts, dict):
        for name, inner in counts.items():
            yield from _flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(counts, int):
        yield path, counts


def _own_rules(file: PackFile) -> Iterable[Problem]:
    if isinstance(file, RegionsFile):
        return [*_membership(file), *_tiers(file)]
    if isinstance(file, ComplicationsFile):
        return _step_numbers(file)
    return _unknown_triggers(file) if isinstance(file, ScreeningFile) else ()


def _same_ids(file: PackFile) -> Iterator[Problem]:
    for what, ids in _ids(file):
        for slug, times in Counter(slug for _, slug in ids).items():
            if times > 1:
                path = [path for path, found in ids if found == slug][-1]
                yield path, f"{times} {what} have the id {slug}: give each its own"


def _ids(file: PackFile) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    if isinstance(file, RegionsFile):
        yield "groups", [(f"groups.{n}.id", g.id) for n, g in enumerate(file.groups)]
        yield "regions", [(f"regions.{n}.id", r.id) for n, r in enumerate(file.regions)]
    elif isinstance(file, ComplicationsFile):
        yield "complications", [(f"complications.{n}.id", c.id) for n, c in enumerate(file.complications)]
    elif isinstance(file, CompetenciesFile):
        yield (
            "competencies",
            [
                (f"groups.{g}.competencies.{n}.id", c.id)
                for g, group in enumerate(file.groups)
                for n, c in enumerate(group.competencies)
            ],
        )
    elif isinstance(file, ScreeningFile):
        lists = {"absolute": file.absolute, "relative": file.relative, "precautions": file.precautions}
        lists["checks"] = file.checks
        yield "rows", [(f"{name}.{n}.id", row.id) for name, rows in lists.items() for n, row in enumerate(rows)]


def _membership(file: RegionsFile) -> Iterator[Problem]:
    """A region names its group and the group lists the region: both, or neither."""
    regions = {r.id: r for r in file.regions}
    groups = {g.id: g for g in file.groups}
    for n, region in enumerate(file.regions):
        if region.group not in groups:
            yield f"regions.{n}.group", f"there is no group {region.group}: use the id of a group above"
        elif region.id not in groups[region.group].regions:
            yield f"regions.{n}.group", f"group {region.group} does not list {region.id}: add it there, or correct this"
    for n, group in enumerate(file.groups):
        for m, slug in enumerate(group.regions):
            if slug not in regions:
                yield f"groups.{n}.regions.{m}", f"there is no region {slug}: add it, or delete it from the group"
            elif regions[slug].group != group.id:
                yield f"groups.{n}.regions.{m}", f"region {slug} names group {regions[slug].group}: make both the same"


def _tiers(file: RegionsFile) -> Iterator[Problem]:
    """The tier of a group is never lower than that of its regions."""
    tier_of = {g.id: g.tier for g in file.groups}
    for n, region in enumerate(file.regions):
        tier = tier_of.get(region.group)
        if tier is not None and TIER_ORDER.index(tier) < TIER_ORDER.index(region.risk_tier):
            yield (
                f"regions.{n}.risk_tier",
                f"the region is {region.risk_tier} and its group only {tier}: raise the group, or move the region",
            )


def _step_numbers(file: ComplicationsFile) -> Iterator[Problem]:
    """The numbers of the steps start at 1, rise in the order of the list, and leave no gap."""
    for n, complication in enumerate(file.complications):
        before = 0
        for m, step in enumerate(complication.response_steps):
            if step.n not in (before, before + 1) or step.n == 0:
                yield (
                    f"complications.{n}.response_steps.{m}.n",
                    f"step {step.n} follows step {before}: number the steps without gaps, in order",
                )
            before = step.n


def _unknown_triggers(file: ScreeningFile) -> Iterator[Problem]:
    rows = {row.id for rows in (file.absolute, file.relative, file.precautions, file.checks) for row in rows}
    for n, question in enumerate(file.screening_questions):
        for m, slug in enumerate(question.triggers):
            if slug not in rows:
                yield f"screening_questions.{n}.triggers.{m}", f"there is no row {slug}: use the id of a row above"


def _unknown_sources(file: PackFile, sources: SourcesFile) -> Iterator[Problem]:
    for path, key in cited(file.model_dump()):
        if key not in sources.sources:
            yield path, f"there is no source {key}: add it to sources.yaml, or correct the key"


def cited(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, source key) of every key cited in a part of the pack."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("src", "sources") and isinstance(inner, tuple | list):
                yield from ((f"{path}{name}.{n}", key) for n, key in enumerate(inner))
            else:
                yield from cited(inner, f"{path}{name}.")
    elif isinstance(value, tuple | list):
        for n, inner in enumerate(value):
            yield from cited(inner, f"{path}{n}.")
