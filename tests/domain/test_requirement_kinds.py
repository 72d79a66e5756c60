"""The kinds of requirement that the shipped policy does not ask yet, each at its edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.domain.evidence import (
    AttestationFact,
    Evidence,
    ExperienceFact,
    IncidentFact,
    LoggedFact,
    PrerequisiteFact,
    ScopeFact,
    SessionFact,
    TrainingFact,
)
from app.domain.policy import parse_policy
from app.domain.requirements import Outcome, evaluate
from app.domain.spans import Spans
from tests.domain.clearance_facts import NOW, POLICY, SETTING, document, exam

CLAIMED = sorted(SETTING.regions)
HERE = replace(SETTING, profession="Physiotherapist")


def ask(rule: dict[str, Any], evidence: Evidence, at: datetime = NOW, since: datetime | None = None) -> Outcome:
    """The answer to one requirement, written as in a policy file."""
    body = POLICY.model_dump(mode="json", by_alias=True)
    body["high"]["requirements"] = [{"id": "asked", "words": "What is asked", **rule}]
    requirement = parse_policy(body).high.requirements[0]
    return evaluate(requirement, evidence, replace(HERE, since=since), at=at)


def scope(region: str, answer: Any = "allowed", **changes: Any) -> ScopeFact:
    base = ScopeFact(1, "physiotherapist", "ireland", region, answer, date(2026, 1, 1), None, NOW - timedelta(days=9))
    return replace(base, **changes)


ALLOWED = tuple(scope(r, id=n) for n, r in enumerate(CLAIMED, start=1))


def test_scope_is_met_where_every_region_claimed_is_confirmed_as_allowed() -> None:
    assert ask({"kind": "scope"}, Evidence(scopes=ALLOWED)).state == "met"
    assert ask({"kind": "scope"}, Evidence(scopes=ALLOWED[:1])).state == "unknown"
    assert ask({"kind": "scope"}, Evidence()).state == "unknown"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"answer": "not_allowed"}, "unmet"),
        ({"answer": "unknown"}, "unknown"),
        ({"profession": "Barber"}, "unknown"),
        ({"jurisdiction": "Elsewhere"}, "unknown"),
        ({"valid_from": date(2026, 11, 25)}, "unknown"),
        ({"valid_until": date(2026, 11, 23)}, "unknown"),
        ({"confirmed_at": NOW + timedelta(seconds=1)}, "unknown"),
        ({"valid_until": date(2026, 11, 24)}, "met"),
    ],
)
def test_a_scope_that_is_refused_doubtful_foreign_or_not_of_today_is_not_met(changes: dict[str, Any], state: str) -> None:
    assert ask({"kind": "scope"}, Evidence(scopes=(replace(ALLOWED[0], **changes), ALLOWED[1]))).state == state


def test_the_last_confirmation_about_a_region_counts_and_a_dated_end_is_seen_ahead() -> None:
    later = scope(CLAIMED[0], "not_allowed", id=9, confirmed_at=NOW - timedelta(days=1))
    assert ask({"kind": "scope"}, Evidence(scopes=(*ALLOWED, later))).state == "unmet"
    ahead = replace(later, valid_from=date(2027, 1, 1))
    found = ask({"kind": "scope"}, Evidence(scopes=(*ALLOWED, ahead)))
    assert (found.state, found.until) == ("met", datetime(2027, 1, 1, tzinfo=UTC))


SESSIONS = {"kind": "sessions", "number": 2, "hours": 3, "window_months": 12}


def held(number: int, days_ago: int = 10, **changes: Any) -> SessionFact:
    at = NOW - timedelta(days=days_ago)
    return replace(SessionFact(number, CLAIMED[0], 90, at, 2, True, at + timedelta(hours=2)), **changes)


def test_sessions_count_by_number_and_hours_until_one_leaves_the_window() -> None:
    found = ask(SESSIONS, Evidence(sessions=(held(1, 300), held(2))))
    assert (found.state, found.until) == ("met", datetime(2027, 1, 28, tzinfo=UTC))
    assert ask(SESSIONS, Evidence(sessions=(held(1), held(2, minutes=89)))).state == "unmet"


@pytest.mark.parametrize(
    "spoiled",
    [
        {"countersigned_at": None}, {"countersigned_at": NOW + timedelta(seconds=1)}, {"supervisor_eligible": False},
        {"supervisor_id": 1}, {"region": "suboccipital"}, {"held_at": NOW - timedelta(days=400)},
    ],
)  # fmt: skip
def test_a_session_that_is_not_sound_does_not_count(spoiled: dict[str, Any]) -> None:
    assert ask(SESSIONS, Evidence(sessions=(held(1), replace(held(2), **spoiled)))).state == "unmet"


TRAINING = {
    "kind": "training",
    "hours_in_person": 20,
    "hours_practicum": 8,
    "topics": ["infection control"],
    "accreditors": ["Board"],
}


def course(**changes: Any) -> TrainingFact:
    base = TrainingFact(
        1,
        "School",
        "Board",
        frozenset({"infection control"}),
        frozenset(CLAIMED),
        20,
        0,
        8,
        date(2026, 5, 1),
        NOW - timedelta(days=1),
    )
    return replace(base, **changes)


def test_courses_add_up() -> None:
    halves = (course(hours_in_person=10, topics=frozenset()), course(id=2, hours_in_person=10, hours_practicum=0))
    assert ask(TRAINING, Evidence(trainings=halves)).state == "met"


@pytest.mark.parametrize(
    "spoiled",
    [
        {"hours_in_person": 19}, {"hours_practicum": 7}, {"topics": frozenset()}, {"regions": frozenset(CLAIMED[:1])},
        {"verified_at": None}, {"verified_at": NOW + timedelta(seconds=1)}, {"accreditor": "Nobody"},
        {"completed_on": date(2026, 11, 25)},
    ],
)  # fmt: skip
def test_a_course_that_is_short_unverified_or_not_done_is_not_enough(spoiled: dict[str, Any]) -> None:
    found = ask(TRAINING, Evidence(trainings=(course(**spoiled),)))
    assert (found.state, bool(found.to_do)) == ("unmet", True)


def test_a_policy_that_asks_for_no_hours_still_asks_for_a_verified_course() -> None:
    bare = {"kind": "training", "cover_regions": False}
    assert ask(bare, Evidence()).state == "unmet"
    assert ask(bare, Evidence(trainings=(course(),))).state == "met"


def test_years_of_practice_add_up_and_overlaps_count_once() -> None:
    def stretch(since: date, until: date | None, verified: datetime | None = NOW) -> ExperienceFact:
        return ExperienceFact(since.toordinal(), since, until, verified)

    rule = {"kind": "experience", "years": 2}
    one = stretch(date(2022, 1, 1), date(2022, 12, 31))
    assert ask(rule, Evidence(experience=(one, stretch(date(2025, 11, 24), None)))).state == "met"
    assert ask(rule, Evidence(experience=(one, stretch(date(2025, 11, 25), None)))).state == "unmet"
    assert ask(rule, Evidence(experience=(one, stretch(date(2022, 1, 1), date(2022, 12, 30))))).state == "unmet"
    assert ask(rule, Evidence(experience=(stretch(date(2020, 1, 1), None, None),))).state == "unmet"
    assert ask(rule, Evidence(experience=(stretch(date(2025, 1, 1), date(2030, 1, 1)),))).state == "unmet"


CURRENCY = {"kind": "currency", "number": 3, "window_months": 6}
GRANTED = datetime(2026, 1, 10, 12, tzinfo=UTC)


def logged(*days: int, watched: bool = False, region: str = CLAIMED[0]) -> tuple[LoggedFact, ...]:
    """Procedures done so many days after the grant."""
    return tuple(
        LoggedFact(10_000 * watched + d, region, GRANTED + timedelta(days=d), GRANTED + timedelta(days=d), watched) for d in days
    )


def current(at_day: int, *facts: LoggedFact) -> bool:
    at = GRANTED + timedelta(days=at_day)
    return ask(CURRENCY, Evidence(logged=facts), at, GRANTED).state == "met"


def test_a_grant_begins_a_window_and_three_procedures_carry_it_on() -> None:
    assert current(180)  # until 10 July, 181 days after the grant
    assert not current(182)
    three = logged(100, 120, 140)
    assert current(182, *three)
    found = ask(CURRENCY, Evidence(logged=three), GRANTED + timedelta(days=200), GRANTED)
    assert found.until == datetime(2026, 10, 19, 23, tzinfo=UTC)  # six months after the first of the three, in Dublin
    assert not current(182, *logged(100, 120))
    assert not current(182, *logged(100, 120, 140, region="suboccipital"))


def test_once_lapsed_only_a_watched_procedure_makes_current_again() -> None:
    assert not current(230, *logged(200, 210, 220))
    assert current(230, *logged(200, 210, 220), *logged(225, watched=True))
    assert not current(420, *logged(225, watched=True))


def test_what_was_logged_later_was_not_known() -> None:
    late = replace(logged(100)[0], recorded_at=GRANTED + timedelta(days=300))
    assert not current(200, late, *logged(120, 140))
    assert current(301 - 100, *logged(100, 120, 140))


def test_a_case_that_a_lead_holds_blocks_the_regions_it_names_or_all() -> None:
    rule = {"kind": "incident_free", "severity": 3}

    def case(**changes: Any) -> Evidence:
        base = IncidentFact(1, 3, frozenset({CLAIMED[0]}), NOW - timedelta(days=1), None)
        return Evidence(incidents=(replace(base, **changes),))

    assert ask(rule, Evidence()).state == "met"
    assert ask(rule, case()).state == "unmet"
    assert ask(rule, case(regions=frozenset())).state == "unmet"
    assert ask(rule, case(severity=2)).state == "met"
    assert ask(rule, case(regions=frozenset({"suboccipital"}))).state == "met"
    assert ask(rule, case(held_until=NOW)).state == "met"
    assert ask(rule, case(held_until=NOW + timedelta(seconds=1))).state == "unmet"
    assert ask(rule, case(held_from=NOW + timedelta(seconds=1))).state == "met"


def test_a_text_is_signed_in_its_version_and_runs_out() -> None:
    rule = {"kind": "attestation", "text": "policy", "version": "7", "validity_months": 12}
    signed = AttestationFact(1, "policy", "7", NOW - timedelta(days=30))
    found = ask(rule, Evidence(attestations=(signed,)))
    assert (found.state, found.until) == ("met", datetime(2027, 10, 24, 23, tzinfo=UTC))
    for spoiled in ({"version": "6"}, {"text": "consent"}, {"signed_at": NOW + timedelta(seconds=1)}):
        assert ask(rule, Evidence(attestations=(replace(signed, **spoiled),))).state == "unmet"  # type: ignore[arg-type]


def test_a_prerequisite_is_met_while_every_region_named_is_cleared() -> None:
    rule = {"kind": "prerequisite", "regions": CLAIMED}
    ends = NOW + timedelta(days=40)
    both = (
        PrerequisiteFact(CLAIMED[0], "independent", Spans(((NOW, ends),))),
        PrerequisiteFact(CLAIMED[1], "independent", Spans(((NOW, None),))),
    )
    assert (ask(rule, Evidence(prerequisites=both)).state, ask(rule, Evidence(prerequisites=both)).until) == ("met", ends)
    assert ask(rule, Evidence(prerequisites=both[:1])).state == "unmet"
    assert ask(rule, Evidence(prerequisites=both), at=ends).state == "unmet"
    assert ask({**rule, "level": "may_observe"}, Evidence(prerequisites=both)).state == "unmet"


LICENCE = {"kind": "document", "id": "licence", "words": "Licence", "document": "licence"}
PASS = {"kind": "exam", "id": "pass", "words": "Pass of the exam", "quiz": "thorax", "validity_months": 12}
SCOPE = {"kind": "scope", "id": "scope", "words": "Scope of practice"}


def test_all_of_ends_with_the_first_and_any_of_with_the_last() -> None:
    evidence = Evidence(documents=(document("licence", date(2027, 1, 31)),), exams=(exam("thorax", 10),))
    licence_ends, pass_ends = datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 11, 14, tzinfo=UTC)
    both = {"of": [LICENCE, PASS]}
    assert ask({"kind": "all_of", **both}, evidence).until == licence_ends
    assert ask({"kind": "any_of", **both}, evidence).until == pass_ends
    assert ask({"kind": "k_of", "k": 2, **both}, evidence).until == licence_ends
    assert len(ask({"kind": "all_of", **both}, evidence).evidence) == 2


def test_doubt_decides_only_where_it_could() -> None:
    evidence = Evidence(exams=(exam("thorax", 10),))
    assert ask({"kind": "all_of", "of": [PASS, SCOPE]}, evidence).state == "unknown"
    assert ask({"kind": "all_of", "of": [LICENCE, SCOPE]}, evidence).state == "unmet"
    assert ask({"kind": "any_of", "of": [PASS, SCOPE]}, evidence).state == "met"
    assert ask({"kind": "any_of", "of": [LICENCE, SCOPE]}, evidence).state == "unknown"
    assert ask({"kind": "k_of", "k": 2, "of": [PASS, SCOPE, LICENCE]}, evidence).state == "unknown"


def test_any_of_carries_on_from_one_branch_to_the_next() -> None:
    soon = document("licence", date(2026, 12, 31))
    then = document("indemnity", date(2027, 12, 31), valid_from=date(2027, 1, 1), id=8)
    rule = {"kind": "any_of", "of": [LICENCE, {**LICENCE, "id": "indemnity", "document": "indemnity"}]}
    assert ask(rule, Evidence(documents=(soon, then))).until == datetime(2028, 1, 1, tzinfo=UTC)
