"""Which fault strikes next: drawn by the seed among what the wishes of the moment pass, as a rehearsal showed it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.faults.deaths import Fate
from tests.faults.operations import Operation
from tests.faults.wire import CUTS

WEIGHTS = {"failpoint": 32, "statement": 36, "instant": 10, "network": 14, "backend": 8}
KILLS = ("failpoint", "statement", "instant")
"""What ends a worker."""
CALM = 0.1
"""The share of wishes that nothing disturbs."""
TRIES_BEFORE_PEACE = 6


@dataclass(slots=True)
class Fault:
    """One fault that may strike: at a failpoint or as a cut (`place`), at a tick (`number`), after so many seconds."""

    kind: str = ""
    place: str = ""
    number: int = 0
    after_s: float = 0.0
    struck: bool = False


@dataclass(slots=True)
class Habit:
    """What an act passes, and how long it takes, when nothing disturbs it."""

    ticks: int = 1
    names: frozenset[str] = frozenset()
    seconds: float = 0.03


@dataclass(slots=True)
class Chooser:
    """Chooses for one database; `points` and `stops` are what the whole run is to have."""

    rng: Random
    has_server: bool
    points: int
    stops: int
    habits: dict[str, Habit] = field(default_factory=dict)

    def watch(self, fate: Fate, act: str, do: Callable[[], Any]) -> Any:
        """Do an act undisturbed, in this process, and remember what it passed."""
        ticks, names = fate.passed()
        answer = do()
        ticks_after, names_after = fate.passed()
        habit = self.habits.setdefault(act, Habit())
        habit.ticks = max(habit.ticks, ticks_after - ticks)
        habit.names |= {name for name, count in names_after.items() if count > names[name]}
        return answer

    def learn_pace(self, operations: Sequence[Operation], seconds: float) -> None:
        """How long undisturbed wishes took."""
        for operation in operations:
            habit = self.habits[operation.act]
            habit.seconds = 0.8 * habit.seconds + 0.2 * seconds

    def choose(self, operations: Sequence[Operation], points_so_far: int, stops_so_far: int) -> Fault:
        """A fault for these wishes; none once the run has its points, or where a wish was disturbed often enough."""
        weary = max(o.tries for o in operations) > TRIES_BEFORE_PEACE
        if weary or points_so_far >= self.points or self.rng.random() < CALM:
            return Fault()
        habits = [self.habits[o.act] for o in operations]
        after_s = self.rng.uniform(0, 1.1 * max(h.seconds for h in habits))
        if self._stop_is_due(points_so_far, stops_so_far):
            return Fault("stop", after_s=0.8 * after_s)
        places = {
            "failpoint": sorted(frozenset().union(*(h.names for h in habits))),
            "network": CUTS if operations[0].act != "sweep" else (),
            "backend": ("",) if self.has_server else (),
        }
        kinds = [kind for kind in WEIGHTS if places.get(kind, ("",))]
        kind = self.rng.choices(kinds, [WEIGHTS[k] for k in kinds])[0]
        place = self.rng.choice(places.get(kind, ("",)))
        return Fault(kind, place, self.rng.randint(1, sum(h.ticks for h in habits)), after_s)

    def _stop_is_due(self, points_so_far: int, stops_so_far: int) -> bool:
        """Stops are spread over the run."""
        due = (2 * stops_so_far + 1) * self.points <= 2 * self.stops * points_so_far
        return self.has_server and stops_so_far < self.stops and due
