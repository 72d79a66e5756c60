"""Who counts as one person with whom: over the whole time between two signatures, and no longer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.domain.adverse import APPEAL_DAYS, appeal_ends_at, may_still_appeal
from app.domain.cover import Cover, chained, covered_by, one_with
from tests.domain.clearance_facts import NOW

DAY = timedelta(days=1)
A, B, C = 1, 2, 3
SITE = 7


def cover(delegator: int = A, delegate: int = B, start: int = 0, end: int = 10, ended: int | None = None) -> Cover:
    """A cover from one day until another, counted from now; `ended` when somebody ended it."""
    return Cover(SITE, delegator, delegate, NOW + start * DAY, NOW + end * DAY, None if ended is None else NOW + ended * DAY)


@pytest.mark.parametrize(
    ("since", "at", "one"),
    [
        (0, 5, True),
        (9, 30, True),  # in force at the first signature
        (-5, 0, True),  # begins at the second
        (-5, -1, False),
        (10, 12, False),  # the end itself is free
        (11, 12, False),
    ],
)
def test_two_count_as_one_where_the_cover_touches_the_time_between_two_signatures(since: int, at: int, one: bool) -> None:
    for person, other in ((A, B), (B, A)):
        found = one_with([cover()], person, SITE, since=NOW + since * DAY, at=NOW + at * DAY)
        assert found == (frozenset({other}) if one else frozenset())


def test_an_early_end_counts_from_then_on_and_a_late_one_changes_nothing() -> None:
    early, late = cover(ended=2), cover(ended=40)
    assert (early.holds(NOW + DAY), early.holds(NOW + 2 * DAY), late.holds(NOW + 10 * DAY)) == (True, False, False)
    assert one_with([early], A, SITE, since=NOW + 2 * DAY, at=NOW + 3 * DAY) == frozenset()
    assert one_with([early], A, SITE, since=NOW + DAY, at=NOW + 3 * DAY) == {B}


def test_a_cover_says_nothing_about_other_people_and_other_sites() -> None:
    assert one_with([cover()], C, SITE, since=NOW, at=NOW + DAY) == frozenset()
    assert one_with([cover()], A, SITE + 1, since=NOW, at=NOW + DAY) == frozenset()


def test_two_people_with_the_same_cover_stay_two() -> None:
    covers = [cover(A, C), cover(B, C)]
    assert one_with(covers, A, SITE, since=NOW, at=NOW) == {C}
    assert one_with(covers, C, SITE, since=NOW, at=NOW) == {A, B}


def test_only_who_covers_works_for_the_other_and_only_while_it_lasts() -> None:
    assert covered_by([cover()], B, SITE, at=NOW) == {A}
    assert covered_by([cover()], A, SITE, at=NOW) == frozenset()
    assert covered_by([cover()], B, SITE, at=NOW + 10 * DAY) == frozenset()


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (cover(A, C), "already"),
        (cover(B, C), "not handed on"),
        (cover(C, A), "away too"),
        (cover(C, B), ""),
        (cover(A, C, start=10, end=12), ""),
    ],
)
def test_no_cover_is_a_link_of_a_chain(wanted: Cover, words: str) -> None:
    found = chained([cover()], wanted)
    assert words in found
    assert bool(words) == bool(found)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Dublin", "Pacific/Apia", "America/St_Johns"])
def test_an_appeal_has_thirty_whole_days_in_the_zone_of_the_site(zone: str) -> None:
    for made in (NOW, datetime.fromisoformat("2027-03-01T23:59:59+00:00"), datetime.fromisoformat("2028-02-28T12:00:00+00:00")):
        ends = appeal_ends_at(made, zone)
        assert APPEAL_DAYS * DAY - timedelta(hours=2) < ends - made <= (APPEAL_DAYS + 1) * DAY + timedelta(hours=2)
        assert may_still_appeal(made, zone, ends - timedelta(seconds=1))
        assert not may_still_appeal(made, zone, ends)
        assert not may_still_appeal(made, zone, made - timedelta(seconds=1))
