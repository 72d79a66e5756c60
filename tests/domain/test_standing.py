"""Only a grant in its term, with nothing against it, reads as CLEARED."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.evidence import Evidence, LoggedFact, ObservationFact, ScopeFact
from app.domain.policy import Policy, parse_policy
from app.domain.standing import DecisionFact, Limits, Standing, observes, standing
from tests.domain.clearance_facts import NOW, POLICY, SETTING, document, full_evidence, observation

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
    assert ask(GRANT, stop, act("lift", 22, NOW, about_id=20)).state == "PROVISIONAL"


def test_a_lift_of_some_regions_leaves_the_others_suspended() -> None:
    both = frozenset({REGION, "rhomboids-levator"})
    grant, stop = replace(GRANT, regions=both), replace(act("suspend", 20, NOW - timedelta(days=1)), regions=both)
    lift = replace(act("lift", 21, NOW, about_id=20), regions=frozenset({"rhomboids-levator"}))
    assert ask(grant, stop, lift).state == "SUSPENDED"
    assert ask(grant, stop, lift, region="rhomboids-levator").state == "PROVISIONAL"


def test_after_a_suspension_the_first_three_procedures_are_done_with_an_observer() -> None:
    back = NOW - timedelta(days=20)
    decisions = (GRANT, act("suspend", 20, back - timedelta(days=3)), act("lift", 21, back, about_id=20))
    since = [observation(100 - n, id=100 + n, opened_at=back + timedelta(days=n), signed_at=back + timedelta(days=n, hours=1))
             for n in range(3)]  # fmt: skip

    def with_watched(*watched: ObservationFact) -> Standing:
        evidence = full_evidence()
        return ask(*decisions, evidence=replace(evidence, observations=(*watched, *earlier(evidence, back))))

    assert with_watched(*since[:2]).word == "ONLY WITH AN OBSERVER"
    assert "2 of the first 3" in with_watched(*since[:2]).reasons[0]
    assert with_watched(*since).state == "CLEARED"
    assert with_watched(*since[:2], replace(since[2], purpose="coaching")).state == "CLEARED"
    for spoiled in (
        {"outcome": "abandoned"}, {"auto_failed": True}, {"presence": "not_seen", "rating": None}, {"observer_eligible": False},
        {"observer_id": SETTING.person_id}, {"opened_at": back - timedelta(minutes=1)}, {"region": "suboccipital"},
    ):  # fmt: skip
        assert with_watched(*since[:2], replace(since[2], **spoiled)).state == "PROVISIONAL", spoiled


def earlier(evidence: Evidence, instant: datetime) -> list[ObservationFact]:
    """The observations that were opened before an instant."""
    return [o for o in evidence.observations if o.opened_at < instant]


def test_a_new_grant_on_evidence_after_the_lift_needs_no_first_procedures_and_a_renewal_does() -> None:
    stop, lift = act("suspend", 20, NOW - timedelta(days=9)), act("lift", 21, NOW - timedelta(days=8), about_id=20)
    again = replace(GRANT, id=30, effective_at=NOW - timedelta(days=1), recorded_at=NOW - timedelta(days=1))
    empty = replace(full_evidence(), observations=())
    assert ask(GRANT, stop, lift, again, evidence=empty).state == "CLEARED"
    assert ask(GRANT, stop, lift, replace(again, kind="renew"), evidence=empty).state == "PROVISIONAL"
    renewed = replace(again, id=31, kind="renew", effective_at=NOW)
    assert ask(GRANT, stop, lift, again, renewed, evidence=empty).state == "CLEARED"
    suspended_then = replace(again, effective_at=NOW - timedelta(days=9), recorded_at=NOW - timedelta(days=9))
    assert ask(GRANT, stop, suspended_then, lift, evidence=empty).state == "PROVISIONAL"


def test_what_was_undone_never_was() -> None:
    grant = replace(GRANT, effective_at=NOW, recorded_at=NOW - timedelta(seconds=10))
    undo = act("undo", 11, NOW - timedelta(seconds=4), about_id=GRANT.id)
    assert ask(grant).state == "CLEARED"
    assert ask(grant, undo).state == "NOT_HELD"
    assert ask(grant, undo, at=NOW + timedelta(days=1), as_known_at=NOW - timedelta(seconds=5)).state == "CLEARED"


def test_an_undone_lift_leaves_the_suspension() -> None:
    stop, lift = act("suspend", 20, NOW - timedelta(days=1)), act("lift", 21, NOW, about_id=20)
    assert ask(GRANT, stop, lift, act("undo", 22, NOW, about_id=21)).state == "SUSPENDED"


def test_a_grant_has_no_effect_before_its_instant() -> None:
    grant = replace(GRANT, effective_at=NOW + timedelta(seconds=10), recorded_at=NOW)
    assert ask(grant).state == "NOT_HELD"
    assert ask(grant, at=NOW + timedelta(seconds=10)).state == "CLEARED"


@pytest.mark.parametrize("kind", ["suspend", "hold", "revoke"])
@pytest.mark.parametrize("watched", [True, False])
def test_any_stop_takes_the_right_to_observe_away(kind: str, watched: bool) -> None:
    stop = act(kind, 20, NOW, with_observer=watched)
    assert observes([GRANT], REGION, at=NOW)
    assert not observes([GRANT, stop], REGION, at=NOW)
    assert observes([GRANT, stop], REGION, at=NOW - timedelta(seconds=1))
    assert observes([GRANT, stop, act("lift", 21, NOW, about_id=20)], REGION, at=NOW)


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
    assert ask(GRANT, act("hold", 20, NOW, with_observer=True)).word == "ONLY WITH AN OBSERVER"


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


def with_rules(*rules: dict[str, Any]) -> Policy:
    """The small policy whose high tier asks for more."""
    body = POLICY.model_dump(mode="json", by_alias=True)
    body["high"]["requirements"] += [
        {"id": r["kind"].replace("_", "-"), "words": "Asked besides", "continuing": True, **r} for r in rules
    ]
    return parse_policy(body)


SCOPED, CURRENT = with_rules({"kind": "scope"}), with_rules({"kind": "currency", "number": 3, "window_months": 6})
HERE = replace(SETTING, profession="Physiotherapist", regions=frozenset({REGION}))


def confirmed(answer: Any) -> Evidence:
    fact = ScopeFact(1, "Physiotherapist", "Ireland", REGION, answer, date(2026, 1, 1), None, NOW - timedelta(days=9))
    return replace(full_evidence(), scopes=(fact,))


@pytest.mark.parametrize(
    ("answer", "state", "word"),
    [
        ("allowed", "CLEARED", "CLEARED"),
        ("not_allowed", "OUT_OF_SCOPE", "NOT CLEARED"),
        ("unknown", "SCOPE_UNKNOWN", "CANNOT CONFIRM"),
    ],
)
def test_scope_of_practice_is_asked_where_the_policy_asks_it(answer: str, state: str, word: str) -> None:
    found = ask(GRANT, evidence=confirmed(answer), policy=SCOPED, setting=HERE)
    assert (found.state, found.word) == (state, word)


def test_scope_comes_before_and_after_other_states_in_the_order_of_the_design() -> None:
    stop = act("suspend", 20, NOW)
    assert ask(GRANT, stop, evidence=confirmed("not_allowed"), policy=SCOPED, setting=HERE).state == "OUT_OF_SCOPE"
    assert ask(evidence=confirmed("not_allowed"), policy=SCOPED, setting=HERE).state == "OUT_OF_SCOPE"
    assert ask(GRANT, stop, evidence=confirmed("unknown"), policy=SCOPED, setting=HERE).state == "SUSPENDED"
    assert ask(evidence=confirmed("unknown"), policy=SCOPED, setting=HERE).state == "NOT_HELD"
    assert ask(GRANT, evidence=confirmed("unknown"), policy=SCOPED, setting=HERE, at=TERM_END).state == "SCOPE_UNKNOWN"


def test_a_lapse_of_currency_alone_asks_for_an_observer_and_anything_else_blocks() -> None:
    old = replace(GRANT, effective_at=NOW - timedelta(days=300), recorded_at=NOW - timedelta(days=300))
    found = ask(old, policy=CURRENT)
    assert (found.state, found.word) == ("NOT_CURRENT", "ONLY WITH AN OBSERVER")
    assert "observer" in found.to_do
    lapsed = replace(full_evidence(), documents=(document("licence", date(2026, 11, 1)), document("indemnity")))
    assert ask(old, policy=CURRENT, evidence=lapsed).state == "BLOCKED"
    watched = LoggedFact(1, REGION, NOW - timedelta(days=1), NOW - timedelta(days=1), watched=True)
    again = ask(old, policy=CURRENT, evidence=replace(full_evidence(), logged=(watched,)))
    assert again.state == "CLEARED"


FOREVER = replace(full_evidence(), documents=(document("licence", None), document("indemnity", None)))
BEFORE_END = TERM_END - timedelta(days=3)


def late(days: int = 5, *decisions: DecisionFact, **changes: Any) -> Standing:
    """Asked some days after the term's end, with a renewal that was opened before it."""
    given: dict[str, Any] = {
        "evidence": FOREVER,
        "renewals": {GRANT.id: BEFORE_END},
        "at": TERM_END + timedelta(days=days),
        **changes,
    }
    return ask(GRANT, *decisions, **given)


def test_an_open_renewal_gives_thirty_days_with_an_observer_and_never_alone() -> None:
    assert (late().state, late().word, late().in_grace) == ("EXPIRED", "ONLY WITH AN OBSERVER", True)
    assert late(30).word == "ONLY WITH AN OBSERVER"
    assert late(31).word == "NOT CLEARED"
    assert late(renewals={}).word == "NOT CLEARED"
    assert late(renewals={GRANT.id: TERM_END}).word == "NOT CLEARED"
    assert late(renewals={GRANT.id + 1: BEFORE_END}).word == "NOT CLEARED"


@pytest.mark.parametrize("with_observer", [True, False])
def test_nothing_else_may_stand_against_somebody_in_grace(with_observer: bool) -> None:
    assert late(5, act("hold", 20, NOW, with_observer=with_observer)).word == "NOT CLEARED"
    assert late(evidence=replace(FOREVER, competencies=())).word == "NOT CLEARED"
    assert late(policy=CURRENT).word == "NOT CLEARED"
    assert late(5, act("suspend", 20, NOW)).state == "SUSPENDED"
