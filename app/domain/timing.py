"""The clock of an attempt: when it ends, and how a break or an extension moves the end. Instants are aware; lengths are seconds.

The end is computed once at the start, from the limit, the person's multiplier and extra time. It moves only by a recorded
act, and never against the candidate: a break lends its whole length at once and gives back what was not used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

from app.domain.errors import Conflict, InvalidInput

MULTIPLIERS = (Fraction(1), Fraction(5, 4), Fraction(3, 2), Fraction(2), Fraction(3))
MOST_EXTRA_S = 60 * 60
MOST_BREAK_S = 60 * 60
MOST_EXTENSION_S = 2 * 60 * 60
"""The longest time that supervisors may add to one attempt, all extensions together."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a person is given beyond the limit: a multiplier of it, seconds on top, and seconds of breaks."""

    multiplier: Fraction = Fraction(1)
    extra_s: int = 0
    break_s: int = 0


@dataclass(frozen=True, slots=True)
class Timing:
    """When an attempt ends, and the breaks still left; `break_began_at` while one is under way."""

    deadline_at: datetime
    break_left_s: int = 0
    break_began_at: datetime | None = None


def check_allowance(allowance: Allowance) -> None:
    """Raise InvalidInput for an allowance outside what an exam can give."""
    problems = []
    if allowance.multiplier not in MULTIPLIERS:
        problems.append(("multiplier", "Choose one of the multipliers offered."))
    if not 0 <= allowance.extra_s <= MOST_EXTRA_S:
        problems.append(("extra", f"Give 0 to {MOST_EXTRA_S // 60} minutes."))
    if not 0 <= allowance.break_s <= MOST_BREAK_S:
        problems.append(("breaks", f"Give 0 to {MOST_BREAK_S // 60} minutes."))
    if problems:
        raise InvalidInput(problems)


def working_s(limit_s: int, allowance: Allowance) -> int:
    """Seconds to work in: limit × multiplier, rounded up, + extra; breaks come on top when they are taken."""
    return ceil(limit_s * allowance.multiplier) + allowance.extra_s


def begin(limit_s: int, allowance: Allowance, started_at: datetime) -> Timing:
    """The timing of an attempt that starts now."""
    return Timing(started_at + timedelta(seconds=working_s(limit_s, allowance)), allowance.break_s)


def derivation(limit_s: int, allowance: Allowance) -> dict[str, Any]:
    """How the end was computed, for storage with the attempt; only its candidate and the officer may read it."""
    multiplier = allowance.multiplier
    return {
        "limit_s": limit_s,
        "multiplier": f"{multiplier.numerator}/{multiplier.denominator}",
        "extra_s": allowance.extra_s,
        "break_s": allowance.break_s,
    }


def on_break(timing: Timing, now: datetime) -> bool:
    """Whether a break is under way and not used up."""
    ends = break_ends_at(timing)
    return ends is not None and now < ends


def break_ends_at(timing: Timing) -> datetime | None:
    """When the break that was begun is used up."""
    began = timing.break_began_at
    return None if began is None else began + timedelta(seconds=timing.break_left_s)


def begin_break(timing: Timing, now: datetime) -> Timing:
    """Stop the clock: the end moves by all that is left of the breaks; raises Conflict where there is none to take."""
    timing = end_break(timing, now) if not on_break(timing, now) else timing
    if timing.break_began_at is not None:
        raise Conflict("A break is under way already. Go on with the attempt when you are ready.")
    if timing.break_left_s <= 0:
        raise Conflict("There is no break left in this attempt. Its clock runs on.")
    if now > timing.deadline_at:
        raise Conflict("The time of this attempt is over.")
    return replace(timing, deadline_at=timing.deadline_at + timedelta(seconds=timing.break_left_s), break_began_at=now)


def end_break(timing: Timing, now: datetime) -> Timing:
    """Let the clock run again: what was not used of the break is given back, in whole seconds. Without a break nothing changes."""
    began = timing.break_began_at
    if began is None:
        return timing
    used = min(timing.break_left_s, max(0, ceil((now - began).total_seconds())))
    unused = timing.break_left_s - used
    return Timing(timing.deadline_at - timedelta(seconds=unused), unused, None)


def extend(timing: Timing, added_s: int, *, extended_s: int) -> Timing:
    """Move the end by `added_s`; `extended_s` is what this attempt was given before. Raises InvalidInput beyond the limit."""
    if added_s < 60 or extended_s + added_s > MOST_EXTENSION_S:
        left = max(0, MOST_EXTENSION_S - extended_s) // 60
        raise InvalidInput([("minutes", f"Give 1 to {left} minutes: one attempt is extended by {MOST_EXTENSION_S // 60} at most.")])
    return replace(timing, deadline_at=timing.deadline_at + timedelta(seconds=added_s))
