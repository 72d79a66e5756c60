"""Check the bank's folder: no database, no secret."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from app.bank.files import BankFiles, read_bank
from app.domain.assembly import Feasibility, PoolItem, feasibility
from app.domain.bank_rules import RuleProblem, bank_problems, longest_keys, picture_problems
from app.domain.catalogue import Catalogue, Group
from app.domain.items import DOMAINS, TYPES, ItemContent, NeedlePlacement
from app.domain.quiz import Quiz, belongs
from app.formats.file_problems import FileProblem

GROUP_EXAM_SIZE = {"high": 24, "elevated": 20}
"""The smallest form of a group's exam, by tier; standard groups and restricted techniques have none of their own."""
POOL_FACTOR = (3, 2)
"""A pool holds at least this many times the form."""


@dataclass(frozen=True, slots=True)
class QuizOffer:
    """Whether one exam can be offered with the items of the bank."""

    id: str
    title: str
    offer: Feasibility

    def as_json(self) -> dict[str, Any]:
        """The line of the report."""
        offer = self.offer
        return {
            "id": self.id, "title": self.title, "offered": offer.offered, "items_short": offer.items_short,
            "form_size": offer.form_size, "pool_size": offer.pool_size, "words": offer.words,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What the bank holds, which quizzes it can offer, and every problem."""

    files: BankFiles
    quizzes: tuple[QuizOffer, ...]
    problems: tuple[FileProblem, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as other programs read it; every known slug is there, zeros included."""
        items, pack = self.files.items, self.files.pack
        regions = [r for i in items for r in i.regions]
        longest, single = longest_keys(items)
        return {
            "items": len(items),
            "by_domain": _count(DOMAINS, [i.domain for i in items]),
            "by_type": _count(TYPES, [i.type for i in items]),
            "by_region": _count([r.id for r in pack.regions] if pack else [], regions),
            "by_high_tier_region": _count(pack.high_tier_regions if pack else [], regions),
            "by_complication": _count(
                [c.id for c in pack.complications] if pack else [], [c for i in items for c in i.complications]
            ),
            "by_group": {g.id: sum(_in_group(i, g) for i in items) for g in pack.groups} if pack else {},
            "scenes": {
                **_count(["section", "surface"], [s.kind for s in self.files.scenes]),
                "by_high_tier_region": _count(
                    pack.high_tier_regions if pack else [],
                    [r for s in self.files.scenes if s.kind == "section" for r in s.regions],
                ),
            },
            "decline_keys": _decline_keys(items),
            "longest_key": {"items": longest, "of": single},
            "quizzes": [quiz.as_json() for quiz in self.quizzes],
            "problems": [problem.as_json() for problem in self.problems],
        }


def check(folder: Path) -> CheckReport:
    """Read and judge the whole folder."""
    return check_files(read_bank(folder))


def check_files(files: BankFiles) -> CheckReport:
    """Judge what was read: the rules of the bank, and what each quiz could be made of."""
    problems = list(files.problems)
    problems += [_located(p, files) for p in bank_problems(files.items, files.pack, files.quizzes, files.policies, files.scenes)]
    offers: tuple[QuizOffer, ...] = ()
    if files.pack is not None:
        offers = tuple(_offers(files, files.pack))
        problems += _infeasible(files, offers)
        problems += _without_pictures(files, files.pack, offers)
    return CheckReport(files, offers, tuple(sorted(problems, key=lambda p: (p.file, p.line, p.field))))


def _located(problem: RuleProblem, files: BankFiles) -> FileProblem:
    if problem.subject is None:
        return FileProblem("scenarios", 1, problem.field, problem.message, problem.cure)
    return files.documents[problem.subject].problem(problem.field, problem.message, problem.cure)


def _infeasible(files: BankFiles, offers: Iterable[QuizOffer]) -> Iterator[FileProblem]:
    """A pool that is large enough and cannot fill the cells all the same: the blueprint asks for what is not there."""
    rules = {quiz.id: quiz for quiz in files.quizzes}
    for found in offers:
        quiz, offer = rules.get(found.id), found.offer
        if quiz is None or offer.offered:
            continue
        if offer.pool_size * quiz.pool_factor.den >= quiz.pool_factor.num * offer.form_size:
            cure = "Write the items named, or ask for fewer in that cell."
            yield files.documents["quiz", quiz.id].problem("blueprint", offer.words, cure)


def _without_pictures(files: BankFiles, pack: Catalogue, offers: Iterable[QuizOffer]) -> Iterator[FileProblem]:
    """Exams of high-tier groups that are offered and do not ask for needle placements and hotspots."""
    offered = {found.id for found in offers if found.offer.offered}
    for quiz in files.quizzes:
        if quiz.id in offered:
            yield from (_located(p, files) for p in picture_problems(quiz, pack))


def pool_item(content: ItemContent, version_id: int = 0) -> PoolItem:
    """What the assembly needs to know of an item's content."""
    return PoolItem(
        content.id, version_id, content.domain, content.topic, frozenset(content.regions),
        frozenset(content.complications), content.type, content.critical,
    )  # fmt: skip


def _offer(quiz: Quiz, items: Iterable[ItemContent], pack: Catalogue) -> Feasibility:
    pool = [pool_item(i) for i in items if i.pool == quiz.mode]
    return feasibility(quiz, [p for p in pool if belongs(quiz, p, pack.regions_by_group)])


def _offers(files: BankFiles, pack: Catalogue) -> Iterator[QuizOffer]:
    """Every quiz, and for each group that needs an exam and has no quiz yet how many items it would take."""
    for quiz in files.quizzes:
        yield QuizOffer(quiz.id, quiz.title, _offer(quiz, files.items, pack))
    known = {quiz.id for quiz in files.quizzes}
    for group in pack.groups:
        if group.tier in GROUP_EXAM_SIZE and group.id not in known:
            yield QuizOffer(group.id, f"{group.name}: exam", _not_written(group, files.items))


def _not_written(group: Group, items: Iterable[ItemContent]) -> Feasibility:
    size, (num, den) = GROUP_EXAM_SIZE[group.tier], POOL_FACTOR
    pool = sum(i.pool == "exam" and _in_group(i, group) for i in items)
    short = max(0, ceil(size * num / den) - pool)
    return Feasibility(False, short, size, pool, f"Not offered yet: {short} reviewed items short, and no quiz file.")


def _in_group(item: ItemContent, group: Group) -> bool:
    return not set(item.regions).isdisjoint(group.regions)


def _decline_keys(items: Sequence[ItemContent]) -> dict[str, int]:
    needles = [i for i in items if isinstance(i, NeedlePlacement)]
    return {"items": sum(i.decline.correct for i in needles), "of": len(needles)}


def _count(known: Iterable[str], used: Sequence[str]) -> dict[str, int]:
    counts = Counter(used)
    return {name: counts[name] for name in known}
