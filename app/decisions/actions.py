"""Seal a decision with its signature; the one door through which clearance facts are written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.accounts.queries import find_installation
from app.audit.actions import record
from app.decisions.models import Decision
from app.decisions.queries import limits_json
from app.domain.canonical import canonical_bytes
from app.domain.permissions import Actor, refuse_while_restored
from app.domain.standing import Limits, takes_effect_at
from app.signatures.actions import sign

GIVING = ("recommend", "grant", "renew", "lift")
"""What gives a clearance or helps to; stops, refusals and taking back only ever take away."""


@dataclass(frozen=True, slots=True)
class Act:
    """What is decided, apart from who signs it and when."""

    kind: str
    level: str
    person_id: int
    group: str
    tier: str
    catalogue_version_id: int
    regions: tuple[str, ...]
    limits: Limits
    policy_version_id: int | None
    evidence_sha256: str
    meaning: str
    reason: str = ""
    recommendation: Decision | None = None
    about_id: int | None = None
    until: datetime | None = None
    founding: bool = False
    with_observer: bool = False
    missing: tuple[str, ...] = ()
    """of a return: the requirements that it names as missing"""


def shown_for_decision(act: Act, site: Site) -> dict[str, object]:
    """What the signer of a decision signs: exactly what the page showed."""
    return {
        "act": act.kind,
        "about": act.about_id,
        "evidence": act.evidence_sha256,
        "founding": act.founding,
        "group": act.group,
        "level": act.level,
        "limits": limits_json(act.limits),
        **({"missing": sorted(act.missing)} if act.missing else {}),
        "person": act.person_id,
        "policy_version": act.policy_version_id,
        "reason": act.reason,
        "recommendation": act.recommendation.id if act.recommendation else None,
        "regions": sorted(act.regions),
        "site": site.id,
        "tier": act.tier,
        "until": act.until.isoformat() if act.until else None,
        "with_observer": act.with_observer,
    }


def seal(session: Session, *, act: Act, site: Site, signer: Person, now: datetime) -> Decision:
    """Sign and append a decision. The database refuses it where two people are needed and there is one.

    Raises Conflict where it would give something while a restored installation is not confirmed.
    """
    if act.kind in GIVING:
        installation = find_installation(session)
        refuse_while_restored(installation.mode if installation else None)
    signature = sign(
        session, signer=signer, meaning=act.meaning, subject=f"person:{act.person_id}", shown=shown_for_decision(act, site),
        shown_sha256=None, now=now, time_zone=site.time_zone,
    )  # fmt: skip
    decision = Decision(
        kind=act.kind, level=act.level, person_id=act.person_id, site_id=site.id, group_slug=act.group, tier=act.tier,
        catalogue_version_id=act.catalogue_version_id, regions=regions_text(act.regions),
        limits=canonical_bytes(limits_json(act.limits)).decode(), policy_version_id=act.policy_version_id,
        evidence_sha256=act.evidence_sha256, about_decision_id=act.about_id,
        recommendation_id=act.recommendation.id if act.recommendation else None,
        recommender_id=act.recommendation.signer_id if act.recommendation else None,
        signer_id=signer.id, signature_id=signature.id, founding=act.founding, reason=act.reason,
        with_observer=act.with_observer,
        occurred_at=now, recorded_at=now, effective_at=takes_effect_at(act.kind, now), until=act.until, time_zone=site.time_zone,
    )  # fmt: skip
    session.add(decision)
    session.flush()
    facts = {
        "decision": decision.id,
        "group": act.group,
        "level": act.level,
        "sealed": signature.sha256,
        "signature": signature.id,
        "site": site.id,
    }
    actor = Actor(signer.id, signer.printed_name)
    record(session, stream=f"person:{act.person_id}", act=f"decision.{act.kind}", actor=actor, now=now, facts=facts)
    return decision


def regions_text(regions: Collection[str]) -> str:
    """Regions as they are stored: a sorted JSON list, so that equal sets are equal texts."""
    return canonical_bytes(sorted(set(regions))).decode()
