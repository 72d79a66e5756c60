"""Who may confirm that an account belongs to the person who uses it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.permissions import Identity, IdentityFacts, Role, Who, is_confirmed, is_known, may_confirm_identity, may_sign
from tests.clock import START

LONG_AGO = START - timedelta(days=30)
KNOWN = Identity(LONG_AGO)
HOLDER, ADMIN, OTHER, THIRD = 1, 2, 3, 4
FACTS = IdentityFacts(HOLDER, frozenset({7}), enrolled=True)


def admin(person: int = ADMIN, identity: Identity | None = KNOWN, **more: object) -> Who:
    """An admin since long ago."""
    return Who(person, True, (Role("admin", None, LONG_AGO),), identity=identity, **more)  # type: ignore[arg-type]


def supervisor(site: int, person: int = OTHER) -> Who:
    """A supervisor since long ago."""
    return Who(person, True, (Role("supervisor", site, LONG_AGO),), identity=KNOWN)


def may(who: Who, facts: IdentityFacts = FACTS) -> bool:
    """Whether they may."""
    return may_confirm_identity(who, facts, at=START).allowed


def test_an_admin_and_a_supervisor_of_a_shared_site_confirm_and_nobody_else() -> None:
    assert may(admin())
    assert may(supervisor(7))
    assert not may(supervisor(8))
    assert not may(Who(OTHER, True, (Role("trainee", 7, LONG_AGO),), identity=KNOWN))
    assert not may(Who(OTHER, True, (Role("auditor", None, LONG_AGO),), identity=KNOWN))
    assert not may(replace(admin(), active=False))


def test_nobody_confirms_themselves_or_what_is_not_set_up() -> None:
    assert not may(admin(HOLDER))
    assert not may(admin(), replace(FACTS, enrolled=False))


def test_somebody_who_is_not_confirmed_themselves_confirms_nobody() -> None:
    assert not may(admin(identity=None))
    assert not may(admin(identity=Identity(None)))


def test_whoever_made_a_link_for_the_account_does_not_confirm_its_first_factor() -> None:
    facts = replace(FACTS, link_makers=frozenset({ADMIN}))
    assert not may(admin(), facts)
    assert may(admin(OTHER), facts)


def test_a_second_factor_that_replaces_another_takes_two_one_of_whom_made_no_link() -> None:
    facts = replace(FACTS, replaces=True, link_makers=frozenset({ADMIN, OTHER}))
    assert may(admin(), facts), "the first of two may have made a link"
    half = replace(facts, confirmed_by=frozenset({ADMIN}))
    assert not is_confirmed(half)
    assert not may(admin(), half), "the same person twice"
    assert not may(admin(OTHER), half), "two makers of links"
    assert may(admin(THIRD), half)
    assert is_confirmed(replace(facts, confirmed_by=frozenset({ADMIN, THIRD})))
    assert not is_confirmed(replace(facts, confirmed_by=frozenset({ADMIN, OTHER})))


def test_a_holder_among_those_who_confirmed_counts_for_nothing() -> None:
    assert not is_confirmed(replace(FACTS, confirmed_by=frozenset({HOLDER})))
    assert not is_confirmed(replace(FACTS, replaces=True, confirmed_by=frozenset({HOLDER, OTHER})))


def test_founders_confirm_each_other_before_anybody_is_confirmed_and_only_each_other() -> None:
    founder = Who(ADMIN, True, (Role("admin", None, START, founding=True),), identity=Identity(None))
    partner = IdentityFacts(HOLDER, holder_founds=True, enrolled=True)
    assert may(founder, partner)
    assert not may(founder, replace(partner, holder_founds=False))
    assert not may(founder, replace(partner, replaces=True)), "a lost factor of a founder takes the usual two"
    assert not may(replace(founder, identity=None), partner)
    assert not may(replace(founder, access_reset_at=LONG_AGO), partner), "somebody else may have this account"


@pytest.mark.parametrize(
    ("identity", "allowed", "words"),
    [
        (None, False, "second factor"),
        (Identity(None), False, "confirm who you are"),
        (Identity(START + timedelta(seconds=1)), False, "confirm who you are"),
        (Identity(START), True, ""),
        (Identity(START - timedelta(hours=23), replaces=True), False, "24 hours"),
        (Identity(START - timedelta(hours=24), replaces=True), True, ""),
    ],
)
def test_a_signature_needs_a_confirmed_factor_and_a_day_where_it_replaced_another(
    identity: Identity | None, allowed: bool, words: str
) -> None:
    who = admin(identity=identity)
    for answer in (is_known(who, at=START), may_sign(who, "admin", None, at=START)):
        assert answer.allowed is allowed
        assert words in answer.reason
