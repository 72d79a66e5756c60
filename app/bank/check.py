"""Check the bank's folder: no database, no secret."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Any

from app.bank.files import BankFiles, read_bank
from app.domain.assembly import Feasibility, PoolItem, feasibility
from app.domain.bank_rules import ItemProblem, bank_problems, longest_keys
from app.domain.catalogue import Catalogue
from app.domain.items import DOMAINS, TYPES, ItemContent
from app.domain.quiz import Quiz, belongs
from app.formats.strict_yaml import FileProblem

GROUP_EXAM_SIZE = {"high": 24, "elevated": 20}
"""The smallest form of an exam of a group's tier; standard groups and restricted techniques have no exam of their own."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What the bank holds, which quizzes it can offer, and every problem."""

    files: BankFiles
    problems: tuple[FileProblem, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as other programs read it."""
        items, files = self.files.items, self.files
        catalogue = files.catalogue if files.has_catalogue else None
        return {
            "items": len(items),
            "by_domain": _count(DOMAINS, (i.domain for i in items)),
            "by_type": _count(TYPES, (i.type for i in items)),
            "by_region": _count(
                (r.id for r in catalogue.regions) if catalogue else (), (r for i in items for r in i.regions)
            ),
            "by_high_tier_region": _count(
                catalogue.high_tier_regions if catalogue else (), (r for i in items for r in i.regions)
            ),
            "by_complication": _count(
                (c.id for c in catalogue.complications) if catalogue else (),
                (c for i in items for c in i.complications),
            ),
            "by_group": _by_group(catalogue, items),
            "longest_key": dict(zip(("items", "of"), longest_keys(items), strict=True)),
            "quizzes": list(_quizzes(files.quizzes, items, catalogue)) if catalogue else [],
            "problems": [asdict(p) for p in self.problems],
        }


def check(folder: Path) -> CheckReport:
    """Read and judge the whole folder."""
    files = read_bank(folder)
    catalogue = files.catalogue if files.has_catalogue else None
    problems = [*files.problems, *(_located(p, files) for p in bank_problems(files.items, catalogue, files.quizzes))]
    if catalogue is not None:
        problems += _infeasible(files, catalogue)
    return CheckReport(files, tuple(sorted(problems, key=lambda p: (p.file, p.line, p.field))))


def _located(problem: ItemProblem, files: BankFiles) -> FileProblem:
    document = files.documents.get(problem.item or "")
    path = tuple(int(p) if p.isdecimal() else p for p in problem.field.split("."))
    line = document.line_of(path) if document is not None else 1
    return FileProblem(
        document.path if document is not None else "scenarios", line, problem.field, problem.message, problem.cure
    )


def _infeasible(files: BankFiles, catalogue: Catalogue) -> Iterable[FileProblem]:
    """A quiz whose pool is large enough and whose cells cannot be filled all the same has a wrong blueprint."""
    for quiz in files.quizzes:
        offer = _offer(quiz, files.items, catalogue)
        enough = offer.pool_size * quiz.pool_factor.den >= quiz.pool_factor.num * offer.form_size
        if enough and not offer.offered:
            yield FileProblem(
                f"quizzes/{quiz.id}.yaml",
                1,
                "blueprint",
                offer.words,
                "Write the items named, or ask for fewer in that cell.",
            )


def pool_item(content: ItemContent, version_id: int = 0) -> PoolItem:
    """What the assembly needs to know of an item's content."""
    return PoolItem(
        content.id, version_id, content.domain, content.topic, frozenset(content.regions), frozenset(content.complications),
        content.type, content.critical,
    )  # fmt: skip


def _offer(quiz: Quiz, items: Iterable[ItemContent], catalogue: Catalogue) -> Feasibility:
    pool = [pool_item(i) for i in items if i.pool == quiz.mode]
    return feasibility(quiz, [p for p in pool if belongs(quiz, p, catalogue.regions_by_group)])


def _quizzes(quizzes: Iterable[Quiz], items: list[ItemContent], catalogue: Catalogue) -> Iterable[dict[str, Any]]:
    known = {quiz.id for quiz in quizzes}
    for quiz in quizzes:
        yield _line(quiz.id, quiz.title, _offer(quiz, items, catalogue))
    for group in catalogue.groups:
        size = GROUP_EXAM_SIZE.get(group.tier)
        if size is not None and group.id not in known:
            pool = sum(i.pool == "exam" and bool(set(i.regions) & set(group.regions)) for i in items)
            short = max(1, ceil(size * 3 / 2) - pool)
            yield _line(
                group.id,
                f"{group.name}: exam",
                Feasibility(False, short, size, pool, f"Not offered yet: {short} reviewed items short."),
            )


def _line(quiz_id: str, title: str, offer: Feasibility) -> dict[str, Any]:
    return {
        "id": quiz_id, "title": title, "offered": offer.offered, "items_short": offer.items_short, "form_size": offer.form_size,
        "pool_size": offer.pool_size, "words": offer.words,
    }  # fmt: skip


def _count(known: Iterable[str], used: Iterable[str]) -> dict[str, int]:
    names, counts = list(known), Counter(used)
    return {name: counts[name] for name in names}


def _by_group(catalogue: Catalogue | None, items: Iterable[ItemContent]) -> dict[str, int]:
    if catalogue is None:
        return {}
    found = list(items)
    return {g.id: sum(bool(set(i.regions) & set(g.regions)) for i in found) for g in catalogue.groups}
