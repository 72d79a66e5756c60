"""What stops a clearance now, and what is proposed about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.clearances.models import ApplicationDecision
from app.clearances.queries.covers import covers_at
from app.decisions.models import Decision
from app.decisions.queries import decisions_about, regions_of
from app.domain.cover import Cover
from app.domain.errors import NotFound
from app.domain.standing import GRANTS, STOPS

KIND_WORDS = {"suspend": "suspension", "hold": "hold", "revoke": "revocation"}


@dataclass(frozen=True, slots=True)
class Stop:
    """A decision that stops, the proposal to end it that stands, and what ended it."""

    decision: Decision
    proposal: Decision | None = None
    ended_by: Decision | None = None
    covers: tuple[Cover, ...] = ()
    """who covers or covered for whom at the site, where somebody may end it"""

    @property
    def open(self) -> bool:
        """Whether it still stops."""
        return self.ended_by is None

    @property
    def words(self) -> str:
        """What it is in a word."""
        return KIND_WORDS[self.decision.kind]


def _undone(decisions: Collection[Decision]) -> set[int | None]:
    return {d.about_decision_id for d in decisions if d.kind == "undo"}


def stops_among(decisions: Collection[Decision]) -> list[Stop]:
    """Every stop among the decisions about some people, oldest first, with its proposal and its end.

    A lift counts from its signature, since until its undo nobody else may end the stop again; a revocation ends with the
    next grant of its group.
    """
    undone = _undone(decisions)
    counted = [d for d in decisions if d.id not in undone]
    used = {d.recommendation_id for d in decisions if d.recommendation_id is not None}
    return [Stop(d, _proposal(d, counted, used), _end(d, counted)) for d in sorted(counted, key=lambda d: d.id) if d.kind in STOPS]


def _proposal(stop: Decision, decisions: Collection[Decision], used: set[int]) -> Decision | None:
    found = [d for d in decisions if d.kind == "recommend" and d.about_decision_id == stop.id and d.id not in used]
    return max(found, key=lambda d: d.id, default=None)


def _end(stop: Decision, decisions: Collection[Decision]) -> Decision | None:
    for d in sorted(decisions, key=lambda d: d.id):
        if d.kind == "lift" and d.about_decision_id == stop.id:
            return d
        if stop.kind == "revoke" and d.kind in GRANTS and d.id > stop.id and _same_group(d, stop) and _within(stop, d):
            return d
    return None


def _within(stop: Decision, grant: Decision) -> bool:
    return set(regions_of(stop)) <= set(regions_of(grant))


def _same_group(one: Decision, other: Decision) -> bool:
    return all(getattr(one, c) == getattr(other, c) for c in ("person_id", "site_id", "level", "group_slug"))


def open_stops_of(session: Session, person_ids: Collection[int], site_id: int) -> list[Stop]:
    """What stops some people at a site now, oldest first."""
    return [s for s in stops_among(decisions_about(session, person_ids, site_id)) if s.open]


def open_revocations(session: Session, person_ids: Collection[int]) -> set[tuple[int, int, str, str]]:
    """(person, site, level, group) of every revocation that nothing has ended."""
    revoked = select(Decision.person_id).where(Decision.person_id.in_(person_ids), Decision.kind == "revoke")
    people = list(session.scalars(revoked.distinct()))
    stops = stops_among(decisions_about(session, people)) if people else []
    found = [s.decision for s in stops if s.open and s.decision.kind == "revoke"]
    return {(d.person_id, d.site_id, d.level, d.group_slug) for d in found}


def stop_of(session: Session, decision_id: int, *, now: datetime) -> Stop:
    """One stop with what became of it by now; raises NotFound."""
    decision = session.get(Decision, decision_id, options=[joinedload(Decision.person), joinedload(Decision.signer)])
    if decision is None or decision.kind not in STOPS:
        raise NotFound("There is no such stop.")
    known = [d for d in decisions_about(session, [decision.person_id], decision.site_id) if d.recorded_at <= now]
    found = next(s for s in stops_among(known) if s.decision.id == decision_id)
    return replace(found, covers=covers_at(session, [decision.site_id])[decision.site_id])


def holds_something(
    session: Session, person_id: int, site_id: int, level: str, group: str, regions: Collection[str], *, at: datetime
) -> bool:
    """Whether anything was ever granted to a person in one of these regions, taking effect or not yet."""
    grants = [d for d in decisions_about(session, [person_id], site_id) if d.kind in GRANTS and d.recorded_at <= at]
    return any(d.level == level and d.group_slug == group and set(regions) & set(regions_of(d)) for d in grants)


def find_link(session: Session, decision_id: int) -> ApplicationDecision | None:
    """The application that a decision answered."""
    return session.scalar(select(ApplicationDecision).where(ApplicationDecision.decision_id == decision_id))
