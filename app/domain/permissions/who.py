"""Plain facts about who acts, and the answer with its reason: denied by default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

NEW_ROLE_WAIT = timedelta(hours=24)
"""A role younger than this cannot sign, and neither can an account whose access another person reset within it."""

RESET_WAIT = "Somebody reset your access within the last 24 hours. You can sign a day after the reset."
REPLACED_WAIT = "Your second factor took the place of another one within the last 24 hours. You can sign a day after that."
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
    founding: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """The second factor that an account has: when enough others confirmed its holder, and whether it took another's place."""

    confirmed_at: datetime | None = None
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Who:
    """The facts about an acting person that permissions look at."""

    person_id: int
    active: bool = False
    roles: tuple[Role, ...] = ()
    access_reset_at: datetime | None = None
    identity: Identity | None = None
    """None: no second factor."""

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
    return is_known(who, at=at)


def is_known(who: Who, *, at: datetime) -> Answer:
    """Whether others have confirmed that the account is its holder's, by the second factor it has now (21 CFR 11.100 b)."""
    if who.identity is None:
        return no("You need a second factor before you can sign. Set it up on your account page.")
    if who.identity.confirmed_at is None or who.identity.confirmed_at > at:
        return no("Somebody else has to confirm who you are before you can sign. Ask an admin or a supervisor.")
    if who.identity.replaces and who.identity.confirmed_at > at - NEW_ROLE_WAIT:
        return no(REPLACED_WAIT)
    return YES
