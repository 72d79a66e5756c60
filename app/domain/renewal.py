"""Which clearance an application would renew, and until when the renewed one lasts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from app.domain.errors import Conflict
from app.domain.places import months_after
from app.domain.standing import DecisionFact, decide_from

RENEWAL_WINDOW = timedelta(days=90)
"""How long before the end of its term a clearance can be renewed."""


def renews(decisions: Iterable[DecisionFact], regions: Collection[str], *, at: datetime) -> DecisionFact | None:
    """The grant that an application for some regions would renew: one that holds them all, in the last 90 days of its term.

    None where they are not held together or the window is not open yet: that is an application of its own. Raises Conflict
    while the clearance is suspended or on hold, since a renewal does not end a stop.
    """
    facts = list(decisions)
    found = [decide_from(facts, region, at=at, known=at) for region in sorted(regions)]
    grants = {d.grant.id if d.grant is not None and d.revoked is None else None for d in found}
    grant = found[0].grant if len(grants) == 1 and None not in grants else None
    if grant is None or grant.until is None or not grant.until - RENEWAL_WINDOW <= at < grant.until:
        return None
    if any(d.suspended or d.hold or d.watched_hold for d in found):
        raise Conflict("The clearance is stopped now. Two supervisors end the stop first, then it can be renewed.")
    return grant


def renewable(
    decisions: Iterable[DecisionFact], regions: Collection[str], *, at: datetime
) -> tuple[DecisionFact, list[str]] | None:
    """The grant among some regions' whose term ends first and that can be renewed now, with the regions that it still holds."""
    facts, held = list(decisions), dict[int, list[str]]()
    grants: dict[int, DecisionFact] = {}
    for region in sorted(regions):
        found = decide_from(facts, region, at=at, known=at)
        stopped = found.revoked or found.suspended or found.hold or found.watched_hold
        if found.grant is not None and found.grant.until is not None and stopped is None:
            grants[found.grant.id] = found.grant
            held.setdefault(found.grant.id, []).append(region)
    open_ = [g for g in grants.values() if renews(facts, held[g.id], at=at) is not None]
    first = min(open_, key=lambda g: (g.until or at, g.id), default=None)
    return (first, held[first.id]) if first is not None else None


def renewed_until(old_until: datetime, now: datetime, term_months: int, time_zone: str) -> datetime:
    """The end of the renewed term: reckoned from the old end, or from the decision where that comes later."""
    return months_after(max(old_until, now), term_months, time_zone)
