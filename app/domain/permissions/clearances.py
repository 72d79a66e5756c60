"""Who may recommend and grant, stop and end a stop, call evidence back, and hear an appeal."""

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
    one_with: frozenset[int] = frozenset()
    """who counts as the same person as the signer: they covered for each other since the recommendation"""


ONE_PERSON = "One of you covered for the other: you count as one person. A third supervisor signs this."


def may_recommend(who: Who, facts: GrantFacts, *, at: datetime) -> Answer:
    """Whether `who` may recommend: a supervisor of the site, not the applicant and not who covers for them."""
    if who.person_id == facts.person_id:
        return no("Nobody acts on their own record.")
    if facts.person_id in facts.one_with:
        return no(f"{ONE_PERSON} This is the other one's own record.")
    return may_sign(who, "supervisor", facts.site_id, at=at)


def may_grant(who: Who, facts: GrantFacts, *, at: datetime) -> Answer:
    """Whether `who` may grant: a supervisor of the site, not the recommender, at the high tier no counted observer.

    At the elevated tier the granter may be an observer, but not the only one.
    """
    if who.person_id == facts.person_id:
        return no("Nobody acts on their own record.")
    if facts.person_id in facts.one_with:
        return no(f"{ONE_PERSON} This is the other one's own record.")
    signer = facts.one_with | {who.person_id}
    needed = 2 if facts.tier in TWO_PERSON_TIERS or facts.level == "may_observe" else max(1, facts.signers_needed)
    if needed > 1 and facts.recommender_id is None:
        return no("This clearance needs two people: somebody recommends first, another person grants.")
    if needed > 1 and facts.recommender_id == who.person_id:
        return no("You recommended this application. Another supervisor grants it.")
    if needed > 1 and facts.recommender_id in facts.one_with:
        return no(f"The other one recommended this. {ONE_PERSON}")
    if facts.tier in TWO_PERSON_TIERS and who.person_id in facts.observer_ids:
        return no("You signed a counted observation. A supervisor who observed none of it grants this.")
    if facts.external_needed and not (facts.recommender_external or _external(who, facts.site_id)):
        return no("The policy asks for one signer from outside. An external supervisor of the site grants this.")
    if facts.tier in TWO_PERSON_TIERS and facts.one_with & facts.observer_ids:
        return no(f"The other one signed a counted observation. {ONE_PERSON}")
    if facts.tier == "elevated" and facts.observer_ids and facts.observer_ids <= signer:
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
    one_with: frozenset[int] = frozenset()
    """who counts as the same person as the signer: they covered for each other since the proposal"""


def may_propose_lift(who: Who, facts: LiftFacts, *, at: datetime) -> Answer:
    """Whether `who` may be the first of the two who end a stop: a supervisor of the site; after a revocation somebody else
    than who revoked."""
    if who.person_id == facts.person_id:
        return no("Nobody acts on their own record.")
    if facts.person_id in facts.one_with:
        return no(f"{ONE_PERSON} This is the other one's own record.")
    if facts.stop_kind == "revoke" and facts.stopper_id == who.person_id:
        return no("You revoked this. Two other supervisors of the site end a revocation.")
    if facts.stop_kind == "revoke" and facts.stopper_id in facts.one_with:
        return no(f"The other one revoked this. {ONE_PERSON}")
    return may_sign(who, "supervisor", facts.site_id, at=at)


def may_lift(who: Who, facts: LiftFacts, *, at: datetime) -> Answer:
    """Whether `who` may be the second of the two who end a stop."""
    if facts.proposer_id is None:
        return no("Two people lift at every tier: somebody proposes it first, another person lifts.")
    if who.person_id == facts.proposer_id:
        return no("You proposed this. Another supervisor of the site lifts.")
    if facts.proposer_id in facts.one_with:
        return no(f"The other one proposed this. {ONE_PERSON}")
    return may_propose_lift(who, facts, at=at)


@dataclass(frozen=True, slots=True)
class AppealFacts:
    """What the hearing of an appeal looks at: whose it is and where, and who has had any part in what it is about."""

    person_id: int
    site_id: int
    involved_ids: frozenset[int]
    """who signed anything about the holder in this group here, or signed an observation that one of these decisions rests on"""
    one_with: frozenset[int] = frozenset()
    """who counts as the same person as the hearer: they covered for each other since the decision"""


def may_hear_appeal(who: Who, facts: AppealFacts, *, at: datetime) -> Answer:
    """Whether `who` may decide an appeal: a supervisor of the site who is uninvolved."""
    if who.person_id == facts.person_id:
        return no("Nobody acts on their own record.")
    if who.person_id in facts.involved_ids:
        return no("You decided about this person and group, or observed. Somebody uninvolved hears the appeal.")
    if facts.one_with & (facts.involved_ids | {facts.person_id}):
        return no("You count as one person with somebody who had a part in this, since one covered for the other.")
    return may_sign(who, "supervisor", facts.site_id, at=at)


def may_take_over(who: Who, claimed_by: int | None, covered_ids: frozenset[int], claim_is_old: bool) -> Answer:
    """Whether `who` may take over what somebody else has claimed: after five days, or at once while covering for them."""
    if claimed_by is None or claimed_by == who.person_id:
        return no("Nobody else has claimed this.")
    if claimed_by in covered_ids or claim_is_old:
        return Answer(True, "")
    return no("Somebody else reviews this. It can be taken over five days after they claimed it.")
