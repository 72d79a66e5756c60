"""Who may read and change people, their roles, their exam time and their papers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from app.domain.permissions.who import NEW_ROLE_WAIT, RESET_WAIT, TWO_PERSON_ROLES, YES, Answer, Who, is_known, may_sign, no


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


def may_propose_role(who: Who, person_id: int, role: str, external: bool, *, at: datetime) -> Answer:
    """Whether `who` may give a role, or be the first of two for one that takes two: then they must be known to be who they are."""
    answer = may_administer(who, person_id, at=at)
    return is_known(who, at=at) if answer.allowed and takes_two(role, external) else answer


def takes_two(role: str, external: bool) -> bool:
    """Whether a second person must confirm a role before it counts."""
    return role in TWO_PERSON_ROLES or external


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
    own = _access_is_ones_own(who, at)
    return is_known(who, at=at) if own.allowed else own


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
