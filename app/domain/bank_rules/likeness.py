"""Questions that are nearly the same: one teaches the answer of the other, and a pool counts both."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.bank_rules.problem import RuleProblem
from app.domain.items import ItemContent

NEAR_DUPLICATE = 0.5
"""Share of common three-word runs (Jaccard: shared ÷ all, 0 to 1) from which two texts count as one.

Each changed word breaks up to three runs: in 60 words six scattered changes leave 40 of 58 runs on each side, a
share of 0.53. So 0.5 means that about one word in ten differs. Editorial; independent questions in the shipped bank
share below 0.2.
"""
_WORD = re.compile(r"[a-z0-9]+")
Run = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Text:
    """The runs of an item, of everything and of its two parts."""

    item: ItemContent
    whole: frozenset[Run]
    scenario: frozenset[Run]
    stem: frozenset[Run]


def likeness_problems(items: Sequence[ItemContent]) -> Iterator[RuleProblem]:
    """Pairs that are nearly the same, and vignettes that practice would give away to an exam."""
    texts = [_text(item) for item in items]
    for a, b in _pairs(texts):
        one, two = texts[a], texts[b]
        if one.item.pool != two.item.pool and share(one.scenario, two.scenario) >= NEAR_DUPLICATE:
            yield RuleProblem(
                ("item", two.item.id),
                "scenario",
                f"The scenario is nearly that of {one.item.id}, which is in the other pool.",
                "Exam and practice share nothing: write another scenario, or move one of the two.",
            )
        elif _nearly_same(one, two):
            yield RuleProblem(
                ("item", two.item.id),
                "stem",
                f"Scenario and stem are nearly those of {one.item.id}.",
                "Ask another question, or delete one of the two.",
            )


def _nearly_same(one: _Text, two: _Text) -> bool:
    """Items may share one vignette word for word; then their stems must differ."""
    if one.scenario == two.scenario:
        return share(one.stem, two.stem) >= NEAR_DUPLICATE
    return share(one.whole, two.whole) >= NEAR_DUPLICATE


def share(one: frozenset[Run], two: frozenset[Run]) -> float:
    """Jaccard likeness, 0 to 1: runs in both ÷ runs in either; two empty texts are alike."""
    either = len(one | two)
    return len(one & two) / either if either else 1.0


def runs(text: str) -> frozenset[Run]:
    """Every three words in a row, in lower case, without punctuation."""
    words = _WORD.findall(text.lower())
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _text(item: ItemContent) -> _Text:
    return _Text(item, runs(f"{item.scenario} {item.stem}"), runs(item.scenario), runs(item.stem))


def _pairs(texts: Sequence[_Text]) -> list[tuple[int, int]]:
    """Pairs that share a quarter of the shorter text: only these can be alike, and they are few."""
    where: defaultdict[Run, list[int]] = defaultdict(list)
    for n, text in enumerate(texts):
        for run in text.whole:
            where[run].append(n)
    shared: Counter[tuple[int, int]] = Counter()
    for places in where.values():
        shared.update((a, b) for i, a in enumerate(places) for b in places[i + 1 :])
    sizes = [len(text.whole) for text in texts]
    return sorted((a, b) for (a, b), number in shared.items() if 4 * number >= min(sizes[a], sizes[b]))
