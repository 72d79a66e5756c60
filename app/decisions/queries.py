"""Read the signed decisions as plain facts."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.decisions.models import Decision
from app.domain.errors import NotFound
from app.domain.standing import DecisionFact, Limits, observes


@lru_cache(maxsize=1024)
def limits_of(text: str) -> Limits:
    """The limits of a stored decision."""
    body = json.loads(text)
    return Limits(**{**body, "excluded": tuple(body.get("excluded", ()))})


def limits_json(limits: Limits) -> dict[str, object]:
    """Limits as they are stored and signed."""
    return {
        "adults_only": limits.adults_only,
        "excluded": list(limits.excluded),
        "max_needle_mm": limits.max_needle_mm,
        "no_current": limits.no_current,
        "ultrasound_only": limits.ultrasound_only,
    }


def regions_of(decision: Any) -> tuple[str, ...]:
    """The regions of a stored decision, sorted."""
    return _regions(decision.regions)


@lru_cache(maxsize=1024)
def _regions(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def fact_of(decision: Any, exam_ids: frozenset[int] = frozenset()) -> DecisionFact:
    """A stored decision, an object or a row, as the standing reads it, with the attempts it rests on where they matter."""
    return DecisionFact(
        id=decision.id,
        kind=decision.kind,
        regions=frozenset(regions_of(decision)),
        effective_at=decision.effective_at,
        recorded_at=decision.recorded_at,
        until=decision.until,
        limits=limits_of(decision.limits),
        about_id=decision.about_decision_id,
        founding=decision.founding,
        with_observer=decision.with_observer,
        by_two=decision.recommender_id is not None and decision.recommender_id != decision.signer_id,
        exam_ids=exam_ids,
        policy_version_id=decision.policy_version_id,
    )


def get_decision(session: Session, decision_id: int) -> Decision:
    """One decision; raises NotFound."""
    found = session.get(Decision, decision_id)
    if found is None:
        raise NotFound("There is no such decision.")
    return found


def decisions_about(session: Session, person_ids: Collection[int], site_id: int | None = None) -> list[Decision]:
    """All decisions about some people, oldest first, at one site or at all."""
    query = (
        select(Decision)
        .where(Decision.person_id.in_(person_ids))
        .options(joinedload(Decision.signer))
        .order_by(Decision.effective_at, Decision.id)
    )
    return list(session.scalars(query if site_id is None else query.where(Decision.site_id == site_id)))


def observer_grants(session: Session, person_ids: Collection[int]) -> list[Decision]:
    """Every decision about the right to observe of some people, oldest first."""
    query = (
        select(Decision)
        .where(Decision.person_id.in_(person_ids), Decision.level == "may_observe", Decision.kind != "recommend")
        .order_by(Decision.effective_at, Decision.id)
    )
    return list(session.scalars(query))


def may_observe(decisions: Collection[Decision], *, site_id: int, group: str, region: str, at: datetime) -> bool:
    """Whether these decisions about one person give the right to observe a region at a site at an instant.

    Reads decisions only, so that what an observation was worth on its day does not change with later papers.
    """
    return observes(facts_at(decisions, site_id=site_id, group=group), region, at=at)


def facts_at(decisions: Collection[Decision], *, site_id: int, group: str) -> list[DecisionFact]:
    """Those of some decisions that speak of a group at a site, as facts."""
    return [fact_of(d) for d in decisions if d.site_id == site_id and d.group_slug == group]


def find_undo(session: Session, decision_id: int) -> Decision | None:
    """What took a decision back before it took effect."""
    return session.scalar(select(Decision).where(Decision.about_decision_id == decision_id, Decision.kind == "undo"))
