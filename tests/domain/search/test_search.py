"""No way for one human to make somebody cleared for a high-risk region, or to end a stop: searched, not argued."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest

from app.domain import permissions as product
from app.domain.permissions import Answer, Who
from tests.domain.search.acts import Rules
from tests.domain.search.searching import Found, follow, search
from tests.domain.search.world import Account, World, honest, own

DEPTH = int(os.environ.get("DEEP_SEARCH", "3"))
OTHERS = (honest("admin", "admin", founding=True), honest("director", "supervisor"), honest("trainee"))
STARTS: dict[str, World] = {
    "a trainee": World((own(), *OTHERS)),
    "a supervisor": World((own("supervisor"), *OTHERS)),
    "an admin": World((own("admin"), *OTHERS)),
    "a founder": World((own("admin", founding=True), *OTHERS)),
    "an admin who supervises": World((own("admin", "supervisor"), *OTHERS)),
    "a founder in the first hour": World((
        replace(own("admin", founding=True), factor=None, had_factor=False),
        replace(OTHERS[0], factor=None, had_factor=False), *OTHERS[1:],
    )),
}  # fmt: skip


def looked(name: str, depth: int = DEPTH, socks: int = 2, **weaker: Any) -> Found:
    """A search from one of the starts, under the product's rules or weaker ones."""
    return search(STARTS[name], rules=replace(Rules(), **weaker), depth=depth, socks=socks)


@pytest.mark.parametrize("name", STARTS)
def test_no_single_human_makes_a_high_tier_clearance_or_ends_a_stop(name: str) -> None:
    found = looked(name)
    print(f"search from {name}: {found.worlds} distinct worlds to depth {found.depth}, fixpoint {found.fixpoint}")
    assert found.way is None, " → ".join(found.way or ())
    assert found.fixpoint or found.depth == DEPTH


def test_a_human_without_an_admins_role_has_nowhere_to_go_at_all() -> None:
    for name in ("a trainee", "a supervisor"):
        assert looked(name, depth=50).fixpoint


def _without_the_second_person(who: Who, facts: Any, *, at: Any) -> Answer:
    return product.may_sign(who, "supervisor", facts.site_id, at=at)


def _anybody_but_the_holder(who: Who, facts: Any, *, at: Any) -> Answer:
    return product.may_confirm_identity(who, replace(facts, link_makers=frozenset()), at=at)


WEAKER: dict[str, tuple[str, int, dict[str, Any]]] = {
    "one person grants": ("a supervisor", 1, {"may_grant": _without_the_second_person}),
    "one person lifts": ("a supervisor", 1, {"may_lift": _without_the_second_person}),
    "a password is enough to sign": ("an admin who supervises", 5, {"signing_needs_the_factor": False}),
}  # fmt: skip


@pytest.mark.parametrize("name", WEAKER)
def test_the_search_finds_the_way_that_a_weaker_rule_opens(name: str) -> None:
    start, depth, weaker = WEAKER[name]
    found = looked(start, depth=depth, socks=0, **weaker)
    assert found.way is not None, f"{found.worlds} worlds, depth {found.depth}"


RESET = [
    "h makes a link for director", "use the link of director", "director sets up a factor", "h confirms who director is",
    "a day passes", "h recommends", "director grants",
]  # fmt: skip


def test_a_colleague_whose_access_was_reset_fails_at_the_factor_and_at_being_known() -> None:
    start = STARTS["an admin who supervises"]
    confirms = {"may_confirm_identity": _anybody_but_the_holder, "is_confirmed": lambda facts: True}
    assert follow(start, replace(Rules(), reset_keeps_the_factor=False, **confirms), RESET) is None, "the chain itself is possible"
    assert follow(start, Rules(), RESET) == "director sets up a factor"
    lost = [*RESET[:2], "director reports the factor lost", *RESET[2:]]
    assert follow(start, Rules(), lost) == "director grants", "one of the two who are needed confirmed it"
    assert follow(start, replace(Rules(), **confirms), lost) is None


SOCK = [
    "h makes a link for admin", "use the link of admin", "a day passes", "h invites sock1", "use the link of sock1",
    "sock1 sets up a factor", "h proposes sock1 as supervisor", "admin confirms sock1 as supervisor", "h confirms who sock1 is",
    "a day passes", "h recommends", "sock1 grants",
]  # fmt: skip


def test_an_invented_supervisor_fails_at_the_second_admin_and_at_being_known() -> None:
    """The longest way that was tried: an account that nobody is, given its role by an admin whose access was reset."""
    start = STARTS["an admin who supervises"]
    confirms = {"may_confirm_identity": _anybody_but_the_holder, "is_confirmed": lambda facts: True}
    assert follow(start, replace(Rules(), roles_need_the_factor=False, **confirms), SOCK) is None, "the chain itself is possible"
    assert follow(start, replace(Rules(), **confirms), SOCK) == "admin confirms sock1 as supervisor"
    assert follow(start, replace(Rules(), roles_need_the_factor=False), SOCK) == "h confirms who sock1 is"
    assert follow(start, Rules(), SOCK) == "admin confirms sock1 as supervisor"


def test_the_model_knows_who_holds_what() -> None:
    assert Account("x").by_h is False
    assert own().by_h
    assert own().factor is not None
