"""Cover while somebody is away: one supervisor does the waiting work of another at a site, until a day.

It adds no right: who covers is a supervisor of the site already. It takes one away: while it lasts the two count as one person
wherever two people are needed (decisions/0019).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

COVER_AT_MOST = timedelta(days=90)
"""The longest cover. Editorial: longer absence is a change of roles, which two people make."""


@dataclass(frozen=True, slots=True)
class Cover:
    """`delegate_id` covers for `delegator_id` at a site from one instant until another, or until somebody ended it."""

    site_id: int
    delegator_id: int
    delegate_id: int
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None

    @property
    def until(self) -> datetime:
        """When it ends or ended, whatever came first."""
        return self.ends_at if self.ended_at is None else min(self.ends_at, self.ended_at)

    def holds(self, at: datetime) -> bool:
        """Whether it is in force; nothing has to run for it to end."""
        return self.starts_at <= at < self.until

    def overlaps(self, since: datetime, at: datetime) -> bool:
        """Whether it was in force at any instant between two, both of them included."""
        return self.starts_at <= at and self.until > since

    def other(self, person_id: int) -> int | None:
        """The other one of the two."""
        if person_id == self.delegator_id:
            return self.delegate_id
        return self.delegator_id if person_id == self.delegate_id else None


def one_with(covers: Iterable[Cover], person_id: int, site_id: int, *, since: datetime, at: datetime) -> frozenset[int]:
    """Who counts as the same person as somebody: whoever covered for them, or they for them, at any instant since then.

    Reckoned over the whole time between two signatures, so that ending a cover just before the second one opens nothing.
    """
    near = (c.other(person_id) for c in covers if c.site_id == site_id and c.overlaps(since, at))
    return frozenset(other for other in near if other is not None)


def covered_by(covers: Iterable[Cover], person_id: int, site_id: int, *, at: datetime) -> frozenset[int]:
    """For whom somebody works now."""
    return frozenset(c.delegator_id for c in covers if c.site_id == site_id and c.delegate_id == person_id and c.holds(at))


def chained(covers: Iterable[Cover], wanted: Cover) -> str:
    """Why a cover cannot be made beside those that there are; nothing where it can."""
    near = [c for c in covers if c.site_id == wanted.site_id and c.overlaps(wanted.starts_at, wanted.ends_at)]
    if any(c.delegator_id == wanted.delegator_id for c in near):
        return "Somebody covers for you already. End that first."
    if any(c.delegate_id == wanted.delegator_id for c in near):
        return "You cover for somebody else yourself. Work that was handed to you is not handed on."
    if any(c.delegator_id == wanted.delegate_id for c in near):
        return "This person is away too: somebody covers for them. Choose another supervisor."
    return ""
