"""Who may recommend and grant, stop and end a stop, and call evidence back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.permissions.who import TWO_PERSON_TIERS, Answer, Who, may_sign, no


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """What a grant looks at besides the signer: whose, where, how risky, and who has already had a hand in it."""

    person_id: int
    site_id: int
    tier: str
    signers_needed: int
    recommender_id: int | None
    observer_ids: frozenset[int]
    level: str = "independent"
    external_needed: bool = False
    """whether the policy asks for one signer from outside"""
    recommender_external: bool = False


def may_recommend(who: Who, facts: GrantFacts, *, at: datetime) -> Answer:
    """Whether `who` may recommend: a supervisor of the site, not the applicant."""
    if who.person_id == facts.person_id:
        return no("Nobody acts on their own record.")
    return may_sign(who, "supervisor", facts.site_id, at=at)


def may_grant(who: Who, facts: GrantFacts, *, at: datetime) -> Answer:
    """Whether `who` may grant: a supervisor of the site, not the recommender, at the high tier no counted observer.

    At the elevated tier the granter may be an observer, but not the only one.
    """
    if who.person_id == facts.person_id:
        return no("Nobody acts on their own record.")
    needed = 2 if facts.tier in TWO_PERSON_TIERS or facts.level == "may_observe" else max(1, facts.signers_needed)
    if needed > 1 and facts.recommender_id is None:
        return no("This clearance needs two people: somebody recommends first, another person grants.")
    if needed > 1 and facts.recommender_id == who.person_id:
        return no("You recommended this application. Another supervisor grants it.")
    if facts.tier in TWO_PERSON_TIERS and who.person_id in facts.observer_ids:
        return no("You signed a counted observation. A supervisor who observed none of it grants this.")
    if facts.external_needed and not (facts.recommender_external or _external(who, facts.site_id)):
        return no("The policy asks for one signer from outside. An external supervisor of the site grants this.")
    if facts.tier == "elevated" and facts.observer_ids == {who.person_id}:
        return no("You are the only observer. Another supervisor grants this.")
    return may_sign(who, "supervisor", facts.site_id, at=at)


def _external(who: Who, site_id: int) -> bool:
    return any(r.role == "supervisor" and r.site_id == site_id and r.external for r in who.roles)


def may_stop(who: Who, person_id: int, site_id: int, *, at: datetime) -> Answer:
    """Whether `who` alone may suspend, hold or revoke: a supervisor of the site, never for themselves."""
    if who.person_id == person_id:
        return no("Nobody acts on their own record. Ask another supervisor of the site.")
    return may_sign(who, "supervisor", site_id, at=at)


def may_call_back(who: Who, holder_id: int, site_id: int, *, at: datetime) -> Answer:
    """Whether `who` alone may call back a piece of evidence: a supervisor of its site, never of their own record."""
    if who.person_id == holder_id:
        return no("Nobody acts on their own record. Ask another supervisor of the site.")
    return may_sign(who, "supervisor", site_id, at=at)


@dataclass(frozen=True, slots=True)
class LiftFacts:
    """What the end of a stop looks at: whose it is and where, who stopped and how, and who proposed to end it."""

    person_id: int
    site_id: int
    stop_kind: str
    stopper_id: int
    proposer_id: int | None = None


def may_propose_lift(who: Who, facts: LiftFacts, *, at: datetime) -> Answer:
    """Whether `who` may be the first of the two who end a stop: a supervisor of the site; after a revocation somebody else
    than who revoked."""
    if who.person_id == facts.person_id:
        return no("Nobody acts on their own record.")
    if facts.stop_kind == "revoke" and who.person_id == facts.stopper_id:
        return no("You revoked this. Two other supervisors of the site end a revocation.")
    return may_sign(who, "supervisor", facts.site_id, at=at)


def may_lift(who: Who, facts: LiftFacts, *, at: datetime) -> Answer:
    """Whether `who` may be the second of the two who end a stop."""
    if facts.proposer_id is None:
        return no("Two people lift at every tier: somebody proposes it first, another person lifts.")
    if who.person_id == facts.proposer_id:
        return no("You proposed this. Another supervisor of the site lifts.")
    return may_propose_lift(who, facts, at=at)
