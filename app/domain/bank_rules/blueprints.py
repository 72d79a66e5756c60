"""Blueprints that no pool could ever meet. A pool that is merely small is no mistake: that exam is not offered yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import get_args

from app.domain.bank_rules.problem import RuleProblem
from app.domain.catalogue import Catalogue
from app.domain.items import DOMAINS
from app.domain.items.base import Topic
from app.domain.quiz import Cell, Quiz, belongs

TOPICS: tuple[str, ...] = get_args(Topic)


@dataclass(frozen=True, slots=True)
class _Imagined:
    """An item that might be written."""

    domain: str
    topic: str | None
    regions: frozenset[str]
    complications: frozenset[str]


def blueprint_problems(quiz: Quiz, catalogue: Catalogue) -> Iterator[RuleProblem]:
    """Cells that the selection can never fill, and more critical items demanded than a form may hold."""
    for n, cell in enumerate(quiz.blueprint.cells):
        if not any(belongs(quiz, item, catalogue.regions_by_group) for item in _imagine(quiz, cell, catalogue)):
            yield RuleProblem(
                ("quiz", quiz.id),
                f"blueprint.cells.{n}",
                f"The quiz selects no item that could fill this cell ({cell.words()}).",
                "Widen the selection, or change the cell.",
            )
    demanded = sum(cell.count for cell in quiz.blueprint.cells if cell.critical)
    if demanded > quiz.blueprint.critical_max:
        yield RuleProblem(
            ("quiz", quiz.id),
            "blueprint.critical_max",
            f"The cells demand {demanded} critical items and a form may hold {quiz.blueprint.critical_max}.",
            "Ask for fewer critical items.",
        )


LEAST_PICTURES = {"needle_placement": 2, "hotspot": 1}
"""What every form of a high-tier group's own exam holds at least: there it is not enough to know, one has to do it."""


def picture_problems(quiz: Quiz, catalogue: Catalogue) -> Iterator[RuleProblem]:
    """Exams of high-tier groups that do not ask for needle placements and hotspots."""
    group = next((g for g in catalogue.groups if g.id == quiz.id), None)
    if group is None or group.tier != "high" or quiz.mode != "exam":
        return
    for kind, least in LEAST_PICTURES.items():
        asked = sum(cell.count for cell in quiz.blueprint.cells if cell.type == kind)
        if asked < least:
            words = kind.replace("_", " ")
            yield RuleProblem(
                ("quiz", quiz.id), "blueprint.cells", f"This exam asks for {asked} {words} items; a high tier needs {least}.",
                f"Add a cell {{count: {least}, type: {kind}}}.",
            )  # fmt: skip


def _imagine(quiz: Quiz, cell: Cell, catalogue: Catalogue) -> Iterator[_Imagined]:
    """One item of every kind that fits the cell, as far as the selection can tell kinds apart."""
    domains: Iterable[str] = [cell.domain] if cell.domain else DOMAINS
    topics: list[str | None] = list(cell.topics) if cell.topics else [None, *TOPICS]
    regions = [cell.region] if cell.region else [None, *(r.id for r in catalogue.regions)]
    selectors = (*quiz.select.any_of, *quiz.select.none_of)
    named = [slug for selector in selectors for slug in selector.complications or ()]
    complications = list(cell.complications) if cell.complications else [None, *named]
    for domain, topic, region, complication in product(domains, topics, regions, complications):
        yield _Imagined(domain, topic, _set(region), _set(complication))


def _set(slug: str | None) -> frozenset[str]:
    return frozenset() if slug is None else frozenset((slug,))
