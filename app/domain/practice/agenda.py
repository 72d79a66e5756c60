"""What is due today, and in which order: the sure and wrong first, then what is assigned, the overdue, the new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from app.domain.places import day_of, end_of_day, start_of_day
from app.domain.practice.scheduling import Memory, retrievability

NEW_A_DAY = 10
"""New items that count as due on one day; more are there for whoever goes on."""
Why = Literal["sure_and_wrong", "assigned", "due", "new"]


class Facts(Protocol):
    """What tells the hazards of an item."""

    @property
    def domain(self) -> str: ...
    @property
    def complications(self) -> Collection[str]: ...


def hazards_of(item: Facts) -> tuple[str, ...]:
    """The hazards that an item teaches: its complications, or its domain where it has none."""
    return tuple(item.complications) or (item.domain,)


@dataclass(frozen=True, slots=True)
class Practicable:
    """A published practice item as the agenda of one person reads it."""

    item_id: str
    version_id: int
    hazards: tuple[str, ...]
    memory: Memory | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many more items of a hazard an exam has assigned, and since when."""

    hazard: str
    left: int
    first: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A day of somebody's own time zone, from its first instant to that of the next."""

    start: datetime
    end: datetime


def day_in(time_zone: str, now: datetime) -> Day:
    """The day that an instant belongs to in a zone."""
    day = day_of(now, time_zone)
    return Day(start_of_day(day, time_zone), end_of_day(day, time_zone))


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the agenda and why it stands there."""

    item: Practicable
    why: Why


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is due today in its order, the new items beyond today's number, and when the next item comes back."""

    today: tuple[Line, ...]
    more: tuple[Line, ...]
    next_due_at: datetime | None

    @property
    def lines(self) -> tuple[Line, ...]:
        """Everything that can be practised now."""
        return (*self.today, *self.more)

    @property
    def by_hazard(self) -> tuple[tuple[str, int], ...]:
        """How many items are due today for each hazard, most first; an item of two hazards counts for both."""
        counts = Counter(hazard for line in self.today for hazard in line.item.hazards)
        return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def agenda(items: Iterable[Practicable], wanted: Sequence[Wanted], *, day: Day, now: datetime) -> Agenda:
    """Order what can be practised; within each kind the hazards take turns."""
    pool = sorted(items, key=lambda i: _need(i, day, now))
    due = [i for i in pool if i.memory is not None and _is_due(i.memory, day, now)]
    first = [i for i in due if i.memory is not None and i.memory.sure_and_wrong]
    first += _assigned(pool, [w for w in wanted if w.first], first)
    asked = _assigned(pool, [w for w in wanted if not w.first], first)
    taken = {i.item_id for i in (*first, *asked)}
    rest = [i for i in due if i.item_id not in taken]
    new = _in_turns([i for i in pool if i.memory is None and i.item_id not in taken])
    some = max(0, NEW_A_DAY - sum(i.memory is not None and i.memory.first_answered_at >= day.start for i in pool))
    ranks: tuple[tuple[Why, Sequence[Practicable]], ...] = (
        ("sure_and_wrong", _in_turns(first)), ("assigned", _in_turns(asked)), ("due", _in_turns(rest)), ("new", new[:some]),
    )  # fmt: skip
    today = tuple(Line(item, why) for why, found in ranks for item in found)
    return Agenda(today, tuple(Line(item, "new") for item in new[some:]), _next_due(pool, today))


def _is_due(memory: Memory, day: Day, now: datetime) -> bool:
    """Due by now; or later today, unless it was answered today and waits for its minutes."""
    return memory.due_at <= now or (memory.due_at < day.end and memory.answered_at < day.start)


def _need(item: Practicable, day: Day, now: datetime) -> tuple[int, float, str]:
    """Due ones by how likely they are forgotten, then new ones, then those that are not due yet."""
    if item.memory is None:
        return 1, 0.0, item.item_id
    return 0 if _is_due(item.memory, day, now) else 2, retrievability(item.memory, now), item.item_id


def _assigned(pool: Iterable[Practicable], wanted: Iterable[Wanted], chosen: Iterable[Practicable]) -> list[Practicable]:
    """As many items of each wanted hazard as are left, not answered since then; one item may serve several hazards."""
    found: list[Practicable] = []
    ids = {i.item_id for i in chosen}
    for one in sorted(wanted, key=lambda w: w.hazard):
        fits = [i for i in pool if one.hazard in i.hazards and (i.memory is None or i.memory.answered_at < one.since)]
        others = [i for i in fits if i.item_id not in ids]
        found += others[: max(0, one.left - (len(fits) - len(others)))]
        ids |= {i.item_id for i in found}
    return found


def _in_turns(items: Sequence[Practicable]) -> list[Practicable]:
    """The same items with their first hazards taking turns; inside a hazard the order stays."""
    queues: dict[str, list[Practicable]] = {}
    for item in items:
        queues.setdefault(item.hazards[0], []).append(item)
    rounds = max((len(q) for q in queues.values()), default=0)
    return [queue[n] for n in range(rounds) for queue in queues.values() if n < len(queue)]


def _next_due(pool: Iterable[Practicable], today: Collection[Line]) -> datetime | None:
    shown = {line.item.item_id for line in today}
    return min((i.memory.due_at for i in pool if i.memory is not None and i.item_id not in shown), default=None)
