"""Walk through every state of a case and prove what its author promises; what is broken is named with state and path."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from app.domain.cases.engine import WAIT, State, act, begin, possible
from app.domain.cases.story import Story
from app.domain.cases.verdict import Verdict, judge

PASSING_SHARE = Fraction(4, 5)
"""A run passes with this share of the points and without a critical error: the cut of the exams that use cases."""
Finding = tuple[str, str]
"""(field, "what is wrong: cure")"""
Paths = Mapping[State, tuple[State, str] | None]


@dataclass(frozen=True, slots=True)
class Exploration:
    """What walking through a case found. `best` is a shortest run with the full mark; `decisions` its actions without waiting."""

    states: int
    endings: frozenset[str]
    passing_runs: int
    best: tuple[str, ...]
    grey: tuple[str, ...]
    problems: tuple[Finding, ...]

    @property
    def decisions(self) -> int:
        """How many decisions a full mark takes."""
        return sum(name != WAIT for name in self.best)


@dataclass(slots=True)
class _Seen:
    came_from: dict[State, tuple[State, str] | None]
    ends: list[State] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    overrun: State | None = None
    too_many: bool = False


def explore(story: Story) -> Exploration:
    """Walk breadth first, so that the path to every state is a shortest one."""
    seen = _walk(story)
    judged = [(state, judge(story, state)) for state in seen.ends]
    passing = [(state, verdict) for state, verdict in judged if passes(verdict)]
    full = [s for s, v in passing if v.points == v.most and story.endings[s.ending].outcome == "good"]
    best = path_to(seen.came_from, full[0]) if full else ()
    taken = {name for state, _ in passing for name in state.done}
    grey = tuple(a.id for a in story.actions if a.points <= 0 and a.critical_error is None and a.id in taken)
    endings = frozenset(s.ending for s in seen.ends)
    runs = len({state.done for state, _ in passing})
    problems = (
        *_limits_broken(story, seen), *_never_reached(story, seen), *_unsafe_scores(story, seen, judged),
        *_no_choice(bool(full), runs, grey),
    )  # fmt: skip
    return Exploration(len(seen.came_from), endings, runs, best, grey, problems)


def passes(verdict: Verdict) -> bool:
    """Whether a run would pass by itself."""
    return not verdict.critical_errors and verdict.points >= PASSING_SHARE * verdict.most


def _walk(story: Story) -> _Seen:
    start = begin(story)
    seen = _Seen({start: None})
    queue = deque([start])
    while queue:
        state = queue.popleft()
        for name in (*(a.id for a in possible(story, state)), WAIT):
            after = act(story, state, name)
            if name in after.done:
                seen.used.add(name)
            if after in seen.came_from:
                continue
            if len(seen.came_from) >= story.limits.max_states:
                seen.too_many = True
                return seen
            seen.came_from[after] = (state, name)
            if after.ending:
                seen.ends.append(after)
            elif after.time_s > story.limits.max_time_s:
                seen.overrun = seen.overrun or after
            else:
                queue.append(after)
    return seen


def path_to(came_from: Paths, state: State) -> tuple[str, ...]:
    """The actions that lead to a state."""
    names: list[str] = []
    step = came_from[state]
    while step is not None:
        names.append(step[1])
        step = came_from[step[0]]
    return tuple(reversed(names))


def words_of(came_from: Paths, state: State) -> str:
    """A state and the way to it in words."""
    flags = f", {', '.join(sorted(state.flags))}" if state.flags else ""
    where = f"ending {state.ending}" if state.ending else f"phase {state.phase}"
    return f"{where} at {state.time_s} s{flags} (by {' → '.join(path_to(came_from, state)) or 'the start'})"


def _limits_broken(story: Story, seen: _Seen) -> Iterator[Finding]:
    if seen.too_many:
        most = story.limits.max_states
        yield "limits.max_states", f"more than {most} states: let actions exclude each other, or give the case fewer"
    if seen.overrun is not None:
        words = words_of(seen.came_from, seen.overrun)
        yield "limits.max_time_s", f"time runs past max_time_s in {words}: let the phases lead to an ending"


def _never_reached(story: Story, seen: _Seen) -> Iterator[Finding]:
    phases, endings = {s.phase for s in seen.came_from}, {s.ending for s in seen.ends}
    for name in story.phases:
        if name not in phases:
            yield f"phases.{name}", "no path leads here: let an action or a phase lead to it, or delete it"
    for name in story.endings:
        if name not in endings:
            yield f"endings.{name}", "no path leads here: let an action or a phase lead to it, or delete it"
    for n, action in enumerate(story.actions):
        if action.id not in seen.used:
            yield f"actions.{n}", "it is never possible in any state: mend its phases, needs and unless, or delete it"


def _unsafe_scores(story: Story, seen: _Seen, judged: list[tuple[State, Verdict]]) -> Iterator[Finding]:
    for state, verdict in judged:
        poor = story.endings[state.ending].outcome == "poor"
        if passes(verdict) and poor:
            yield f"endings.{state.ending}", f"a run passes although it ends poorly: {words_of(seen.came_from, state)}: mend it"
            break
    state = begin(story)
    while not state.ending and state.time_s <= story.limits.max_time_s:
        state = act(story, state, WAIT)
    if state.ending and passes(judge(story, state)):
        yield "actions", f"waiting alone passes, {words_of(seen.came_from, state)}: let it cost points or a critical action"


def _no_choice(full: bool, runs: int, grey: tuple[str, ...]) -> Iterator[Finding]:
    if not full:
        yield "actions", "no path earns every point without a critical error and ends well: mend points, guards or deadlines"
    if runs < 2:
        yield "actions", f"{runs} sets of actions pass and at least two must: offer a second sound way"
    if full and not grey:
        yield "actions", "there is no grey choice: offer an action that costs points, or earns none, and may still pass"
