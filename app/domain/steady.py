"""A clock that a jump of the computer's clock cannot use against somebody in an exam.

A computer has two clocks: the wall's, which an operator or a time service may move, and a monotonic one, which only runs on.
As long as both advance together the wall's is right. When they part by more than `JUMP` seconds, time is carried on from before
the jump for `HOLD` seconds: nothing is closed and no answer is late because of it. After that the wall's clock counts again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

JUMP_S = 5.0
HOLD_S = 600.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Steady:
    """`offset_s`: wall minus monotonic, in seconds, while both agreed; `held_until_s`: monotonic instant at which a hold ends."""

    offset_s: float
    held_until_s: float | None = None

    @property
    def held(self) -> bool:
        """Whether time is carried on past a jump."""
        return self.held_until_s is not None


def observe(state: Steady | None, wall: datetime, monotonic_s: float) -> tuple[Steady, datetime]:
    """Look at both clocks; returns the next state and the time that counts in exams."""
    offset = (wall - _EPOCH).total_seconds() - monotonic_s
    if state is None or abs(offset - state.offset_s) <= JUMP_S:
        return Steady(offset), wall
    until = state.held_until_s if state.held_until_s is not None else monotonic_s + HOLD_S
    if monotonic_s >= until:
        return Steady(offset), wall
    return Steady(state.offset_s, until), _EPOCH + timedelta(seconds=state.offset_s + monotonic_s)
