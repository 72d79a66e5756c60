"""Which version is in force, which one rules a clearance, and what a version that is coming means for its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.policy import Policy, parse_policy
from app.domain.policy_versions import ROLL_OUT_WORDS, Published, RollOut, Versions, comes_into_force
from app.domain.standing import DecisionFact, Standing, standing
from tests.domain.clearance_facts import NOW, POLICY, SETTING, full_evidence, policy_body

DAY = timedelta(days=1)


def version(
    number: int, days: float, roll_out: RollOut = "next_renewal", *, later: float = 0, policy: Policy = POLICY
) -> Published:
    """A version published some days after NOW, in force `later` days after that."""
    at = NOW + days * DAY
    return Published(number, policy, at, at + later * DAY, roll_out)


FIRST = version(1, -900)


def without_indemnity() -> Policy:
    body = policy_body()
    body["high"]["requirements"] = [r for r in body["high"]["requirements"] if r["id"] != "indemnity"]
    return parse_policy(body)


def asking(**changes: Any) -> Policy:
    """The policy with one more continuing paper at the high tier, that nobody has."""
    body = policy_body()
    more = {"kind": "document", "id": "bls", "words": "BLS with AED", "document": "bls", "continuing": True}
    body["high"]["requirements"].append({**more, **changes})
    return parse_policy(body)


def grant(under: int | None = 1, days: float = -10) -> DecisionFact:
    at = NOW + days * DAY
    return DecisionFact(
        1, "grant", frozenset({"upper-trapezius"}), at, at, until=NOW + 700 * DAY, by_two=True, policy_version_id=under
    )


def ask(
    *versions: Published, at: datetime = NOW, known: datetime | None = None, under: int | None = 1, granted: float = -10
) -> Standing:
    return standing(
        region="upper-trapezius", level="independent", decisions=[grant(under, granted)], evidence=full_evidence(),
        policy=Versions(versions), tier="high", setting=replace(SETTING, regions=frozenset({"upper-trapezius"})), at=at,
        as_known_at=known or max(at, NOW),
    )  # fmt: skip


@pytest.mark.parametrize(("roll_out", "state"), [("next_renewal", "CLEARED"), ("immediate", "BLOCKED"), ("by_date", "BLOCKED")])
def test_a_later_version_rules_an_earlier_grant_unless_it_waits_for_the_renewal(roll_out: RollOut, state: str) -> None:
    assert ask(FIRST, version(2, -1, roll_out, policy=asking())).state == state


def test_a_grant_under_the_new_version_is_ruled_by_it_however_it_was_rolled_out() -> None:
    assert ask(FIRST, version(2, -20, policy=asking()), under=2).state == "BLOCKED"


def test_before_it_comes_into_force_a_version_by_date_ends_the_clearance_on_its_day() -> None:
    found = ask(FIRST, version(2, -1, "by_date", later=40, policy=asking()))
    assert (found.state, found.cleared_until, found.limiting_cause) == ("CLEARED", NOW + 39 * DAY, "bls")
    assert "A new version of the policy begins to count then." in found.reasons[0]


def test_a_version_by_date_that_is_met_moves_no_end() -> None:
    same, coming = ask(FIRST), ask(FIRST, version(2, -1, "by_date", later=40))
    assert (coming.cleared_until, coming.limiting_cause) == (same.cleared_until, same.limiting_cause)


def test_a_coming_version_that_asks_less_moves_the_end_back() -> None:
    assert ask(FIRST).limiting_cause == "indemnity"
    found = ask(FIRST, version(2, -1, "by_date", later=40, policy=without_indemnity()))
    assert found.limiting_cause == "licence"


def test_what_was_not_published_yet_is_not_known() -> None:
    later = version(2, 5, "immediate", policy=asking())
    assert ask(FIRST, later, at=NOW + 6 * DAY, known=NOW + DAY).state == "CLEARED"
    assert ask(FIRST, later, at=NOW + 6 * DAY).state == "BLOCKED"
    assert ask(FIRST, later, at=NOW + 4 * DAY, known=NOW + 9 * DAY).state == "CLEARED"


def test_evidence_that_came_after_the_instant_asked_does_not_meet_a_coming_version() -> None:
    """Asked for a day in the past with what is known today: from then on nothing new happens."""
    exam = {"kind": "exam", "id": "extra", "words": "One more exam", "quiz": "general-safety", "validity_months": 36}
    body = policy_body()
    body["high"]["requirements"] = [r for r in body["high"]["requirements"] if r["kind"] != "competency"]
    first = replace(FIRST, policy=parse_policy(body))
    body["high"]["requirements"].append({**exam, "continuing": True})
    coming = version(2, -25, "by_date", later=40, policy=parse_policy(body))
    found = ask(first, coming, at=NOW - 20 * DAY, known=NOW, granted=-30)  # the exam was sat 10 days before NOW
    assert (found.state, found.cleared_until, found.limiting_cause) == ("CLEARED", NOW + 15 * DAY, "extra")
    assert ask(first, coming, at=NOW - 5 * DAY, known=NOW, granted=-30).limiting_cause == "indemnity"


def test_a_version_that_a_later_one_overtook_never_rules() -> None:
    overtaken = version(2, -30, "by_date", later=40, policy=asking())
    assert ask(FIRST, overtaken, version(3, -5), at=NOW + 20 * DAY).state == "CLEARED"
    assert ask(FIRST, overtaken, at=NOW + 20 * DAY).state == "BLOCKED"


def test_the_states_of_versions() -> None:
    versions = Versions(
        (
            FIRST, version(2, -300, "immediate"), version(3, -200), version(4, -20, "by_date", later=100), version(5, -10),
            version(6, -1, "by_date", later=40),
        )
    )  # fmt: skip
    states = [versions.state_of(v, NOW) for v in versions.published]
    assert states == ["replaced", "kept", "kept", "overtaken", "in_force", "coming"]


published = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from(sorted(ROLL_OUT_WORDS)), st.integers(30, 200)), min_size=1, max_size=6
)


@given(published, st.integers(0, 700), st.integers(1, 6))
def test_the_ruling_version_is_the_one_that_a_walk_through_the_days_finds(rows: list[Any], at: int, under: int) -> None:
    """One day after another: whatever comes into force and moves everybody takes the clearance along."""
    days = sorted(day for day, _, _ in rows)
    found = [
        version(n, day, roll_out, later=later if roll_out == "by_date" else 0)
        for n, (day, (_, roll_out, later)) in enumerate(zip(days, rows, strict=True), start=1)
    ]
    versions, own = Versions(tuple(found)), next((v for v in found if v.id == under), None)
    in_force: Published | None = None
    ruling = own
    for day in range(at + 1):
        for v in (v for v in found if v.in_force_from == NOW + day * DAY):
            if in_force is not None and in_force.id > v.id:
                continue
            in_force = v
            if own is not None and v.id > own.id and v.moves_everybody:
                ruling = v
    assert versions.in_force(NOW + at * DAY) == in_force
    assert versions.ruling(under, NOW + at * DAY) == (ruling or in_force)


@pytest.mark.parametrize(
    ("roll_out", "day", "field"),
    [
        ("by_date", None, "day"), ("by_date", date(2026, 12, 23), "day"), ("by_date", date(2026, 12, 24), "day"),
        ("immediate", date(2027, 6, 1), "day"), ("slowly", None, "roll_out"),
    ],
)  # fmt: skip
def test_a_roll_out_that_cannot_be_is_refused(roll_out: str, day: date | None, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        comes_into_force(roll_out, day, NOW)
    assert refused.value.problems[0][0] == field


def test_a_date_begins_with_its_first_instant_and_the_rest_at_once() -> None:
    assert comes_into_force("by_date", date(2026, 12, 25), NOW).isoformat() == "2026-12-25T00:00:00+00:00"
    assert comes_into_force("immediate", None, NOW) == comes_into_force("next_renewal", None, NOW) == NOW
