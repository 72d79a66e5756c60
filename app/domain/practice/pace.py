"""How much of a practice session is used: its own time, not the wall's."""

from __future__ import annotations

from datetime import datetime

SESSION_S = 300
"""A session ends after five minutes; the item that is open then is finished first."""
LONGEST_STEP_S = 120
"""Answering or reading that takes longer counts as two minutes: the rest is taken for an absence."""


def step_s(since: datetime, now: datetime) -> int:
    """The seconds of one step, from the page's showing to the next act; 0 to 120."""
    return min(max(int((now - since).total_seconds()), 0), LONGEST_STEP_S)


def time_is_used(used_s: int) -> bool:
    """Whether the five minutes are over."""
    return used_s >= SESSION_S
