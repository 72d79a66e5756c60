"""What a run of a case is worth: points within bounds, critical errors, what was left out."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.cases.engine import State
from app.domain.cases.story import Action, Story


@dataclass(frozen=True, slots=True)
class Verdict:
    """`points` lie between 0 and the sum of the positive ones; `missed` are critical actions not done in time."""

    points: int
    most: int
    harmful: tuple[Action, ...]
    missed: tuple[str, ...]

    @property
    def critical_errors(self) -> tuple[str, ...]:
        """Every critical error in words."""
        return (*(a.critical_error or "" for a in self.harmful), *self.missed)


def judge(story: Story, state: State) -> Verdict:
    """Judge a run by its last state; in a case that was left before its end, what was not done counts as missed."""
    done = [a for a in story.actions if a.id in state.done]
    most = sum(a.points for a in story.actions if a.points > 0)
    missed = tuple(
        c.text
        for n, c in enumerate(story.critical_actions)
        if n in state.missed or (not state.ending and state.done.isdisjoint(c.actions))
    )
    harmful = tuple(a for a in done if a.critical_error is not None)
    return Verdict(min(most, max(0, sum(a.points for a in done))), most, harmful, missed)
