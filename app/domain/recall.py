"""Evidence that is called back: what is left without it, and which clearances fall below the bar that they were granted at."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.evidence import Evidence, Setting
from app.domain.policy import Policy
from app.domain.standing import initial_outcomes

Piece = tuple[str, int]
"""(kind: observation, competency, document or exam; id of its record)."""
KINDS = ("observation", "competency", "document", "exam")


def without(evidence: Evidence, voided: Collection[Piece]) -> Evidence:
    """The evidence as it is once some pieces are void.

    What spoke against somebody stays: a *not yet*, a procedure that went badly and a missed exam are not wiped out.
    """
    if not voided:
        return evidence
    gone = frozenset(voided)
    return replace(
        evidence,
        exams=tuple(e for e in evidence.exams if ("exam", e.id) not in gone or not e.counts),
        observations=tuple(replace(o, voided=True) if ("observation", o.id) in gone else o for o in evidence.observations),
        competencies=tuple(c for c in evidence.competencies if ("competency", c.id) not in gone or c.verdict != "met"),
        documents=tuple(replace(d, refused=True) if ("document", d.id) in gone else d for d in evidence.documents),
    )


@dataclass(frozen=True, slots=True)
class Fall:
    """Whether a grant stands without some evidence, and what is missing where it does not."""

    below: bool
    reasons: tuple[str, ...] = ()


def falls(
    policy: Policy,
    tier: str,
    evidence: Evidence,
    voided: Collection[Piece],
    setting: Setting,
    *,
    granted_at: datetime,
    at: datetime,
) -> Fall:
    """Judge a grant again without some pieces: on what there was when it was granted, or else on what there is by now.

    It falls below the bar where a requirement that was met then no longer is, and today's evidence is not enough either. Two
    instants, because old procedures leave their window with time alone.
    """
    left = without(evidence, voided)
    lost = _lost(policy, tier, evidence, left, setting, granted_at)
    today = initial_outcomes(policy, tier, left, setting, at=at)
    return Fall(bool(lost) and any(o.state != "met" for o in today), lost)


def _lost(policy: Policy, tier: str, evidence: Evidence, left: Evidence, setting: Setting, at: datetime) -> tuple[str, ...]:
    """Why requirements that the whole evidence met at an instant are not met by what is left."""
    met = {o.requirement for o in initial_outcomes(policy, tier, evidence, setting, at=at) if o.state == "met"}
    unmet = [o for o in initial_outcomes(policy, tier, left, setting, at=at) if o.state != "met"]
    return tuple(o.reason for o in unmet if o.requirement in met)
