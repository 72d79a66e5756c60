"""Practice that an exam assigns: for each hazard that was missed up to three items, answered afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

ASSIGNED_MOST = 3
"""Items of one hazard that are assigned; fewer where the bank has fewer to practise."""


@dataclass(frozen=True, slots=True)
class Missed:
    """One hazard that was missed, how many items of it are assigned, and whether it comes first: sure and not right."""

    hazard: str
    due: int
    first: bool = False


def assigned_hazards(missed: Collection[str], sure_and_wrong: Collection[str], published: Mapping[str, int]) -> tuple[Missed, ...]:
    """What is assigned for the hazards missed; a hazard without an item to practise asks for nothing, or nobody could do it."""
    found = (Missed(h, min(ASSIGNED_MOST, published.get(h, 0)), h in sure_and_wrong) for h in sorted({*missed, *sure_and_wrong}))
    return tuple(m for m in found if m.due > 0)


def still_left(due: int, *, published: int, answered: int) -> int:
    """How many different items of a hazard are still to be answered; items withdrawn since then are not waited for."""
    return max(0, min(due, published) - answered)
