"""The days on which clearances end, as a calendar shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.places import day_of
from app.domain.standing import Standing

LEVEL_WORDS = {"independent": "independent", "may_observe": "observing"}


@dataclass(frozen=True, slots=True)
class Ending:
    """The last day on which something still holds. `uid` stays the same when that day moves."""

    uid: str
    words: str
    day: date


def endings(
    found: Iterable[Standing], groups: Mapping[str, str], names: Mapping[str, str], *, level: str, time_zone: str
) -> list[Ending]:
    """One entry for each grant and day on which regions of it end; nothing but the group and the level is said.

    A clearance that ends with midnight holds for the last time on the day before, and that is the day shown.
    """
    days: dict[tuple[int, str], set[date]] = defaultdict(set)
    for s in found:
        if s.word == "CLEARED" and s.cleared_until is not None and s.grant_id is not None:
            days[s.grant_id, groups[s.region]].add(day_of(s.cleared_until - timedelta(microseconds=1), time_zone))
    return [
        Ending(f"clearance-{grant}-{n}@needle-clearance", f"Clearance ends: {names[group].lower()} ({LEVEL_WORDS[level]})", day)
        for (grant, group), ends in days.items()
        for n, day in enumerate(sorted(ends), start=1)
    ]
