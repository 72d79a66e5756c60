"""Run a case: which actions are possible, what an action or waiting does. Pure; times in whole seconds from the start.

An action counts as done when it is completed. While it runs, the untreated course goes on; where that ends the case, the
action came too late and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.cases.story import Action, Story
from app.domain.errors import InvalidInput

WAIT = "wait"
"""Always possible until the case has ended: time runs to the next change of phase."""
DECIMALS = {"temp": 1}
"""Vital signs that are read with a decimal; all others are whole numbers."""


@dataclass(frozen=True, slots=True)
class State:
    """A patient at one moment. `missed` are the places of critical actions whose time is over."""

    phase: str
    in_phase_s: int = 0
    time_s: int = 0
    flags: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    missed: frozenset[int] = frozenset()
    ending: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One action with the state before and after it."""

    action: str
    before: State
    after: State

    @property
    def too_late(self) -> bool:
        """Whether the case ended before the action was completed."""
        return self.action != WAIT and self.action not in self.after.done


def begin(story: Story) -> State:
    """The patient as the case begins."""
    return State(story.start)


def possible(story: Story, state: State) -> tuple[Action, ...]:
    """The actions offered now, in the order of the file."""
    return () if state.ending else tuple(a for a in story.actions if is_possible(a, state))


def is_possible(action: Action, state: State) -> bool:
    """Whether phase and flags allow an action that was not done yet."""
    return (
        action.id not in state.done
        and (not action.phases or state.phase in action.phases)
        and state.flags.issuperset(action.needs)
        and state.flags.isdisjoint(action.unless)
    )


def act(story: Story, state: State, name: str) -> State:
    """The state after an action, or after waiting; raises InvalidInput for one that is not possible now."""
    if state.ending:
        raise InvalidInput([("answer", "This case has ended; nothing more can be done in it.")])
    if name == WAIT:
        return advance(story, state, story.phases[state.phase].lasts_s - state.in_phase_s)
    action = next((a for a in story.actions if a.id == name), None)
    if action is None or not is_possible(action, state):
        raise InvalidInput([("answer", "This is not possible now. Load the page again and choose among the actions shown.")])
    later = advance(story, state, action.takes_s)
    return later if later.ending else _complete(story, later, action)


def advance(story: Story, state: State, seconds: int) -> State:
    """Let time pass along the untreated course."""
    phase, inside, left, ending = state.phase, state.in_phase_s, seconds, ""
    while left and not ending:
        step = min(left, story.phases[phase].lasts_s - inside)
        inside, left = inside + step, left - step
        if inside == story.phases[phase].lasts_s:
            then = story.phases[phase].then
            phase, inside, ending = (phase, inside, then) if then in story.endings else (then, 0, "")
    moved = replace(state, phase=phase, in_phase_s=inside, time_s=state.time_s + seconds - left, ending=ending)
    return _with_missed(story, moved)


def _complete(story: Story, state: State, action: Action) -> State:
    done = replace(state, flags=state.flags.union(action.sets), done=state.done | {action.id})
    if action.goto is None or (action.phases and state.phase not in action.phases):
        return _with_missed(story, done)
    if action.goto in story.endings:
        return _with_missed(story, replace(done, ending=action.goto))
    return _with_missed(story, replace(done, phase=action.goto, in_phase_s=0))


def _with_missed(story: Story, state: State) -> State:
    """A critical action is missed when its time is over, or when the case has ended, and it was not done.

    Something done exactly at its time was done in time: `advance` alone looks before the action is completed, so the
    comparison is strict.
    """
    late = [
        n
        for n, critical in enumerate(story.critical_actions)
        if (state.ending or state.time_s > critical.by_s) and n not in state.missed and state.done.isdisjoint(critical.actions)
    ]
    return replace(state, missed=state.missed.union(late)) if late else state


def play(story: Story, actions: Sequence[str]) -> tuple[Step, ...]:
    """Every action with the states around it; raises InvalidInput at the first that is not possible."""
    state, steps = begin(story), []
    for name in actions:
        after = act(story, state, name)
        steps.append(Step(name, state, after))
        state = after
    return tuple(steps)


def vitals_at(story: Story, state: State) -> dict[str, float]:
    """The vital signs of a moment: on the straight line between the two values of the phase, read as an instrument shows them.

    A temperature has one decimal; pulse, breaths, saturation, pressure and pain are whole numbers.
    """
    phase = story.phases[state.phase]
    share = state.in_phase_s / phase.lasts_s
    return {name: round(first + (last - first) * share, DECIMALS.get(name, 0)) for name, (first, last) in phase.vitals.items()}
