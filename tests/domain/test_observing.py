"""Until when an observation can be signed, what is asked of days and subjects, what drops out of no count, who watched in turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.evidence import Evidence, ObservationFact, UnsignedFact
from app.domain.observing import RECIPROCAL_MONTHS, Watching, reciprocal_pairs, void_at
from app.domain.permissions import Identity, Role, WatchFacts, Who, may_read_observation, may_sign_observed
from app.domain.places import days_after
from app.domain.policy import ObservedRequirement, SummativeRequirement
from app.domain.requirements import counted_observations, denominator, evaluate, why_not
from tests.domain.clearance_facts import NOW, SETTING, observation

OBSERVED = ObservedRequirement(kind="observed", id="watched", words="Six procedures", per_group=6, min_rating=3, window_months=24)
SUMMATIVE = SummativeRequirement(kind="summative", id="last", words="The last three", last=3, rating=4, count_unsigned=True)


@pytest.mark.parametrize(
    ("zone", "opened", "void"),
    [
        ("Europe/Dublin", "2026-11-24T09:00:00+00:00", "2026-12-08T09:00:00+00:00"),
        ("Europe/Dublin", "2027-03-20T10:00:00+00:00", "2027-04-03T09:00:00+00:00"),  # summer time came: an hour less
        ("Europe/Dublin", "2026-10-20T09:00:00+00:00", "2026-11-03T10:00:00+00:00"),  # it went: an hour more
        ("Europe/Dublin", "2027-03-14T01:30:00+00:00", "2027-03-28T01:30:00+00:00"),  # 01:30 is skipped that day: 02:30 summer time
        ("Europe/Dublin", "2026-10-11T00:30:00+00:00", "2026-10-25T00:30:00+00:00"),  # 01:30 comes twice that day: the first one
        ("America/New_York", "2028-02-20T15:00:00+00:00", "2028-03-05T15:00:00+00:00"),  # over a leap day
        ("Pacific/Apia", "2026-12-24T10:00:00+00:00", "2027-01-07T10:00:00+00:00"),
    ],
)
def test_an_observation_is_void_14_days_later_by_the_clock_of_the_site(zone: str, opened: str, void: str) -> None:
    assert void_at(datetime.fromisoformat(opened), zone) == datetime.fromisoformat(void)


@given(st.integers(0, 36_500 * 24 * 60), st.sampled_from(["UTC", "Europe/Dublin", "Australia/Lord_Howe"]))
def test_days_are_whole_but_for_a_change_of_the_clocks(minutes: int, zone: str) -> None:
    instant = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    later = days_after(instant, 14, zone)
    assert abs(later - instant - timedelta(days=14)) <= timedelta(hours=1)
    assert zone != "UTC" or later == instant + timedelta(days=14)


def asked(*observations: ObservationFact, unsigned: tuple[UnsignedFact, ...] = ()) -> Evidence:
    return Evidence(observations=observations, unsigned=unsigned)


def unsigned(days_ago: int, **changes: Any) -> UnsignedFact:
    opened = NOW - timedelta(days=days_ago)
    return replace(UnsignedFact(900 + days_ago, "upper-trapezius", opened, opened + timedelta(days=14)), **changes)


def test_procedures_of_one_day_are_not_those_of_three() -> None:
    rule = OBSERVED.model_copy(update={"min_days": 3})
    days_ago = NOW - timedelta(days=9)
    one_day = [observation(9, id=n, opened_at=days_ago - timedelta(minutes=30 - n)) for n in range(6)]
    answer = evaluate(rule, asked(*one_day), SETTING, at=NOW)
    assert (answer.state, answer.to_do) == ("unmet", "They are from 1 day: have others watched on 2 more days.")
    spread = [observation(n) for n in (1, 2, 3)] + one_day
    assert evaluate(rule, asked(*spread), SETTING, at=NOW).state == "met"


def test_a_day_is_a_day_of_the_site() -> None:
    rule = OBSERVED.model_copy(update={"min_days": 2, "per_group": 2})
    before, after = datetime(2026, 7, 1, 22, 50, tzinfo=UTC), datetime(2026, 7, 1, 23, 10, tzinfo=UTC)  # midnight in Dublin between
    two = [observation(1, id=n, opened_at=at, signed_at=at + timedelta(minutes=5)) for n, at in enumerate((before, after))]
    assert evaluate(rule, asked(*two), SETTING, at=NOW).state == "met"
    assert evaluate(rule, asked(*two), replace(SETTING, time_zone="UTC"), at=NOW).state == "unmet"


def test_what_is_done_on_a_simulator_counts_only_where_the_policy_says_so() -> None:
    dummy = [observation(n, subject="simulator") for n in range(1, 7)]
    assert evaluate(OBSERVED, asked(*dummy), SETTING, at=NOW).state == "met"
    rule = OBSERVED.model_copy(update={"subjects": ("patient", "peer")})
    assert evaluate(rule, asked(*dummy), SETTING, at=NOW).have == 0
    assert why_not(rule, dummy[0], SETTING, at=NOW) == "on a simulator, which the policy does not count"


def test_patients_cannot_be_asked_for_where_they_do_not_count() -> None:
    with pytest.raises(ValueError, match="patient"):
        ObservedRequirement.model_validate(
            {**OBSERVED.model_dump(), "subjects": ("peer",), "min_on_patients": {"num": 1, "den": 2}}
        )


WORSE: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, ""),
    ({"auto_failed": True, "rating": 2}, "failed at once"),
    ({"outcome": "abandoned"}, "abandoned"),
    ({"rating": 2}, "rated below 3"),
    ({"rating": None, "presence": "not_seen"}, "not seen"),
    ({"presence": "live_video"}, "by live video, which the policy does not count"),
    ({"voided": True}, "called back"),
    ({"observer_eligible": False}, "by somebody who could not observe the region then"),
    ({"observer_id": 1}, "by somebody who could not observe the region then"),
    ({"opened_at": NOW}, "opened after it was signed"),
)


@pytest.mark.parametrize(("change", "words"), WORSE)
def test_everything_that_was_asked_for_is_in_the_denominator_with_its_reason(change: dict[str, Any], words: str) -> None:
    found = denominator(OBSERVED, asked(observation(2, **change), observation(3)), SETTING, at=NOW)
    assert (found.asked, found.counted) == (2, 1 if words else 2)
    assert found.others == (((words, 1),) if words else ())


def test_what_nobody_signed_stays_in_the_denominator_and_coaching_never_is_in_it() -> None:
    evidence = asked(observation(2), observation(3, purpose="coaching"), unsigned=(unsigned(20), unsigned(5), unsigned(16)))
    found = denominator(OBSERVED, evidence, SETTING, at=NOW)
    assert (found.asked, found.counted) == (4, 1)
    assert found.others == (("void, not signed in time", 2), ("waiting for a signature", 1))


OBSERVATIONS = st.builds(
    lambda days, change: observation(days, **change),
    st.integers(1, 1500), st.sampled_from([change for change, _ in WORSE] + [{"subject": "peer"}, {"rating": 3}]),
)  # fmt: skip


@given(found=st.lists(OBSERVATIONS, max_size=12), subjects=st.sampled_from([(), ("patient",)]), live=st.booleans())
def test_what_has_no_reason_against_it_is_exactly_what_counts(
    found: list[ObservationFact], subjects: tuple[str, ...], live: bool
) -> None:
    rule = OBSERVED.model_copy(update={"subjects": subjects, "live_video": live})
    counted = counted_observations(rule, asked(*found), SETTING, at=NOW)
    assert [o for o in sorted(found, key=lambda o: (o.signed_at, o.id)) if not why_not(rule, o, SETTING, at=NOW)] == counted
    assert denominator(rule, asked(*found), SETTING, at=NOW).asked == len(found)


def test_one_that_became_void_breaks_the_last_ones_where_the_policy_counts_it() -> None:
    good = [observation(n) for n in (1, 2, 3)]
    assert evaluate(SUMMATIVE, asked(*good), SETTING, at=NOW).state == "met"
    assert evaluate(SUMMATIVE, asked(*good, unsigned=(unsigned(5),)), SETTING, at=NOW).state == "met", "it can be signed still"
    void = (unsigned(2, void_at=NOW),)
    assert evaluate(SUMMATIVE, asked(*good, unsigned=void), SETTING, at=NOW).have == 1
    assert evaluate(SUMMATIVE, asked(*good, unsigned=void), SETTING, at=NOW - timedelta(seconds=1)).state == "met"
    lenient = SUMMATIVE.model_copy(update={"count_unsigned": False})
    assert evaluate(lenient, asked(*good, unsigned=void), SETTING, at=NOW).state == "met"


def watched(observer: int, trainee: int, days_ago: float = 1) -> Watching:
    return Watching(observer, trainee, NOW - timedelta(days=days_ago))


def test_two_who_watched_each_other_are_named_to_whoever_decides_about_either() -> None:
    watchings = [watched(2, 1), watched(2, 1, 9), watched(1, 2, 40), watched(3, 1), watched(1, 4), watched(5, 6), watched(6, 5)]
    [pair] = reciprocal_pairs(1, watchings, at=NOW, time_zone="Europe/Dublin")
    assert (pair.other_id, pair.was_watched, pair.watched_them, pair.last_at) == (2, 2, 1, NOW - timedelta(days=1))
    assert [p.other_id for p in reciprocal_pairs(2, watchings, at=NOW, time_zone="Europe/Dublin")] == [1]
    assert reciprocal_pairs(3, watchings, at=NOW, time_zone="Europe/Dublin") == []


def test_what_lies_outside_the_window_or_ahead_makes_no_pair() -> None:
    assert RECIPROCAL_MONTHS == 24
    for other in (watched(1, 2, 731), watched(1, 2, -1)):
        assert reciprocal_pairs(1, [watched(2, 1), other], at=NOW, time_zone="UTC") == []
    assert reciprocal_pairs(1, [watched(2, 1), watched(1, 2, 729)], at=NOW, time_zone="UTC")


def person(number: int, *roles: tuple[str, int | None], days: int = 100) -> Who:
    held = tuple(Role(role, site, NOW - timedelta(days=days)) for role, site in roles)
    return Who(number, True, held, identity=Identity(NOW - timedelta(days=days)))


COACHED = WatchFacts(trainee_id=1, site_id=7, purpose="coaching", state="signed", observer_id=2)
SUPERVISOR = person(3, ("supervisor", 7))


@pytest.mark.parametrize(
    ("who", "state", "reads"),
    [
        (person(1, ("trainee", 7)), "signed", True),
        (person(2, ("supervisor", 7)), "signed", True),
        (SUPERVISOR, "signed", False),
        (person(4, ("admin", None)), "signed", False),
        (person(5, ("auditor", None)), "signed", False),
        (SUPERVISOR, "open", True),
        (SUPERVISOR, "void", False),
        (person(6, ("supervisor", 8)), "open", False),
        (replace(person(1, ("trainee", 7)), active=False), "signed", False),
        (replace(person(2, ("supervisor", 7)), active=False), "signed", False),
    ],
)
def test_coaching_is_read_by_its_trainee_and_its_observer_alone(who: Who, state: str, reads: bool) -> None:
    assert may_read_observation(who, replace(COACHED, state=state), [7]).allowed is reads


def test_an_assessment_is_read_like_any_record_of_the_trainee() -> None:
    facts = replace(COACHED, purpose="assessment")
    for who in (SUPERVISOR, person(4, ("admin", None)), person(5, ("auditor", None)), person(1, ("trainee", 7))):
        assert may_read_observation(who, facts, [7]).allowed
    assert not may_read_observation(person(6, ("supervisor", 8)), facts, [7]).allowed


@pytest.mark.parametrize(
    ("who", "then", "before", "now", "words"),
    [
        (SUPERVISOR, SUPERVISOR, True, True, ""),
        (person(1, ("supervisor", 7)), person(1, ("supervisor", 7)), True, True, "own record"),
        (person(3, ("trainee", 7)), SUPERVISOR, True, True, "Only a supervisor"),
        (person(3, ("supervisor", 7), days=0), SUPERVISOR, True, True, "younger than 24 hours"),
        (SUPERVISOR, person(3, ("trainee", 7)), True, True, "no supervisor of this site when"),
        (SUPERVISOR, SUPERVISOR, False, True, "when the procedure was opened"),
        (SUPERVISOR, SUPERVISOR, True, False, "has ended since"),
        (replace(SUPERVISOR, active=False), SUPERVISOR, True, True, "Only a supervisor"),
    ],
)
def test_only_an_observer_then_and_now_signs(who: Who, then: Who, before: bool, now: bool, words: str) -> None:
    answer = may_sign_observed(who, then, replace(COACHED, state="open"), observed_then=before, observes_now=now, at=NOW)
    assert answer.allowed is (words == "")
    assert words in answer.reason
