"""The pure model: accounts, who holds their password and their authenticator, roles, one application, one stop.

One human acts, H: through every account whose password H holds, signing where H also holds the authenticator. The others are honest
and do nothing. Evidence is taken as whole, so that only the rules about people stand between H and a clearance. Time has two ages:
`fresh` (less than a day) and `old`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from app.domain.permissions import Identity, IdentityFacts, Role, Who
from tests.clock import START

AGES: dict[str, datetime] = {"fresh": START, "old": START - timedelta(days=2)}
SITE = 1


@dataclass(frozen=True, slots=True)
class Held:
    """A role: who proposed it, and since when it counts (None: it waits for a second person)."""

    role: str
    proposer: str
    since: str | None
    founding: bool = False


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor: in whose hand it is, who confirmed it, and since when that is enough."""

    by_h: bool
    replaces: bool = False
    proofs: frozenset[str] = frozenset()
    confirmed: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One account; `h` in a field means that H holds it, through whichever account."""

    name: str
    by_h: bool = False
    link_by: str | None = None
    link_makers: frozenset[str] = frozenset()
    reset: str | None = None
    factor: Factor | None = None
    had_factor: bool = False
    roles: frozenset[Held] = frozenset()
    active: bool = True


@dataclass(frozen=True, slots=True)
class World:
    """Everything that acts change."""

    accounts: tuple[Account, ...]
    recommender: str | None = None
    granted: bool = False
    lift_proposer: str | None = None
    lifted: bool = False

    def account(self, name: str) -> Account:
        """One account by name."""
        return next(a for a in self.accounts if a.name == name)

    def having(self, account: Account) -> World:
        """The world with another state of an account, or with one more."""
        names = [a.name for a in self.accounts]
        if account.name not in names:
            return replace(self, accounts=(*self.accounts, account))
        return replace(self, accounts=tuple(account if a.name == account.name else a for a in self.accounts))

    @property
    def names(self) -> list[str]:
        """The accounts there are."""
        return [a.name for a in self.accounts]


IDS = {name: n for n, name in enumerate(("h", "admin", "director", "trainee", "sock1", "sock2"), 1)}


@cache
def who_is(account: Account) -> Who:
    """The facts that the product's permissions look at."""
    roles = tuple(
        Role(h.role, None if h.role == "admin" else SITE, AGES[h.since], False, h.founding)
        for h in sorted(account.roles, key=str)
        if h.since
    )
    factor = account.factor
    identity = Identity(AGES[factor.confirmed] if factor.confirmed else None, factor.replaces) if factor else None
    return Who(IDS[account.name], account.active, roles, AGES[account.reset] if account.reset else None, identity)


@cache
def identity_of(account: Account) -> IdentityFacts:
    """What decides who may confirm the holder of an account."""
    factor = account.factor
    return IdentityFacts(
        holder_id=IDS[account.name],
        holder_sites=frozenset({SITE}),
        holder_founds=any(h.founding for h in account.roles),
        enrolled=factor is not None,
        replaces=factor is not None and factor.replaces,
        confirmed_by=frozenset(IDS[n] for n in factor.proofs) if factor else frozenset(),
        link_makers=frozenset(IDS[n] for n in account.link_makers),
    )


def honest(name: str, *roles: str, founding: bool = False) -> Account:
    """Somebody else's account, with a factor that others confirmed long ago."""
    held = frozenset(Held(r, "admin", "old", founding) for r in roles)
    factor = Factor(False, confirmed="old", proofs=frozenset({"admin"}))
    return Account(name, factor=factor, had_factor=True, roles=held)


def own(*roles: str, founding: bool = False) -> Account:
    """The account of H."""
    account = honest("h", *roles, founding=founding)
    return replace(account, by_h=True, factor=Factor(True, confirmed="old", proofs=frozenset({"admin"})))
