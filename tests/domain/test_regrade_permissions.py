"""Who may propose and commit a regrade, and who may answer a challenge; denied by default, and never for one's own good."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.permissions import (
    ChallengeFacts,
    Identity,
    RegradeFacts,
    Role,
    Who,
    may_answer_challenge,
    may_commit_regrade,
    signs_regrade_as,
)
from tests.domain.clearance_facts import NOW

OLD = NOW - timedelta(days=90)
roles = st.sampled_from([
    Role("supervisor", 1, OLD), Role("supervisor", 2, OLD), Role("supervisor", 1, NOW - timedelta(hours=23)),
    Role("admin", None, OLD), Role("admin", None, NOW - timedelta(hours=1)), Role("auditor", None, OLD), Role("trainee", 1, OLD),
])  # fmt: skip
people = st.builds(
    Who, st.integers(1, 4), st.booleans(), st.lists(roles, max_size=3, unique=True).map(tuple),
    st.sampled_from([None, OLD, NOW - timedelta(hours=2)]), st.just(Identity(OLD)),
)  # fmt: skip
sites = st.frozensets(st.integers(1, 2), max_size=2)
facts = st.builds(
    RegradeFacts, st.integers(1, 4), st.sampled_from(["admin", "supervisor"]),
    st.dictionaries(st.integers(1, 6), sites, max_size=4), st.frozensets(st.integers(1, 6), max_size=2),
)  # fmt: skip


def ripe(who: Who, role: str) -> list[Role]:
    """The roles that are a day old."""
    return [r for r in who.roles if r.role == role and r.since <= NOW - timedelta(hours=24)]


@given(people, facts)
def test_a_commit_is_allowed_only_where_every_rule_holds(who: Who, found: RegradeFacts) -> None:
    role, answer = may_commit_regrade(who, found, at=NOW)
    if not answer.allowed:
        assert answer.reason
        return
    assert who.active
    assert who.access_reset_at in (None, OLD)
    assert who.person_id != found.proposer_id
    assert not {who.person_id, found.proposer_id} & found.favoured
    assert "supervisor" in (role, found.proposed_as)
    assert ripe(who, role)
    if role == "supervisor":
        mine = {r.site_id for r in ripe(who, role)}
        assert all(mine & places for places in found.moved.values())


@given(people)
def test_a_proposal_needs_a_role_that_is_a_day_old(who: Who) -> None:
    role, answer = signs_regrade_as(who, at=NOW)
    assert answer.allowed == (
        who.active and who.access_reset_at in (None, OLD) and bool(ripe(who, "supervisor") or ripe(who, "admin"))
    )
    assert not answer.allowed or (role == "supervisor") == bool(ripe(who, "supervisor"))


@given(people, st.integers(1, 4), st.frozensets(st.integers(1, 4), max_size=2))
def test_a_challenge_is_answered_neither_by_its_maker_nor_by_a_writer(who: Who, challenger: int, writers: frozenset[int]) -> None:
    answer = may_answer_challenge(who, ChallengeFacts(challenger, writers), at=NOW)
    assert not (answer.allowed and who.person_id in {challenger, *writers})
    assert not answer.allowed or signs_regrade_as(who, at=NOW)[1].allowed
