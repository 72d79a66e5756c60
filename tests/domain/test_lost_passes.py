"""A clearance on a pass that a correction took away: held until its notice ends, blocked from then on, mended by a pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.evidence import Evidence, ExamFact
from app.domain.policy import ExamRequirement, Policy
from app.domain.requirements import evaluate
from app.domain.standing import DecisionFact, Standing, continuing_outcomes, standing
from tests.domain.clearance_facts import NOW, POLICY, SETTING, full_evidence
from tests.domain.test_standing import GRANT, REGION

PASSED_AT = NOW - timedelta(days=90)
ENDS = NOW + timedelta(days=14)
LOST = ExamFact(7, "thorax", False, 1, PASSED_AT, "lost", ENDS)
GENERAL = ExamFact(8, "general-safety", True, 0, PASSED_AT, "general")
RESTS = replace(GRANT, exam_ids=frozenset({7, 8}))
RULE = ExamRequirement(id="group-exam", words="Group exam", kind="exam", quiz="group", validity_months=24)


def ask(*exams: ExamFact, grant: DecisionFact = RESTS, at: datetime = NOW, policy: Policy = POLICY) -> Standing:
    evidence = replace(full_evidence(), exams=exams)
    return standing(
        region=REGION, level="independent", decisions=[grant], evidence=evidence, policy=policy, tier="high", setting=SETTING, at=at
    )


def later_pass(days: int, **changes: object) -> ExamFact:
    return replace(ExamFact(9, "thorax", True, 0, PASSED_AT + timedelta(days=days), "later"), **changes)  # type: ignore[arg-type]


@given(st.integers(-40, 60))
def test_it_stands_exactly_until_its_notice_ends(hours: int) -> None:
    at = ENDS + timedelta(hours=hours)
    answer = ask(LOST, GENERAL, at=at)
    assert (answer.word == "CLEARED") == (at < ENDS)
    assert answer.limiting_cause == "lost-pass:thorax"
    assert "correction took away the pass" in answer.reasons[0]
    assert answer.to_do == "Sit quiz:thorax again."


def test_the_end_of_the_notice_is_the_end_of_the_clearance() -> None:
    answer = ask(LOST, GENERAL)
    assert (answer.state, answer.cleared_until, answer.expiring) == ("CLEARED", ENDS, True)


def test_a_pass_since_mends_it_whenever_it_comes() -> None:
    for at in (NOW, ENDS + timedelta(days=9)):
        assert ask(LOST, GENERAL, later_pass(60), at=at).limiting_cause == "indemnity"


@pytest.mark.parametrize(
    "other",
    [
        later_pass(60, passed=False), later_pass(60, critical_errors=1), later_pass(60, quiz_id="neck"), later_pass(200),
        later_pass(-900),
    ],
)  # fmt: skip
def test_what_is_no_valid_pass_of_this_exam_by_now_mends_nothing(other: ExamFact) -> None:
    """Missed, unsafe, another exam, not sat yet, or run out before the grant."""
    assert ask(LOST, GENERAL, other, at=ENDS).state == "BLOCKED"


def test_another_pass_that_was_valid_when_it_was_granted_holds_it_up() -> None:
    assert ask(LOST, GENERAL, later_pass(-100), at=ENDS).word == "CLEARED"


def test_a_lost_pass_that_the_grant_does_not_rest_on_changes_nothing() -> None:
    assert ask(LOST, GENERAL, grant=replace(GRANT, exam_ids=frozenset({8})), at=ENDS).word == "CLEARED"


def test_a_pass_that_was_never_lost_or_given_back_changes_nothing() -> None:
    back = replace(LOST, passed=True, critical_errors=0, held_until=None)
    assert ask(back, GENERAL, at=ENDS).limiting_cause == "indemnity"


def test_for_a_new_grant_a_lost_pass_counts_for_nothing_at_once() -> None:
    outcome = evaluate(RULE, Evidence((LOST,)), SETTING, at=NOW)
    assert (outcome.state, outcome.reason) == ("unmet", "quiz:thorax is not passed.")


def test_where_the_policy_asks_for_the_exam_all_the_time_the_notice_holds_too() -> None:
    evidence = Evidence((LOST,))
    assert evaluate(RULE, evidence, SETTING, at=NOW, held=True).until == ENDS
    after = evaluate(RULE, evidence, SETTING, at=ENDS, held=True)
    assert (after.state, after.reason) == ("unmet", "A correction took away the pass of quiz:thorax.")
    rules = POLICY.high.model_copy(update={"requirements": (RULE.model_copy(update={"continuing": True}),)})
    asked = POLICY.model_copy(update={"high": rules})
    assert [o.state for o in continuing_outcomes(asked, "high", "independent", evidence, SETTING, at=NOW)] == ["met"]
    assert ask(LOST, GENERAL, at=NOW, policy=asked).cleared_until == ENDS
    assert ask(LOST, GENERAL, at=ENDS, policy=asked).state == "BLOCKED"
