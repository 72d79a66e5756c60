"""What a decision against somebody carries: notice, the right to answer, and an appeal heard by somebody uninvolved."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from app.domain.places import day_of, end_of_day

ADVERSE: frozenset[str] = frozenset({"deny", "suspend", "hold", "revoke"})
ADVERSE_WORDS = {"deny": "denial", "suspend": "suspension", "hold": "hold", "revoke": "revocation"}
Outcome = Literal["uphold", "set_aside"]
OUTCOME_WORDS: dict[str, str] = {"uphold": "upheld", "set_aside": "set aside"}
APPEAL_DAYS = 30
"""How long an appeal can be opened after the decision. Editorial, for counsel to confirm: long enough to come back from leave
and to take advice, short enough that those who were there still remember."""
ANSWERS_AT_MOST = 20
"""Answers that one holder can add to one decision, so that a page stays readable. Editorial."""
HEARING_AGE_SHOWN = timedelta(days=14)
"""After which an appeal that nobody has decided is marked old. Editorial: the holder waits for the answer."""


def appeal_ends_at(decided_at: datetime, time_zone: str) -> datetime:
    """The first instant at which it is too late to appeal: the end of the 30th day after the decision, where it was made."""
    return end_of_day(day_of(decided_at, time_zone) + timedelta(days=APPEAL_DAYS), time_zone)


def may_still_appeal(decided_at: datetime, time_zone: str, at: datetime) -> bool:
    """Whether the window for an appeal is open."""
    return decided_at <= at < appeal_ends_at(decided_at, time_zone)
