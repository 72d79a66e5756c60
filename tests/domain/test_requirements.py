"""Each requirement, at its edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.domain.evidence import Evidence
from app.domain.requirements import Outcome, evaluate
from tests.domain.clearance_facts import NOW, POLICY, SETTING, competency, document, exam, full_evidence, observation


def ask(requirement: str, evidence: Evidence, at: datetime = NOW) -> Outcome:
    rule = next(r for r in POLICY.high.requirements if r.id == requirement)
    return evaluate(rule, evidence, SETTING, at=at)


def test_full_evidence_meets_every_requirement() -> None:
    assert {r.id: ask(r.id, full_evidence()).state for r in POLICY.high.requirements} == {
        r.id: "met" for r in POLICY.high.requirements
    }


def test_nothing_on_record_meets_nothing_and_says_what_to_do() -> None:
    for rule in POLICY.high.requirements:
        outcome = ask(rule.id, Evidence())
        assert outcome.state != "met"
        assert outcome.reason
        assert outcome.to_do


@pytest.mark.parametrize(
    "spoiled",
    [
        {"passed": False},
        {"critical_errors": 1},
        {"quiz_id": "neck"},
        {"finished_at": NOW + timedelta(seconds=1)},
        {"finished_at": datetime(2023, 11, 24, tzinfo=UTC)},
    ],
)
def test_an_exam_that_is_failed_unsafe_foreign_future_or_old_does_not_count(spoiled: dict[str, Any]) -> None:
    assert ask("general", Evidence(exams=(exam("general-safety", **spoiled),))).state == "unmet"


def test_an_exam_runs_out_at_the_start_of_its_last_day_in_the_zone_of_the_site() -> None:
    outcome = ask("general", Evidence(exams=(exam("general-safety", finished_at=datetime(2026, 7, 31, 23, 30, tzinfo=UTC)),)))
    assert outcome.until == datetime(2029, 7, 31, 23, 0, tzinfo=UTC)  # 1 August 2029, 00:00 in Dublin


@pytest.mark.parametrize(
    "spoiled",
    [
        {"purpose": "coaching"},
        {"presence": "not_seen"},
        {"presence": "live_video"},
        {"outcome": "abandoned"},
        {"auto_failed": True},
        {"rating": 2},
        {"rating": None},
        {"observer_eligible": False},
        {"observer_id": 1},
        {"region": "suboccipital"},
        {"opened_at": NOW},
        {"signed_at": NOW + timedelta(seconds=1)},
    ],
)
def test_an_observation_that_is_not_sound_does_not_count(spoiled: dict[str, Any]) -> None:
    evidence = full_evidence()
    others = evidence.observations[1:]
    worse = replace(evidence, observations=(replace(evidence.observations[0], **spoiled), *others))
    assert ask("observed", worse).state == "unmet"
    assert ask("observed", worse).have == 5


def test_two_thirds_by_one_observer_is_the_most_that_counts() -> None:
    evidence = full_evidence()
    assert ask("observed", evidence).state == "met"  # 4 of 6 by one
    more = replace(evidence, observations=(*evidence.observations, observation(8), observation(9)))
    assert ask("observed", more).state == "met"  # two more by the same one add nothing and take nothing away
    five = tuple(replace(o, observer_id=3 if o.id == 6 else 2) for o in evidence.observations)
    outcome = ask("observed", replace(evidence, observations=five))
    assert outcome.state == "unmet"
    assert "another" in outcome.to_do


def test_it_holds_until_those_inside_the_window_are_too_few() -> None:
    evidence = full_evidence()
    older = observation(40, observer_id=3)
    assert ask("observed", evidence).until == datetime(2028, 11, 18, tzinfo=UTC)  # the oldest of six is from 18 November 2026
    assert ask("observed", replace(evidence, observations=(older, *evidence.observations))).until == ask("observed", evidence).until
    newer = observation(0, id=41, signed_at=NOW - timedelta(minutes=5), opened_at=NOW - timedelta(hours=1), observer_id=3)
    assert ask("observed", replace(evidence, observations=(*evidence.observations, newer))).until == datetime(
        2028, 11, 19, tzinfo=UTC
    )


def test_each_region_claimed_needs_its_own_number() -> None:
    one_region = tuple(observation(n, observer_id=2 if n % 3 else 3) for n in range(1, 9))
    outcome = ask("observed", Evidence(observations=one_region))
    assert outcome.state == "unmet"
    assert "rhomboids-levator" in outcome.reason


def test_half_of_the_procedures_must_be_on_patients() -> None:
    evidence = full_evidence()
    peers = tuple(replace(o, subject="peer") if o.id <= 4 else o for o in evidence.observations)
    assert ask("observed", replace(evidence, observations=peers)).state == "unmet"


def test_a_bad_last_one_stays_among_the_last_three() -> None:
    evidence = full_evidence()
    bad = observation(0, rating=2, signed_at=NOW - timedelta(hours=1), opened_at=NOW - timedelta(hours=2))
    for worse in (bad, replace(bad, outcome="abandoned", rating=None), replace(bad, rating=5, auto_failed=True)):
        assert ask("last-three", replace(evidence, observations=(*evidence.observations, worse))).state == "unmet"


def test_the_last_three_by_one_observer_are_not_enough() -> None:
    same = tuple(replace(o, observer_id=2) for o in full_evidence().observations)
    assert ask("last-three", Evidence(observations=same)).state == "unmet"


def test_a_good_run_by_two_observers_is_not_spoiled_by_one_more_good_one() -> None:
    evidence = full_evidence()
    assert ask("last-three", evidence).state == "met"
    again = [
        observation(0, id=70 + n, signed_at=NOW - timedelta(minutes=9 - n), opened_at=NOW - timedelta(hours=1)) for n in range(3)
    ]
    assert ask("last-three", replace(evidence, observations=(*evidence.observations, *again))).state == "met"


def test_the_newest_verdict_on_a_competency_counts() -> None:
    newer = competency(id=6, verdict="not_yet", at=NOW - timedelta(days=1))
    assert ask("competencies", Evidence(competencies=(competency(), newer))).state == "unmet"
    assert ask("competencies", Evidence(competencies=(newer, competency(at=NOW)))).state == "met"


@pytest.mark.parametrize("spoiled", [{"approver_id": 1}, {"until": NOW}, {"at": NOW + timedelta(seconds=1)}])
def test_a_competency_approved_by_oneself_expired_or_later_is_not_met(spoiled: dict[str, Any]) -> None:
    assert ask("competencies", Evidence(competencies=(competency(**spoiled),))).state == "unmet"


@pytest.mark.parametrize(
    "spoiled",
    [
        {"verified_at": None},
        {"refused": True},
        {"jurisdiction": "Elsewhere"},
        {"valid_until": date(2026, 11, 23)},
        {"valid_from": date(2026, 11, 25)},
    ],
)
def test_a_licence_that_is_unverified_refused_foreign_or_out_of_date_does_not_count(spoiled: dict[str, Any]) -> None:
    assert ask("licence", Evidence(documents=(document("licence", **spoiled),))).state == "unmet"


def test_a_document_holds_to_the_end_of_its_last_day_where_the_site_is() -> None:
    outcome = ask("licence", Evidence(documents=(document("licence", date(2027, 6, 30)),)))
    assert outcome.until == datetime(2027, 6, 30, 23, 0, tzinfo=UTC)  # midnight in Dublin, summer time


def test_a_renewed_document_carries_on_from_the_old_one() -> None:
    renewed = document("licence", date(2028, 6, 30), id=77, valid_from=date(2027, 7, 1))
    outcome = ask("licence", Evidence(documents=(document("licence"), renewed)))
    assert outcome.until == datetime(2028, 6, 30, 23, 0, tzinfo=UTC)


def test_a_gap_between_two_documents_ends_the_first() -> None:
    later = document("licence", date(2028, 6, 30), id=77, valid_from=date(2027, 7, 2))
    outcome = ask("licence", Evidence(documents=(document("licence"), later)))
    assert outcome.until == datetime(2027, 6, 30, 23, 0, tzinfo=UTC)
