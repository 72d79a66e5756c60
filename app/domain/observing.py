"""Rules of an observation beside what it counts for: until when it can be signed, who reads it, and who watched whom in turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.domain.places import days_after, months_after

SIGN_WITHIN_DAYS = 14
RECIPROCAL_MONTHS = 24
"""Within how many months two people who watched each other are named to those who decide. Editorial."""


def void_at(opened_at: datetime, time_zone: str) -> datetime:
    """The instant from which an unsigned observation is void: the same time of day 14 days later, by the site's clocks."""
    return days_after(opened_at, SIGN_WITHIN_DAYS, time_zone)


@dataclass(frozen=True, slots=True)
class Watching:
    """One signed assessment: who watched whom, and when it was signed."""

    observer_id: int
    trainee_id: int
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Pair:
    """Somebody who watched a person and was watched by them: how often each way, and when last."""

    other_id: int
    watched_them: int
    was_watched: int
    last_at: datetime


def reciprocal_pairs(person_id: int, watchings: Iterable[Watching], *, at: datetime, time_zone: str) -> list[Pair]:
    """With whom a person has watched procedures in turn within the window before an instant.

    A notice for those who decide: two who sign for each other may both be right, so it never blocks anything by itself.
    """
    by_them, of_them = defaultdict[int, list[datetime]](list), defaultdict[int, list[datetime]](list)
    for w in watchings:
        if w.signed_at > at or months_after(w.signed_at, RECIPROCAL_MONTHS, time_zone) <= at:
            continue
        if w.observer_id == person_id:
            by_them[w.trainee_id].append(w.signed_at)
        elif w.trainee_id == person_id:
            of_them[w.observer_id].append(w.signed_at)
    both = sorted(by_them.keys() & of_them.keys())
    return [Pair(o, len(by_them[o]), len(of_them[o]), max(*by_them[o], *of_them[o])) for o in both]
