"""What makes a bank sound beyond each file: references, duplicates, guessable keys, wording, feasible blueprints. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.catalogue import Catalogue
from app.domain.items import ItemContent, MultipleResponse, SingleBestAnswer
from app.domain.quiz import Quiz

NEAR_DUPLICATE = 0.6
"""Share of common three-word runs (Jaccard) above which two questions are too alike; editorial."""
LONGEST_KEY_SHARE = (40, 100)
"""At most this share of single-best-answer items may have the key as the strictly longest option; by chance it is a quarter."""
LONGEST_KEY_FROM = 20
_WORD = re.compile(r"[a-z0-9']+")
_ALL_NONE = re.compile(
    r"\b(all|none|both|neither) of (the )?(above|these|them)\b|\ball are (right|correct)\b", re.IGNORECASE
)
_NEGATIVE = re.compile(r"\b(not|except|least|never|incorrect|false|wrong)\b", re.IGNORECASE)
_ABSOLUTE = re.compile(
    r"\b(always|never|all|none|only|every|completely|entirely|impossible|guaranteed?|certainly)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ItemProblem:
    """A problem of one item (or of the bank, with item None), where, and what to do."""

    item: str | None
    field: str
    message: str
    cure: str


def bank_problems(
    items: Sequence[ItemContent], catalogue: Catalogue | None, quizzes: Sequence[Quiz]
) -> list[ItemProblem]:
    """Every problem of the bank as a whole."""
    found: list[ItemProblem] = []
    for item in items:
        if catalogue is not None:
            found += _unknown(item, catalogue)
        found += _wording(item)
    found += _near_duplicates(items)
    found += _longest_keys(items)
    if catalogue is not None:
        found += _quiz_references(quizzes, catalogue)
    return found


def _unknown(item: ItemContent, catalogue: Catalogue) -> Iterable[ItemProblem]:
    complications = {c.id for c in catalogue.complications}
    for n, slug in enumerate(item.regions):
        if catalogue.find_region(slug) is None:
            yield ItemProblem(item.id, f"regions.{n}", f"There is no region {slug}.", "Use a slug of regions.yaml.")
    for n, slug in enumerate(item.complications):
        if slug not in complications:
            yield ItemProblem(
                item.id, f"complications.{n}", f"There is no complication {slug}.", "Use a slug of complications.yaml."
            )
    for n, key in enumerate(item.sources):
        if key not in catalogue.sources:
            yield ItemProblem(item.id, f"sources.{n}", f"There is no source {key}.", "Use a key of sources.yaml.")


def _wording(item: ItemContent) -> Iterable[ItemProblem]:
    if _NEGATIVE.search(item.stem):
        yield ItemProblem(item.id, "stem", "The stem asks for the negative.", "Ask for what is right, or what to do.")
    if not isinstance(item, SingleBestAnswer | MultipleResponse):
        return
    for n, option in enumerate(item.options):
        if _ALL_NONE.search(option.text):
            yield ItemProblem(
                item.id,
                f"options.{n}.text",
                "The option gathers others (all or none of the above).",
                "Write an option that stands by itself.",
            )
        elif _ABSOLUTE.search(option.text):
            word = _ABSOLUTE.search(option.text)
            yield ItemProblem(
                item.id,
                f"options.{n}.text",
                f"The option holds the absolute word {word.group(0) if word else ''}.",
                "Say it without; such words give answers away.",
            )


def _shingles(item: ItemContent) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(f"{item.scenario} {item.stem}".lower())
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _near_duplicates(items: Sequence[ItemContent]) -> Iterable[ItemProblem]:
    shingles = [(item.id, _shingles(item)) for item in items]
    where: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for n, (_, runs) in enumerate(shingles):
        for run in runs:
            where[run].append(n)
    candidates = {
        (a, b) for places in where.values() if len(places) < 40 for i, a in enumerate(places) for b in places[i + 1 :]
    }
    for a, b in sorted(candidates):
        (first, one), (second, two) = shingles[a], shingles[b]
        share = len(one & two) / max(1, len(one | two))
        if share >= NEAR_DUPLICATE:
            yield ItemProblem(
                second,
                "stem",
                f"Scenario and stem are nearly those of {first}.",
                "Ask another question, or delete one of the two.",
            )


def longest_keys(items: Sequence[ItemContent]) -> tuple[int, int]:
    """(single-best-answer items whose key is strictly the longest option, such items)."""
    single = [i for i in items if isinstance(i, SingleBestAnswer)]
    return sum(_key_is_longest(i) for i in single), len(single)


def _key_is_longest(item: SingleBestAnswer) -> bool:
    key = next(len(o.text) for o in item.options if o.correct)
    return key > max(len(o.text) for o in item.options if not o.correct)


def _longest_keys(items: Sequence[ItemContent]) -> Iterable[ItemProblem]:
    longest, total = longest_keys(items)
    num, den = LONGEST_KEY_SHARE
    if total >= LONGEST_KEY_FROM and longest * den > num * total:
        yield ItemProblem(
            None,
            "options",
            f"In {longest} of {total} items the key is the longest option: choosing it by length would pay.",
            "Lengthen distractors or shorten keys.",
        )


def _quiz_references(quizzes: Sequence[Quiz], catalogue: Catalogue) -> Iterable[ItemProblem]:
    groups = {g.id for g in catalogue.groups}
    complications = {c.id for c in catalogue.complications}
    for quiz in quizzes:
        for name, known, used in _used(quiz, catalogue, groups, complications):
            for slug in sorted(set(used) - known):
                yield ItemProblem(
                    None,
                    f"quizzes/{quiz.id}",
                    f"Quiz {quiz.id} names {name} {slug}, which does not exist.",
                    "Correct the slug.",
                )


def _used(
    quiz: Quiz, catalogue: Catalogue, groups: set[str], complications: set[str]
) -> Iterable[tuple[str, set[str], list[str]]]:
    regions = {r.id for r in catalogue.regions}
    selectors: tuple[Any, ...] = (*quiz.select.any_of, *quiz.select.none_of)
    yield "group", groups, [g for s in selectors for g in (*(s.groups or ()), *(s.regions_within or ()))]
    yield (
        "region",
        regions,
        [r for s in selectors for r in s.regions or ()] + [c.region for c in quiz.blueprint.cells if c.region],
    )
    yield (
        "complication",
        complications,
        [c for s in selectors for c in s.complications or ()]
        + [c for cell in quiz.blueprint.cells for c in cell.complications or ()],
    )
