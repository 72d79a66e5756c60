"""What is left once evidence is called back, and whether a grant stands without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.domain.evidence import Evidence
from app.domain.recall import Fall, Piece, falls, without
from tests.domain.clearance_facts import NOW, POLICY, SETTING, competency, document, exam, full_evidence, observation

GRANTED = NOW - timedelta(hours=1)


def judge(evidence: Evidence, *voided: Piece) -> Fall:
    return falls(POLICY, "high", evidence, voided, SETTING, granted_at=GRANTED, at=NOW)


def test_good_evidence_that_is_called_back_counts_for_nothing() -> None:
    evidence = full_evidence()
    left = without(
        evidence, [("exam", evidence.exams[0].id), ("competency", 5), ("document", evidence.documents[0].id), ("observation", 1)]
    )
    assert len(left.exams) == 1
    assert left.competencies == ()
    assert [d.refused for d in left.documents] == [True, False]
    assert [o.id for o in left.observations if o.voided] == [1]
    assert without(evidence, []) is evidence
    assert without(evidence, [("observation", 999)]).observations == evidence.observations


def test_what_speaks_against_somebody_stays() -> None:
    missed, refused = exam("thorax", passed=False), competency(verdict="not_yet")
    left = without(Evidence(exams=(missed,), competencies=(refused,)), [("exam", missed.id), ("competency", refused.id)])
    assert (left.exams, left.competencies) == ((missed,), (refused,))


def test_a_grant_falls_where_too_little_is_left_and_says_what_is_missing() -> None:
    fall = judge(full_evidence(), ("observation", 1))
    assert fall.below
    assert "5 of 6 observed procedures count" in fall.reasons[0]


def test_a_grant_stands_on_more_than_was_needed_or_on_what_came_later() -> None:
    evidence = full_evidence()
    spare = observation(8, observer_id=3)
    assert not judge(replace(evidence, observations=(*evidence.observations, spare)), ("observation", 1)).below
    later = observation(0, id=60, observer_id=3, signed_at=NOW - timedelta(minutes=5), opened_at=NOW - timedelta(minutes=50))
    found = judge(replace(evidence, observations=(*evidence.observations, later)), ("observation", 6))
    assert (found.below, bool(found.reasons)) == (False, True)


def test_what_was_missing_anyway_is_not_laid_to_this_evidence() -> None:
    evidence = replace(full_evidence(), documents=(document("licence"),))  # no indemnity
    spare = observation(8, observer_id=3)
    assert not judge(replace(evidence, observations=(*evidence.observations, spare)), ("observation", 1)).below
    assert judge(evidence, ("observation", 1)).reasons == judge(full_evidence(), ("observation", 1)).reasons


def test_a_bad_procedure_that_is_called_back_still_breaks_the_run_of_good_ones() -> None:
    evidence = full_evidence()
    bad = observation(0, id=77, rating=1, signed_at=NOW - timedelta(minutes=5), opened_at=NOW - timedelta(hours=1))
    worse = replace(evidence, observations=(*evidence.observations, bad))
    left = falls(POLICY, "high", worse, [("observation", 77)], SETTING, granted_at=NOW, at=NOW)
    assert not left.below  # calling it back loses nothing that was met
    good = replace(bad, rating=5)
    fine = replace(evidence, observations=(*evidence.observations, good))
    assert not falls(POLICY, "high", fine, [("observation", 77)], SETTING, granted_at=NOW, at=NOW).below
