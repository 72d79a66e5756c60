"""Blueprint + pool + chance → a form, by minimum-cost maximum flow, never greedily.

source → (critical items, at most critical_max | the others) → items → cells (count) → sink. The cost of an item is how often
this person has seen it, then a random rank, so unseen items are preferred and ties are drawn by the seed.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from app.domain.quiz import Blueprint, Cell, Quiz


@dataclass(frozen=True, slots=True)
class PoolItem:
    """An item version that may be drawn.

    `seen_count`: how often this person has had it. `overexposed`: it was in more of the recent forms than its share allows.
    `sibling`: it asks about a hazard that this person missed last time.
    """

    item_id: str
    version_id: int
    domain: str
    topic: str | None
    regions: frozenset[str]
    complications: frozenset[str]
    type: str
    critical: bool
    seen_count: int = 0
    overexposed: bool = False
    sibling: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """The items drawn, in the order in which they are put."""

    items: tuple[PoolItem, ...]


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why no form can be made: how many places stay empty, and which cells they belong to.

    `cap` is set if the pool would do but for the most critical items that a form may hold.
    """

    missing: int
    cells: tuple[tuple[str, int], ...]
    cap: int | None = None

    @property
    def words(self) -> str:
        """The shortage in words."""
        cells = "; ".join(f"{n} short for {words}" for words, n in self.cells)
        return cells + ("." if self.cap is None else f"; a form holds at most {self.cap} critical items, and others are missing.")


@dataclass(frozen=True, slots=True)
class Feasibility:
    """Whether a quiz is offered, or how many reviewed items it is short."""

    offered: bool
    items_short: int
    form_size: int
    pool_size: int
    words: str


class _Network:
    """Arcs with capacity and cost; successive shortest paths (Bellman-Ford with a queue), all integers."""

    def __init__(self, nodes: int) -> None:
        self.arcs: list[list[int]] = [[] for _ in range(nodes)]
        self.to: list[int] = []
        self.room: list[int] = []
        self.cost: list[int] = []

    def add(self, start: int, end: int, room: int, cost: int) -> int:
        """Add an arc (and its way back); returns its number."""
        number = len(self.to)
        for a, b, r, c in ((start, end, room, cost), (end, start, 0, -cost)):
            self.arcs[a].append(len(self.to))
            self.to.append(b)
            self.room.append(r)
            self.cost.append(c)
        return number

    def fill(self, source: int, sink: int, wanted: int) -> int:
        """Send up to `wanted` units as cheaply as possible; returns how many went."""
        sent = 0
        while sent < wanted:
            path = self._cheapest(source, sink)
            if path is None:
                return sent
            for arc in path:  # every path carries one unit: items have room for one
                self.room[arc] -= 1
                self.room[arc ^ 1] += 1
            sent += 1
        return sent

    def _cheapest(self, source: int, sink: int) -> list[int] | None:
        best: list[int | None] = [None] * len(self.arcs)
        via: list[int] = [-1] * len(self.arcs)
        best[source] = 0
        waiting, inside = deque([source]), {source}
        while waiting:
            node = waiting.popleft()
            inside.discard(node)
            so_far = best[node]
            assert so_far is not None
            for arc in self.arcs[node]:
                end, cost = self.to[arc], so_far + self.cost[arc]
                known = best[end]
                if self.room[arc] > 0 and (known is None or cost < known):
                    best[end], via[end] = cost, arc
                    if end not in inside:
                        inside.add(end)
                        waiting.append(end)
        return None if best[sink] is None else self._back(source, sink, via)

    def _back(self, source: int, sink: int, via: list[int]) -> list[int]:
        path, node = [], sink
        while node != source:
            path.append(via[node])
            node = self.to[via[node] ^ 1]
        return path


def fits(cell: Cell, item: PoolItem) -> bool:
    """Whether an item may fill a cell."""
    return all(
        (
            cell.domain is None or item.domain == cell.domain,
            cell.region is None or cell.region in item.regions,
            cell.topics is None or item.topic in cell.topics,
            cell.complications is None or bool(item.complications & set(cell.complications)),
            cell.type is None or item.type == cell.type,
            cell.critical is None or item.critical == cell.critical,
        )
    )


def assemble(blueprint: Blueprint, pool: Collection[PoolItem], rng: random.Random) -> Form | Shortage:
    """Draw a form; the same seed and pool give the same form, in whatever order the pool comes."""
    items = sorted(pool, key=lambda i: (i.item_id, i.version_id))
    ranks = list(range(len(items)))
    rng.shuffle(ranks)
    chosen, filled = _match(blueprint, items, ranks, blueprint.critical_max)
    if len(chosen) < blueprint.size:
        return _shortage(blueprint, items, filled)
    rng.shuffle(chosen)
    return Form(tuple(chosen))


def _shortage(blueprint: Blueprint, items: Sequence[PoolItem], filled: Sequence[int]) -> Shortage:
    gaps = tuple((c.words(), c.count - n) for c, n in zip(blueprint.cells, filled, strict=True) if n < c.count)
    uncapped, _ = _match(blueprint, items, range(len(items)), len(items))
    cap = blueprint.critical_max if len(uncapped) == blueprint.size else None
    return Shortage(blueprint.size - sum(filled), gaps, cap)


def _match(
    blueprint: Blueprint, items: Sequence[PoolItem], ranks: Sequence[int], critical_max: int
) -> tuple[list[PoolItem], list[int]]:
    """(the items chosen, how many went to each cell), as many as can be; costs are exact, one preference after the other."""
    cells, count = blueprint.cells, len(items)
    source, critical, other, first_item = 0, 1, 2, 3
    first_cell, sink = first_item + count, first_item + count + len(cells)
    net = _Network(sink + 1)
    net.add(source, critical, critical_max, 0)
    net.add(source, other, count, 0)
    taken = []
    for n, item in enumerate(items):
        taken.append(net.add(critical if item.critical else other, first_item + n, 1, _cost(item, ranks[n], count)))
        for c, cell in enumerate(cells):
            if fits(cell, item):
                net.add(first_item + n, first_cell + c, 1, 0)
    ends = [net.add(first_cell + c, sink, cell.count, 0) for c, cell in enumerate(cells)]
    net.fill(source, sink, blueprint.size)
    chosen = [item for n, item in enumerate(items) if net.room[taken[n]] == 0]
    return chosen, [cell.count - net.room[ends[c]] for c, cell in enumerate(cells)]


def _cost(item: PoolItem, rank: int, count: int) -> int:
    """What drawing an item costs: seen by this person, then overexposed, then no sibling of what was missed, then chance.

    The ranks of any selection sum to less than (count + 1)², and so does each further term in units of the one before it.
    """
    step = count + 1
    dear = (item.seen_count * step + int(item.overexposed)) * step + int(not item.sibling)
    return dear * step * step + rank


EXPOSURE_SLACK = Fraction(5, 4)
RECENT_FORMS = 200
LEAST_FORMS = 20
"""Exposure is counted over the newest RECENT_FORMS forms of a quiz, once there are LEAST_FORMS of them."""


def overexposed(times: int, forms: int, form_size: int, pool_size: int) -> bool:
    """Whether an item was in more than its share of the recent forms: 5/4 of form ÷ pool, which is what even drawing gives."""
    if forms < LEAST_FORMS or not pool_size:
        return False
    return Fraction(times, forms) > min(Fraction(1), EXPOSURE_SLACK * Fraction(form_size, pool_size))


def pool_needed(quiz: Quiz) -> int:
    """How many items a pool must hold before a quiz is offered: its factor × the form."""
    return ceil(quiz.pool_factor.fraction * quiz.blueprint.size)


def feasibility(quiz: Quiz, pool: Collection[PoolItem]) -> Feasibility:
    """Whether a quiz can be offered: the pool holds pool_factor × the form, and a form exists.

    A form that fills the cells has enough items of each domain with a cut: the quiz's own rules see to that.
    """
    size, total = quiz.blueprint.size, len(pool)
    needed = pool_needed(quiz)
    outcome = assemble(quiz.blueprint, pool, random.Random(0)) if pool else None  # whether a form exists, not which
    if isinstance(outcome, Shortage):
        return _short(max(outcome.missing, needed - total), size, total, f" ({outcome.words.rstrip('.')})")
    if total < needed:
        return _short(needed - total, size, total, "")
    return Feasibility(True, 0, size, total, f"Offered: {size} items from a pool of {total}.")


def _short(missing: int, size: int, total: int, why: str) -> Feasibility:
    return Feasibility(False, missing, size, total, f"Not offered yet: {missing} reviewed items short{why}.")
