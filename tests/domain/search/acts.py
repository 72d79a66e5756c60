"""The alphabet: everything that H can do in one step, each asked of the product's own permissions.

invite · make a link · use a link · set up a factor · report one lost (one's own or another's) · confirm an identity · propose,
confirm and end a role · close and open an account · recommend · grant · propose to end a stop · end it · let a day pass
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from app.domain import permissions as product
from app.domain.permissions import Answer, GrantFacts, IdentityFacts, LiftFacts, Who
from tests.clock import START
from tests.domain.search.world import IDS, SITE, Account, Factor, Held, World, identity_of, who_is

APPLICANT = "trainee"
ROLES = ("supervisor", "admin")
Step = tuple[str, World]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that are searched; a test puts a weaker one in to see that the search finds the way it opens."""

    may_confirm_identity: Callable[..., Answer] = product.may_confirm_identity
    is_confirmed: Callable[[IdentityFacts], bool] = product.is_confirmed
    may_propose_role: Callable[..., Answer] = product.may_propose_role
    may_confirm_role: Callable[..., Answer] = product.may_confirm_role
    may_grant: Callable[..., Answer] = product.may_grant
    may_lift: Callable[..., Answer] = product.may_lift
    signing_needs_the_factor: bool = True
    roles_need_the_factor: bool = True
    reset_keeps_the_factor: bool = True


def signs(account: Account, rules: Rules) -> bool:
    """Whether H can prove at the keyboard to be this account's holder."""
    return account.by_h and (not rules.signing_needs_the_factor or (account.factor is not None and account.factor.by_h))


def steps(world: World, rules: Rules, socks: int) -> Iterator[Step]:
    """Every act that succeeds now, and the world after it."""
    yield from _time(world)
    for account in world.accounts:
        if account.link_by is not None:
            yield _use_link(world, account, rules)
        if not account.by_h or not account.active:
            continue
        yield from _own_factor(world, account)
        yield from _as_admin(world, account, rules, socks)
        if signs(account, rules):
            yield from _confirms(world, account, rules)
            yield from _decides(world, account, rules)


def _older(age: str | None) -> str | None:
    return "old" if age else None


def _time(world: World) -> Iterator[Step]:
    aged = tuple(
        replace(
            a,
            reset=_older(a.reset),
            roles=frozenset(replace(h, since=_older(h.since)) for h in a.roles),
            factor=replace(a.factor, confirmed=_older(a.factor.confirmed)) if a.factor else None,
        )
        for a in world.accounts
    )
    yield "a day passes", replace(world, accounts=aged)


def _use_link(world: World, account: Account, rules: Rules) -> Step:
    assert account.link_by is not None
    after = replace(account, by_h=True, link_by=None, reset="fresh", link_makers=account.link_makers | {account.link_by})
    if not rules.reset_keeps_the_factor:
        after = replace(after, factor=None)
    return f"use the link of {account.name}", world.having(after)


def _own_factor(world: World, account: Account) -> Iterator[Step]:
    if account.factor is None:
        factor = Factor(True, replaces=account.had_factor)
        yield f"{account.name} sets up a factor", world.having(replace(account, factor=factor, had_factor=True))
    else:
        yield f"{account.name} reports the factor lost", world.having(replace(account, factor=None))


def _as_admin(world: World, admin: Account, rules: Rules, socks: int) -> Iterator[Step]:
    who = who_is(admin)
    if not who.has("admin"):
        return
    made = [n for n in world.names if n.startswith("sock")]
    if len(made) < socks:
        name = f"sock{len(made) + 1}"
        yield f"{admin.name} invites {name}", world.having(Account(name, link_by=admin.name))
    for other in world.accounts:
        if other.active and other.link_by is None:
            yield f"{admin.name} makes a link for {other.name}", world.having(replace(other, link_by=admin.name))
        yield from _roles(world, admin, who, other, rules)
        yield from _closing(world, admin, who, other)


def _proved(account: Account, rules: Rules) -> bool:
    return not rules.roles_need_the_factor or (account.factor is not None and account.factor.by_h)


def _roles(world: World, admin: Account, who: Who, other: Account, rules: Rules) -> Iterator[Step]:
    for role in ROLES:
        answer = rules.may_propose_role(who, IDS[other.name], role, False, at=START)
        if answer.allowed and _proved(admin, rules) and not any(h.role == role for h in other.roles):
            held = other.roles | {Held(role, admin.name, None)}
            yield f"{admin.name} proposes {other.name} as {role}", world.having(replace(other, roles=held))
    for held in other.roles:
        answer = rules.may_confirm_role(who, IDS[other.name], IDS[held.proposer], at=START)
        if held.since is None and _proved(admin, rules) and answer.allowed:
            now = other.roles - {held} | {replace(held, since="fresh")}
            yield f"{admin.name} confirms {other.name} as {held.role}", world.having(replace(other, roles=now))
        if product.may_administer(who, IDS[other.name], at=START).allowed:
            yield f"{admin.name} ends {other.name} as {held.role}", world.having(replace(other, roles=other.roles - {held}))


def _closing(world: World, admin: Account, who: Who, other: Account) -> Iterator[Step]:
    if not product.may_administer(who, IDS[other.name], at=START).allowed:
        return
    if other.active:
        yield f"{admin.name} closes {other.name}", world.having(replace(other, active=False))
    else:
        opened = replace(other, active=True, by_h=False, link_by=None, reset="fresh")
        yield f"{admin.name} opens {other.name} again", world.having(opened)


def _confirms(world: World, account: Account, rules: Rules) -> Iterator[Step]:
    who = who_is(account)
    for other in world.accounts:
        factor = other.factor
        if factor is None or factor.confirmed or not factor.by_h:
            continue
        if rules.may_confirm_identity(who, identity_of(other), at=START).allowed:
            proved = replace(other, factor=replace(factor, proofs=factor.proofs | {account.name}))
            done = rules.is_confirmed(identity_of(proved))
            assert proved.factor is not None
            after = replace(proved, factor=replace(proved.factor, confirmed="fresh" if done else None))
            yield f"{account.name} confirms who {other.name} is", world.having(after)
    for other in world.accounts:
        shares = who.has("admin") or who.has("supervisor", SITE)
        if other.factor is not None and other.name != account.name and shares:
            yield f"{account.name} stops the factor of {other.name}", world.having(replace(other, factor=None))


def _decides(world: World, account: Account, rules: Rules) -> Iterator[Step]:
    who = who_is(account)
    recommender = IDS[world.recommender] if world.recommender else None
    facts = GrantFacts(IDS[APPLICANT], SITE, "high", 2, recommender, frozenset())
    if not world.granted and world.recommender != account.name and product.may_recommend(who, facts, at=START).allowed:
        yield f"{account.name} recommends", replace(world, recommender=account.name)
    if not world.granted and rules.may_grant(who, facts, at=START).allowed:
        yield f"{account.name} grants", replace(world, granted=True)
    proposer = IDS[world.lift_proposer] if world.lift_proposer else None
    stop = LiftFacts(IDS[APPLICANT], SITE, "suspend", IDS["director"], proposer)
    if world.lift_proposer != account.name and product.may_propose_lift(who, stop, at=START).allowed:
        yield f"{account.name} proposes to end the stop", replace(world, lift_proposer=account.name)
    if not world.lifted and rules.may_lift(who, stop, at=START).allowed:
        yield f"{account.name} ends the stop", replace(world, lifted=True)
