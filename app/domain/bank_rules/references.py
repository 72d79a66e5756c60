"""Names that items, quizzes and policies use: each must exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.domain.bank_rules.problem import RuleProblem, Subject, unknown
from app.domain.catalogue import Catalogue
from app.domain.items import Hotspot, ItemContent, NeedlePlacement
from app.domain.policy import (
    GROUP_EXAM,
    TIERS,
    CompetencyRequirement,
    ExamRequirement,
    Policy,
    PrerequisiteRequirement,
    Requirement,
)
from app.domain.prerequisites import asked_first, find_cycle
from app.domain.quiz import Quiz, Selector
from app.domain.scenes import Scene

Use = tuple[str, str, str]
"""(field, kind of thing, slug)."""


def item_references(item: ItemContent, catalogue: Catalogue) -> Iterator[RuleProblem]:
    """Regions, complications and sources that do not exist; a key that rests on nothing that may carry one."""
    subject: Subject = ("item", item.id)
    uses = [(f"regions.{n}", "region", slug) for n, slug in enumerate(item.regions)]
    uses += [(f"complications.{n}", "complication", slug) for n, slug in enumerate(item.complications)]
    uses += [(f"sources.{n}", "source", slug) for n, slug in enumerate(item.sources)]
    uses += [(field, "complication", slug) for field, slug in _errors_named(item)]
    yield from _unknown(subject, uses, catalogue)
    if item.sources and set(item.sources) <= catalogue.sources_not_for_keys:
        yield RuleProblem(
            subject,
            "sources",
            "Every source named here stands only under statements marked not-for-keys.",
            "Rest the key on another source, or drop the item.",
        )


def _errors_named(item: ItemContent) -> Iterator[tuple[str, str]]:
    """(field, complication) of the critical errors of pictures."""
    if isinstance(item, NeedlePlacement):
        yield from ((f"critical_errors.{n}.complication", e.complication) for n, e in enumerate(item.critical_errors))
    if isinstance(item, Hotspot):
        found = ((n, c.critical_error) for n, c in enumerate(item.candidates))
        yield from ((f"candidates.{n}.critical_error.complication", e.complication) for n, e in found if e is not None)


def scene_references(scene: Scene, catalogue: Catalogue) -> Iterator[RuleProblem]:
    """Regions and sources of a scene that do not exist."""
    uses = [(f"regions.{n}", "region", slug) for n, slug in enumerate(scene.regions)]
    uses += [(f"sources.{n}", "source", slug) for n, slug in enumerate(scene.sources)]
    for name, band in scene.habitus.items():
        uses += [(f"habitus.{name}.sources.{n}", "source", slug) for n, slug in enumerate(band.sources)]
    yield from _unknown(("scene", scene.id), uses, catalogue)


def quiz_references(quiz: Quiz, catalogue: Catalogue) -> Iterator[RuleProblem]:
    """Groups, regions and complications of the selection and the blueprint that do not exist."""
    uses: list[Use] = []
    for name, selectors in (("any_of", quiz.select.any_of), ("none_of", quiz.select.none_of)):
        for n, selector in enumerate(selectors):
            uses += _selector_uses(f"select.{name}.{n}", selector)
    for n, cell in enumerate(quiz.blueprint.cells):
        if cell.region is not None:
            uses.append((f"blueprint.cells.{n}.region", "region", cell.region))
        uses += [
            (f"blueprint.cells.{n}.complications.{m}", "complication", slug) for m, slug in enumerate(cell.complications or ())
        ]
    yield from _unknown(("quiz", quiz.id), uses, catalogue)


RECORDED = ("exam", "observed", "summative", "competency", "document", "prerequisite", "all_of", "any_of", "k_of")
"""The kinds of requirement that this product keeps records for; nobody could meet another one yet."""


def policy_references(policy: Policy, catalogue: Catalogue, quizzes: Sequence[Quiz]) -> Iterator[RuleProblem]:
    """Names that do not exist, kinds that nobody could meet yet, and regions that ask for themselves first."""
    subject: Subject = ("policy", policy.id)
    exams = {quiz.id for quiz in quizzes if quiz.mode == "exam"}
    for tier in TIERS:
        for path, requirement in _with_paths(f"{tier}.requirements", policy.rules(tier).requirements):
            if isinstance(requirement, ExamRequirement) and requirement.quiz not in {GROUP_EXAM, *exams}:
                yield unknown(subject, f"{path}.quiz", "exam", requirement.quiz, exams, "quizzes/")
            if requirement.kind not in RECORDED:
                yield RuleProblem(
                    subject, f"{path}.kind", f"There are no records of kind {requirement.kind} yet: nobody could meet this.",
                    "Leave it out, and name it under `later`.",
                )  # fmt: skip
            yield from _unknown(subject, _names_in(path, requirement), catalogue)
            yield from _twice(subject, _names_in(path, requirement))
    yield from _cycle(subject, policy, catalogue)


def _with_paths(path: str, requirements: Sequence[Requirement]) -> Iterator[tuple[str, Requirement]]:
    for n, requirement in enumerate(requirements):
        yield f"{path}.{n}", requirement
        yield from _with_paths(f"{path}.{n}.of", getattr(requirement, "of", ()))


def _names_in(path: str, requirement: Requirement) -> list[Use]:
    if isinstance(requirement, CompetencyRequirement):
        return [(f"{path}.competencies.{n}", "competency", slug) for n, slug in enumerate(requirement.competencies)]
    if isinstance(requirement, PrerequisiteRequirement):
        return [(f"{path}.regions.{n}", "region", slug) for n, slug in enumerate(requirement.regions)]
    return []


def _twice(subject: Subject, uses: Sequence[Use]) -> Iterator[RuleProblem]:
    names = [name for _, _, name in uses]
    for n, (path, kind, name) in enumerate(uses):
        if name in names[:n]:
            yield RuleProblem(subject, path, f"The {kind} {name} is listed twice.", "List it once.")


def _cycle(subject: Subject, policy: Policy, catalogue: Catalogue) -> Iterator[RuleProblem]:
    found = find_cycle(asked_first(policy, catalogue.regions_by_tier))
    if found is not None:
        way = " asks first for ".join(region for region, _ in found)
        cure = "Take one of these prerequisites out: nobody could begin."
        yield RuleProblem(subject, f"{catalogue.group_of(found[0][0]).tier}.requirements", f"A circle: {way}.", cure)


def _selector_uses(path: str, selector: Selector) -> Iterable[Use]:
    lists = {
        "groups": ("group", selector.groups),
        "regions": ("region", selector.regions),
        "regions_within": ("group", selector.regions_within),
        "complications": ("complication", selector.complications),
    }
    for name, (kind, slugs) in lists.items():
        yield from ((f"{path}.{name}.{n}", kind, slug) for n, slug in enumerate(slugs or ()))


def _unknown(subject: Subject, uses: Iterable[Use], catalogue: Catalogue) -> Iterator[RuleProblem]:
    known: dict[str, tuple[Iterable[str], str]] = {
        "group": (catalogue.regions_by_group, "regions.yaml"),
        "region": ([r.id for r in catalogue.regions], "regions.yaml"),
        "complication": ([c.id for c in catalogue.complications], "complications.yaml"),
        "competency": ([c.id for g in catalogue.competency_groups for c in g.competencies], "competencies.yaml"),
        "source": (catalogue.sources, "sources.yaml"),
    }
    for field, kind, slug in uses:
        slugs, file = known[kind]
        if slug not in slugs:
            yield unknown(subject, field, kind, slug, slugs, file)
