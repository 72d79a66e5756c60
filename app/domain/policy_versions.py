"""Which version of the policy is in force, and which one rules a clearance that is held already.

Initial evidence is judged under the version of the grant. Continuing rules are those of the version of the grant too, until
a later version comes into force that was rolled out to everybody: immediately or by a date. One that is rolled out with the
next renewal leaves what was granted before it alone. A version published later wins: one that would come into force after
it, and was published before it, never does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from app.domain.errors import InvalidInput
from app.domain.policy import TIERS, Policy, every_requirement

RollOut = Literal["next_renewal", "by_date", "immediate"]
ROLL_OUT_WORDS: dict[str, str] = {
    "next_renewal": "With the next renewal",
    "by_date": "To everybody by a date",
    "immediate": "To everybody at once",
}
STATE_WORDS: dict[str, tuple[str, str]] = {
    "in_force": ("In force", "Whoever applies now applies under it."),
    "coming": ("Coming", "It is published and not in force yet."),
    "kept": ("Kept", "Whoever applies now applies under a later one. What was granted under it keeps its rules."),
    "replaced": ("Replaced", "A later one counts for everybody."),
    "overtaken": ("Overtaken", "It never comes into force: a later one came first."),
}
"""State → its word, and what it means."""
LEAST_NOTICE = timedelta(days=30)
"""How long before a version by date comes into force it is published."""
REGIONAL = ("observed", "scope", "training", "incident_free")
"""The kinds of requirement that look at the regions asked about; the others look at the person and the group."""
_EVER = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class Published:
    """One published version: what it asks, when it was recorded, from when it is in force and for whom."""

    id: int
    policy: Policy
    published_at: datetime
    in_force_from: datetime
    roll_out: RollOut = "next_renewal"

    @property
    def moves_everybody(self) -> bool:
        """Whether clearances granted under an earlier version are ruled by it from its first instant on."""
        return self.roll_out != "next_renewal"


@dataclass(frozen=True)
class Versions:
    """Every published version that is known."""

    published: tuple[Published, ...] = ()

    @staticmethod
    def always(policy: Policy | None) -> Versions:
        """One policy that always was in force."""
        return Versions((Published(0, policy, _EVER, _EVER),) if policy is not None else ())

    def known_by(self, known: datetime) -> Versions:
        """Those that had been published by an instant."""
        found = tuple(v for v in self.published if v.published_at <= known)
        return self if len(found) == len(self.published) else Versions(found)

    def with_one_more(self, version: Published) -> Versions:
        """As if one more were published."""
        return Versions((*self.published, version))

    @cached_property
    def lasting(self) -> tuple[Published, ...]:
        """In the order of their publishing, those that no later one overtook; their first instants are in order too."""
        found: list[Published] = []
        for version in sorted(self.published, key=lambda v: v.id):
            found = [v for v in found if v.in_force_from <= version.in_force_from]
            found.append(version)
        return tuple(found)

    @cached_property
    def regional_tiers(self) -> frozenset[str]:
        """The tiers in which some version goes on asking for something that looks at the regions themselves."""
        return frozenset(t for t in TIERS if any(_looks_at_regions(v.policy, t) for v in self.published))

    def find(self, version_id: int | None) -> Published | None:
        """One version by its id."""
        return next((v for v in self.published if v.id == version_id), None)

    def in_force(self, at: datetime) -> Published | None:
        """The version under which somebody applies at an instant."""
        return _last(v for v in self.lasting if v.in_force_from <= at)

    def ruling(self, granted_under: int | None, at: datetime) -> Published | None:
        """The version whose continuing rules a clearance is held to at an instant; without a grant the one in force."""
        own = self.find(granted_under)
        if own is None:
            return self.in_force(at)
        return _last(v for v in self._movers(own) if v.in_force_from <= at) or own

    def state_of(self, version: Published, at: datetime) -> str:
        """What a version is at an instant, as a word of STATE_WORDS."""
        if version not in self.lasting:
            return "overtaken"
        if version.in_force_from > at:
            return "coming"
        if version is self.in_force(at):
            return "in_force"
        return "kept" if self.ruling(version.id, at) is version else "replaced"

    def next_change(self, granted_under: int | None, after: datetime) -> datetime | None:
        """The first later instant at which another version begins to rule a clearance."""
        own = self.find(granted_under)
        movers = self.lasting if own is None else self._movers(own)
        return next((v.in_force_from for v in movers if v.in_force_from > after), None)

    def _movers(self, own: Published) -> Iterator[Published]:
        return (v for v in self.lasting if v.id > own.id and v.moves_everybody)


def _looks_at_regions(policy: Policy, tier: str) -> bool:
    asked = every_requirement(policy.rules(tier).requirements)
    return any(r.kind in REGIONAL and (r.continuing or r.kind == "scope") for r in asked)


def _last(versions: Iterable[Published]) -> Published | None:
    return next(iter(reversed(list(versions))), None)


def comes_into_force(roll_out: str, day: date | None, published_at: datetime) -> datetime:
    """From when a version is in force: at once, or from the first instant of a day (in UTC) that is 30 days ahead or more."""
    if roll_out not in ROLL_OUT_WORDS:
        raise InvalidInput([("roll_out", "Choose one of the three ways.")])
    if roll_out != "by_date":
        if day is not None:
            raise InvalidInput([("day", "Only a roll-out by date has a date. Leave it out, or choose that one.")])
        return published_at
    if day is None:
        raise InvalidInput([("day", "Choose the day from which everybody is held to it.")])
    begins = datetime.combine(day, time(), ZoneInfo("UTC"))
    if begins - published_at < LEAST_NOTICE:
        raise InvalidInput([("day", "Choose a day that is at least 30 days ahead, so that people can meet what is new.")])
    return begins
