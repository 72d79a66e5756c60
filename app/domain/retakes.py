"""When somebody may sit a quiz (again): how many attempts in a window, how long to wait, what opens a further one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SUPERVISED_FROM = 3
"""From this attempt after the last pass on, a supervisor's signed line opens each one."""
RESIT_BEFORE_END = timedelta(days=90)
"""A pass may be renewed in the last 90 days of its validity."""


@dataclass(frozen=True, slots=True)
class RetakeRule:
    """At most `per_window` attempts in `window`; `waits[n-1]` after the n-th miss in a row (the last one repeats)."""

    per_window: int
    window: timedelta
    waits: tuple[timedelta, ...]
    validity_ends: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Sitting:
    """One past attempt."""

    started_at: datetime
    finished_at: datetime
    passed: bool
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StartAnswer:
    """Whether a new attempt may start now, the words why not, and when it may."""

    allowed: bool = False
    reason: str = "This exam cannot be started."
    from_at: datetime | None = None
    needs_opening: bool = False


def may_start(rule: RetakeRule, sittings: Sequence[Sitting], *, opened: bool, now: datetime) -> StartAnswer:
    """Apply the rules; of the count and the waiting time the later one decides. `opened`: an unused supervisor's line exists."""
    past = sorted(sittings, key=lambda s: s.started_at)
    last_pass = next((i for i in range(len(past) - 1, -1, -1) if past[i].passed), None)
    if last_pass is not None:
        valid_until = past[last_pass].valid_until
        if valid_until is not None and now < valid_until - RESIT_BEFORE_END:
            return StartAnswer(
                False,
                "You have passed this exam. It can be sat again in the last 90 days before the pass runs out.",
                valid_until - RESIT_BEFORE_END,
            )
    misses = past[last_pass + 1 :] if last_pass is not None else past
    if not misses:
        return StartAnswer(True, "")
    earliest = _earliest(rule, past, misses)
    if now < earliest:
        return StartAnswer(
            False,
            "A waiting time runs after an attempt that was not passed. Use it to practise what was missed.",
            earliest,
            len(misses) + 1 >= SUPERVISED_FROM,
        )
    if len(misses) + 1 >= SUPERVISED_FROM and not opened:
        return StartAnswer(
            False,
            "From the third attempt on a supervisor opens each one with a signed line, after speaking with you.",
            None,
            True,
        )
    return StartAnswer(True, "", None, len(misses) + 1 >= SUPERVISED_FROM)


def _earliest(rule: RetakeRule, past: Sequence[Sitting], misses: Sequence[Sitting]) -> datetime:
    wait = rule.waits[min(len(misses), len(rule.waits)) - 1]
    earliest = misses[-1].finished_at + wait
    if len(past) >= rule.per_window:
        earliest = max(earliest, past[-rule.per_window].started_at + rule.window)
    return earliest
