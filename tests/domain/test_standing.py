"""Only a grant in its term, with nothing against it, reads as CLEARED."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.evidence import Evidence
from app.domain.standing import DecisionFact, Limits, Standing, standing
from tests.domain.clearance_facts import NOW, POLICY, SETTING, document, full_evidence

GRANTED = NOW - timedelta(days=30)
TERM_END = datetime(2028, 10, 25, tzinfo=UTC)
REGION = "upper-trapezius"
GRANT = DecisionFact(10, "grant", frozenset({REGION}), GRANTED, GRANTED, TERM_END, Limits(max_needle_mm=30), by_two=True)


def ask(*decisions: DecisionFact, evidence: Evidence | None = None, at: datetime = NOW, **changes: Any) -> Standing:
    facts: dict[str, Any] = {
        "region": REGION, "level": "independent", "decisions": decisions, "evidence": evidence or full_evidence(),
        "policy": POLICY, "tier": "high", "setting": SETTING, "at": at, **changes,
    }  # fmt: skip
    return standing(**facts)


def act(kind: str, number: int, at: datetime, **changes: Any) -> DecisionFact:
    return replace(GRANT, id=number, kind=kind, effective_at=at, recorded_at=at, until=None, **changes)


def test_a_grant_in_its_term_with_everything_in_force_is_cleared_with_its_limits() -> None:
    answer = ask(GRANT)
    assert (answer.state, answer.word) == ("CLEARED", "CLEARED")
    assert answer.limits == ("needle at most 30 mm",)
    assert answer.limiting_cause == "indemnity"
    assert answer.cleared_until == datetime(2027, 3, 31, 23, 0, tzinfo=UTC)


def test_no_grant_means_not_held() -> None:
    assert ask().state == "NOT_HELD"
    assert ask(replace(GRANT, regions=frozenset({"suboccipital"}))).state == "NOT_HELD"
    assert ask(GRANT, policy=None).state == "NOT_HELD"


def test_the_clearance_ends_at_the_first_instant_of_its_last_moment() -> None:
    forever = replace(full_evidence(), documents=(document("licence", None), document("indemnity", None)))
    assert ask(GRANT, evidence=forever, at=TERM_END - timedelta(microseconds=1)).state == "CLEARED"
    assert ask(GRANT, evidence=forever, at=TERM_END).state == "EXPIRED"


def test_a_lapsed_licence_blocks_and_says_what_to_do() -> None:
    lapsed = replace(full_evidence(), documents=(document("licence", date(2026, 11, 1)), document("indemnity")))
    answer = ask(GRANT, evidence=lapsed)
    assert (answer.state, answer.word, answer.limiting_cause) == ("BLOCKED", "NOT CLEARED", "licence")
    assert "verified" in answer.to_do


def test_a_suspension_bites_and_only_its_lift_ends_it() -> None:
    stop = act("suspend", 20, NOW - timedelta(days=1))
    assert ask(GRANT, stop).state == "SUSPENDED"
    assert ask(GRANT, stop, act("lift", 21, NOW, about_id=99)).state == "SUSPENDED"
    assert ask(GRANT, stop, act("lift", 22, NOW, about_id=20)).state == "CLEARED"


def test_a_renewal_does_not_wash_away_a_suspension() -> None:
    stop = act("suspend", 20, NOW - timedelta(days=2))
    renewed = replace(GRANT, id=30, kind="renew", effective_at=NOW - timedelta(days=1), recorded_at=NOW - timedelta(days=1))
    assert ask(GRANT, stop, renewed).state == "SUSPENDED"


def test_a_revocation_ends_the_grant_before_it_but_not_a_later_one() -> None:
    revoked = act("revoke", 20, NOW - timedelta(days=5))
    assert ask(GRANT, revoked).state == "REVOKED"
    later = replace(GRANT, id=31, effective_at=NOW - timedelta(days=1), recorded_at=NOW - timedelta(days=1))
    assert ask(GRANT, revoked, later).state == "CLEARED"


def test_holds_stop_or_ask_for_an_observer() -> None:
    assert ask(GRANT, act("hold", 20, NOW)).word == "NOT CLEARED"
    assert ask(GRANT, act("hold", 20, NOW, hold_with_observer=True)).word == "ONLY WITH AN OBSERVER"


def test_what_was_recorded_later_was_not_known_then() -> None:
    backdated = act("suspend", 20, NOW - timedelta(days=10))
    backdated = replace(backdated, recorded_at=NOW - timedelta(days=1))
    then = NOW - timedelta(days=2)
    assert ask(GRANT, backdated, at=then, as_known_at=then).state == "CLEARED"
    assert ask(GRANT, backdated, at=then, as_known_at=NOW).state == "SUSPENDED"


def test_a_restored_installation_confirms_nothing() -> None:
    assert ask(GRANT, restored=True).word == "CANNOT CONFIRM"


def test_expiring_is_a_mark_on_cleared() -> None:
    soon = replace(full_evidence(), documents=(document("licence", date(2027, 1, 10)), document("indemnity")))
    answer = ask(GRANT, evidence=soon)
    assert answer.state == "CLEARED"
    assert answer.expiring


@given(days=st.integers(-40, 900))
def test_cleared_never_outlives_what_it_says(days: int) -> None:
    answer = ask(GRANT)
    at = NOW + timedelta(days=days)
    later = ask(GRANT, at=at)
    if later.state == "CLEARED" and at >= NOW:
        assert answer.cleared_until is not None
        assert at < answer.cleared_until


@pytest.mark.parametrize("missing", range(2))
def test_taking_a_document_away_never_makes_anybody_cleared(missing: int) -> None:
    evidence = full_evidence()
    fewer = replace(evidence, documents=tuple(d for i, d in enumerate(evidence.documents) if i != missing))
    assert ask(GRANT, evidence=fewer).state == "BLOCKED"


@pytest.mark.parametrize("tier", ["high", "restricted"])
def test_a_grant_by_one_person_clears_nothing_in_a_group_that_asks_for_two(tier: str) -> None:
    found = ask(replace(GRANT, by_two=False), tier=tier)
    assert (found.word, found.state) == ("NOT CLEARED", "NOT_HELD")
    assert "two people" in found.reasons[0]
