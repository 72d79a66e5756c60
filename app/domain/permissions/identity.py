"""Who may confirm that an account belongs to the person who uses it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.domain.permissions.who import YES, Answer, Who, may_sign, no


@dataclass(frozen=True, slots=True)
class IdentityFacts:
    """An account whose second factor waits to be confirmed.

    `link_makers` made a one-time link that this account used: they could have used it themselves.
    """

    holder_id: int
    holder_sites: frozenset[int] = frozenset()
    holder_founds: bool = False
    enrolled: bool = False
    replaces: bool = False
    confirmed_by: frozenset[int] = frozenset()
    link_makers: frozenset[int] = frozenset()


def confirmations_needed(replaces: bool) -> int:
    """One for the first factor of an account, two for any later one: it may stand in for one that was stolen."""
    return 2 if replaces else 1


def is_confirmed(facts: IdentityFacts) -> bool:
    """Whether enough other people saw the holder with this factor, at least one of whom never made a link for the account."""
    others = facts.confirmed_by - {facts.holder_id}
    return facts.enrolled and len(others) >= confirmations_needed(facts.replaces) and bool(others - facts.link_makers)


def may_confirm_identity(who: Who, facts: IdentityFacts, *, at: datetime) -> Answer:
    """Whether `who` may be (one of) those who confirm: a signer other than the holder, and not only makers of links."""
    if who.person_id == facts.holder_id:
        return no("Nobody confirms their own identity. Ask an admin or a supervisor.")
    if not facts.enrolled:
        return no("This person has not set up a second factor yet. They do so on their account page.")
    if who.person_id in facts.confirmed_by:
        return no("You have confirmed this already. Another person has to do the same.")
    if _would_leave_link_makers_alone(who.person_id, facts):
        return no("You made a sign-in link that this account used. Somebody who never did has to confirm.")
    return YES if _founders_begin(who, facts) else _may_sign_for(who, facts.holder_sites, at)


def _would_leave_link_makers_alone(person_id: int, facts: IdentityFacts) -> bool:
    together = facts.confirmed_by | {person_id}
    return len(together) >= confirmations_needed(facts.replaces) and not together - facts.link_makers


def _founders_begin(who: Who, facts: IdentityFacts) -> bool:
    """The two founders confirm each other before anybody else is there to do it: each came by a link that no admin made."""
    founds = who.active and any(r.founding for r in who.roles)
    return founds and facts.holder_founds and who.identity is not None and who.access_reset_at is None and not facts.replaces


def _may_sign_for(who: Who, sites: Collection[int], at: datetime) -> Answer:
    if who.has("admin"):
        return may_sign(who, "admin", None, at=at)
    shared = sorted(who.sites_as("supervisor") & frozenset(sites))
    if not shared:
        return no("Only an admin, or a supervisor of a site that this person belongs to, confirms who they are.")
    answers = [may_sign(who, "supervisor", site, at=at) for site in shared]
    return next((a for a in answers if a.allowed), answers[0])
