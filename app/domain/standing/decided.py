"""Which decisions speak about a region at an instant: the grant that holds, and what stops it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.domain.standing.record import GRANTS, STOPS, DecisionFact


@dataclass(frozen=True, slots=True)
class Decided:
    """What decisions say about one region at one instant, undone ones left out."""

    grant: DecisionFact | None = None
    revoked: DecisionFact | None = None
    suspended: DecisionFact | None = None
    hold: DecisionFact | None = None
    """without any needling"""
    watched_hold: DecisionFact | None = None
    """with an observer present"""
    returned_at: datetime | None = None
    """when a suspension was lifted last under the grant that holds"""


_NOTHING = Decided()


def decide_from(decisions: Iterable[DecisionFact], region: str, *, at: datetime, known: datetime) -> Decided:
    """Read the decisions about `region` that were recorded by `known` and had taken effect by `at`.

    A suspension and a hold go on until they are lifted, whatever is granted meanwhile; a revocation ends with the next
    grant, since that grant knew of it.
    """
    facts = _standing_facts(decisions, region, at, known)
    if not facts:
        return _NOTHING
    if all(d.kind in GRANTS for d in facts):  # as nearly always
        return Decided(grant=facts[-1])
    grant = next((d for d in reversed(facts) if d.kind in GRANTS), None)
    lifted = {d.about_id: d for d in facts if d.kind == "lift"}
    stops = [d for d in facts if d.kind in STOPS and d.id not in lifted]
    holds = [d for d in stops if d.kind == "hold"]
    return Decided(
        grant=grant,
        revoked=_last(d for d in stops if d.kind == "revoke" and (grant is None or d.effective_at >= grant.effective_at)),
        suspended=_last(d for d in stops if d.kind == "suspend"),
        hold=_last(d for d in holds if not d.with_observer),
        watched_hold=_last(d for d in holds if d.with_observer),
        returned_at=_returned_at(facts, lifted),
    )


def observes(decisions: Iterable[DecisionFact], region: str, *, at: datetime) -> bool:
    """Whether decisions about the right to observe give it for a region at an instant; any stop takes it away."""
    found = decide_from(decisions, region, at=at, known=at)
    stopped = found.revoked or found.suspended or found.hold or found.watched_hold
    return stopped is None and found.grant is not None and found.grant.until is not None and at < found.grant.until


def _standing_facts(decisions: Iterable[DecisionFact], region: str, at: datetime, known: datetime) -> list[DecisionFact]:
    recorded = [d for d in decisions if d.recorded_at <= known]
    undone = {d.about_id for d in recorded if d.kind == "undo"}
    here = [d for d in recorded if region in d.regions and d.effective_at <= at and d.id not in undone]
    return sorted(here, key=lambda d: (d.effective_at, d.id))


def _last(facts: Iterable[DecisionFact]) -> DecisionFact | None:
    return max(facts, key=lambda d: (d.effective_at, d.id), default=None)


def _returned_at(facts: list[DecisionFact], lifted: dict[int | None, DecisionFact]) -> datetime | None:
    """When the newest suspension that was lifted under this clearance ended; a grant made after that starts afresh."""
    ends = [lifted[d.id].effective_at for d in facts if d.kind == "suspend" and d.id in lifted]
    newest = max(ends, default=None)
    if newest is None:
        return None
    afresh = any(d.kind == "grant" and d.effective_at > newest for d in facts)
    return None if afresh else newest
