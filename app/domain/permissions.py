"""Who may do what, as functions of plain facts; denied by default, with the reason in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

NEW_ROLE_WAIT = timedelta(hours=24)
"""A role younger than this cannot sign, and neither can an account whose access another person reset within it."""

RESET_WAIT = "Somebody reset your access within the last 24 hours. You can sign a day after the reset."
ROLES = ("trainee", "supervisor", "admin", "auditor")
TWO_PERSON_ROLES = frozenset({"supervisor", "admin"})
TWO_PERSON_TIERS = frozenset({"high", "restricted"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the id and the name as printed at that moment; id None for the system itself."""

    id: int | None
    printed_name: str


SYSTEM = Actor(None, "system")


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether something is allowed, and why not in words that say what to do."""

    allowed: bool = False
    reason: str = "This is not open to you."

    def __bool__(self) -> bool:
        raise TypeError("Ask for .allowed: an answer carries its reason.")


YES = Answer(True, "")


def no(reason: str) -> Answer:
    """A refusal with its reason."""
    return Answer(False, reason)


@dataclass(frozen=True, slots=True)
class Role:
    """One role in force: site None means the whole installation; `since` is when it took effect."""

    role: str
    site_id: int | None
    since: datetime
    external: bool = False


@dataclass(frozen=True, slots=True)
class Who:
    """The facts about an acting person that permissions look at."""

    person_id: int
    active: bool = False
    roles: tuple[Role, ...] = ()
    access_reset_at: datetime | None = None

    def has(self, role: str, site_id: int | None = None) -> bool:
        """Whether the role is held, at that site where one is named (or everywhere)."""
        return self.active and any(
            r.role == role and (site_id is None or r.site_id is None or r.site_id == site_id) for r in self.roles
        )

    def sites_as(self, role: str) -> frozenset[int]:
        """The sites at which the role is held."""
        return frozenset(r.site_id for r in self.roles if r.role == role and r.site_id is not None)


def may_sign(who: Who, role: str, site_id: int | None, *, at: datetime) -> Answer:
    """Whether `who` may sign in a role at a site: held for 24 hours, and access not reset by another within 24 hours."""
    if not who.active:
        return no("This account is not active.")
    held = [r for r in who.roles if r.role == role and (r.site_id is None or site_id is None or r.site_id == site_id)]
    if not held:
        return no(f"Only a {role} of this site may sign here.")
    if min(r.since for r in held) > at - NEW_ROLE_WAIT:
        return no("Your role here is younger than 24 hours. You can sign once it is a day old.")
    if who.access_reset_at is not None and who.access_reset_at > at - NEW_ROLE_WAIT:
        return no(RESET_WAIT)
    return YES


def may_supervise(who: Who, person_id: int, person_sites: Collection[int]) -> Answer:
    """Whether `who` may see and act on a practitioner's record as a supervisor: a shared site, never one's own."""
    if who.person_id == person_id:
        return no("Nobody acts on their own record. Ask another supervisor of the site.")
    if not who.active or not who.sites_as("supervisor") & frozenset(person_sites):
        return no("Only a supervisor of a site that this person belongs to may do this.")
    return YES


def may_read_record(who: Who, person_id: int, person_sites: Collection[int]) -> Answer:
    """Whether `who` may read a practitioner's record: its holder, a supervisor of a shared site, admin or auditor."""
    if who.person_id == person_id and who.active:
        return YES
    if who.has("admin") or who.has("auditor"):
        return YES
    return may_supervise(who, person_id, person_sites)


def may_administer(who: Who, person_id: int, *, at: datetime) -> Answer:
    """Whether `who` may give and end roles of a person, or close the account: an admin, and never their own."""
    if not who.has("admin"):
        return no("Only an admin gives roles.")
    if who.person_id == person_id:
        return no("Nobody gives a role to themselves. Ask another admin.")
    return _access_is_ones_own(who, at)


def may_set_exam_time(who: Who, person_id: int) -> Answer:
    """Whether `who` may set what exam time a person gets: an admin, and never their own."""
    if not who.has("admin"):
        return no("Only an admin sets exam time.")
    if who.person_id == person_id:
        return no("Nobody sets their own exam time. Ask another admin.")
    return YES


def may_confirm_role(who: Who, person_id: int, proposed_by_id: int | None, *, at: datetime) -> Answer:
    """Whether `who` may be the second person for a role: an admin, neither its holder nor its proposer."""
    if not who.has("admin"):
        return no("Only an admin confirms roles.")
    if who.person_id in (person_id, proposed_by_id):
        return no("A second person confirms this role, neither its holder nor the one who proposed it.")
    return _access_is_ones_own(who, at)


def _access_is_ones_own(who: Who, at: datetime) -> Answer:
    """Whoever made a link for an account may have used it too: for a day it does nothing that takes two people."""
    if who.access_reset_at is not None and who.access_reset_at > at - NEW_ROLE_WAIT:
        return no(RESET_WAIT)
    return YES


def may_verify_document(who: Who, holder_id: int, entered_by_id: int, holder_sites: Collection[int], *, at: datetime) -> Answer:
    """Whether `who` may verify a document: a supervisor or admin, neither its holder nor the one who entered it."""
    if who.person_id in (holder_id, entered_by_id):
        return no("A second person verifies a document, neither its holder nor the one who entered it.")
    if who.has("admin"):
        return may_sign(who, "admin", None, at=at)
    shared = who.sites_as("supervisor") & frozenset(holder_sites)
    if not shared:
        return no("Only a supervisor of the holder's site or an admin verifies documents.")
    answers = [may_sign(who, "supervisor", site, at=at) for site in sorted(shared)]
    return next((a for a in answers if a.allowed), answers[0])


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
    if facts.tier == "elevated" and facts.observer_ids == {who.person_id}:
        return no("You are the only observer. Another supervisor grants this.")
    return may_sign(who, "supervisor", facts.site_id, at=at)


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


@dataclass(frozen=True, slots=True)
class RegradeFacts:
    """What the commit of a regrade looks at: who proposed it and in which role, whose results move, with their sites, and for
    whom one would become better."""

    proposer_id: int
    proposed_as: str
    moved: Mapping[int, frozenset[int]]
    favoured: frozenset[int] = frozenset()


def signs_regrade_as(who: Who, *, at: datetime) -> tuple[str, Answer]:
    """The role in which `who` may propose a regrade, supervisor before admin, and the answer."""
    answers = [(role, may_sign(who, role, None, at=at)) for role in ("supervisor", "admin") if who.has(role)]
    allowed = next(((role, answer) for role, answer in answers if answer.allowed), None)
    refused = answers[0] if answers else ("", no("Only an admin or a supervisor proposes and commits regrades."))
    return allowed or refused


def may_commit_regrade(who: Who, facts: RegradeFacts, *, at: datetime) -> tuple[str, Answer]:
    """The role in which `who` may be the second person, and the answer.

    Not the proposer; neither of the two has a result that would become better (where everybody sat the exam, whoever only
    loses by it must be able to act, or no key could ever be corrected); one of the two is a supervisor, since an admin as
    such signs nothing that a clearance rests on; and a supervisor acts only for members of their sites.
    """
    if who.person_id == facts.proposer_id:
        return "", no("You proposed this. A second person commits it.")
    if who.person_id in facts.favoured:
        return "", no("A result of your own would become better. Somebody else commits this.")
    if facts.proposer_id in facts.favoured:
        return "", no("A result of the proposer would become better. Withdraw it, and let somebody else propose it.")
    answers = [_commits_as(who, role, facts, at) for role in ("supervisor", "admin") if who.has(role)]
    allowed = next(((role, answer) for role, answer in answers if answer.allowed), None)
    refused = answers[0] if answers else ("", no("Only an admin or a supervisor proposes and commits regrades."))
    return allowed or refused


def _commits_as(who: Who, role: str, facts: RegradeFacts, at: datetime) -> tuple[str, Answer]:
    if role == "admin" and facts.proposed_as != "supervisor":
        return role, no("An admin proposed this, so a supervisor commits it: one of the two is a supervisor.")
    answer = may_sign(who, role, None, at=at)
    if answer.allowed and role == "supervisor" and not all(_signs_for(who, sites, at) for sites in facts.moved.values()):
        return role, no("Results of people at other sites would move. A supervisor proposes it and an admin commits it.")
    return role, answer


def _signs_for(who: Who, sites: Collection[int], at: datetime) -> bool:
    """Whether `who` may sign as a supervisor of one of these sites."""
    return any(may_sign(who, "supervisor", site, at=at).allowed for site in who.sites_as("supervisor") & frozenset(sites))


@dataclass(frozen=True, slots=True)
class ChallengeFacts:
    """What answering a challenge looks at: who made it, and who wrote or published the version."""

    challenger_id: int
    writer_ids: frozenset[int]


def may_answer_challenge(who: Who, facts: ChallengeFacts, *, at: datetime) -> Answer:
    """Whether `who` may answer a challenge: an admin or supervisor, neither the challenger nor a writer of the version."""
    if who.person_id == facts.challenger_id:
        return no("You challenged this item yourself. Somebody else answers.")
    if who.person_id in facts.writer_ids:
        return no("You wrote or published this version. Somebody else answers.")
    return signs_regrade_as(who, at=at)[1]
