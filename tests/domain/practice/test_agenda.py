"""What is due today and in which order; what an exam assigned and what is left of it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.practice import (
    NEW_A_DAY,
    Agenda,
    Answered,
    Missed,
    Practicable,
    Wanted,
    agenda,
    assigned_hazards,
    day_in,
    hazards_of,
    replay,
    retrievability,
    still_left,
)
from tests.domain.bank_rules.items import make_item

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = day_in("Europe/Dublin", NOW)


def item(name: str, *hazards: str, answers: tuple[tuple[float, bool, str | None], ...] = ()) -> Practicable:
    """An item with a history of (days ago, right, certainty)."""
    history = [Answered(was_right, certainty, NOW - timedelta(days=days)) for days, was_right, certainty in answers]
    return Practicable(name, 1, hazards or ("lung",), replay(history))


def plan(*items: Practicable, wanted: tuple[Wanted, ...] = (), now: datetime = NOW) -> Agenda:
    """The agenda of these items, given in any order."""
    mixed = list(items)
    random.Random(5).shuffle(mixed)
    return agenda(mixed, wanted, day=day_in("Europe/Dublin", now), now=now)


def named(found: Agenda) -> list[tuple[str, str]]:
    return [(line.item.item_id, line.why) for line in found.today]


def want(hazard: str, left: int = 1, *, first: bool = False, days_ago: float = 1) -> Wanted:
    return Wanted(hazard, left, first, NOW - timedelta(days=days_ago))


FORGOTTEN = ((30, True, "unsure"),)
OVERDUE = ((30, True, "fairly_sure"),)
KNOWN = ((1, True, "sure"),)
WRONG = ((2, False, "sure"),)


def test_the_sure_and_wrong_come_first_then_the_assigned_the_overdue_and_the_new() -> None:
    found = plan(
        item("a-new"), item("b-overdue", answers=OVERDUE), item("c-assigned", "nerve"), item("d-wrong", answers=WRONG),
        item("e-known", answers=KNOWN), wanted=(want("nerve"),),
    )  # fmt: skip
    assert named(found) == [("d-wrong", "sure_and_wrong"), ("c-assigned", "assigned"), ("b-overdue", "due"), ("a-new", "new")]
    assert found.next_due_at == item("e-known", answers=KNOWN).memory.due_at  # type: ignore[union-attr]


def test_a_hazard_that_was_sure_and_wrong_in_an_exam_comes_before_what_is_merely_assigned() -> None:
    found = plan(item("a", "nerve"), item("z", "cord"), item("b"), wanted=(want("nerve"), want("cord", first=True)))
    assert named(found) == [("z", "sure_and_wrong"), ("a", "assigned"), ("b", "new")]


def test_the_overdue_stand_by_how_likely_they_are_forgotten() -> None:
    forgotten, overdue = item("z", answers=FORGOTTEN), item("a", answers=OVERDUE)
    assert forgotten.memory is not None
    assert overdue.memory is not None
    assert retrievability(forgotten.memory, NOW) < retrievability(overdue.memory, NOW)
    assert named(plan(forgotten, overdue)) == [("z", "due"), ("a", "due")]


def test_hazards_take_turns_within_each_kind() -> None:
    found = plan(*(item(f"lung-{n}") for n in range(3)), *(item(f"nerve-{n}", "nerve") for n in range(2)), item("cord-0", "cord"))
    assert [line.item.item_id for line in found.today] == ["cord-0", "lung-0", "nerve-0", "lung-1", "nerve-1", "lung-2"]


def test_assigned_items_are_as_many_as_are_left_and_not_those_answered_since() -> None:
    since = want("lung", 2, days_ago=3)
    items = [
        item("a-known", answers=((5, True, "sure"),)), item("b-since", answers=((2, True, "sure"),)), item("c-new"),
        item("d-overdue", answers=OVERDUE),
    ]  # fmt: skip
    found = plan(*items, wanted=(since,))
    assert named(found) == [("d-overdue", "assigned"), ("c-new", "assigned")]
    more = plan(*items, wanted=(replace(since, left=9),))
    assert [name for name, why in named(more) if why == "assigned"] == ["d-overdue", "c-new", "a-known"]


def test_one_item_serves_every_hazard_that_it_teaches() -> None:
    found = plan(item("a", "lung", "nerve"), item("b", "nerve"), item("c"), wanted=(want("lung"), want("nerve")))
    assert [name for name, why in named(found) if why == "assigned"] == ["a"]


def test_what_was_wrong_a_minute_ago_waits_for_its_ten_minutes() -> None:
    wrong = item("a", answers=((0, False, "unsure"),))
    assert named(plan(wrong)) == []
    assert named(plan(wrong, now=NOW + timedelta(minutes=9))) == []
    assert named(plan(wrong, now=NOW + timedelta(minutes=10))) == [("a", "due")]


def test_what_falls_due_this_evening_is_due_today_and_tomorrow_it_is_not_yet() -> None:
    known = item("a", answers=((2.5, True, "fairly_sure"),))
    assert known.memory is not None
    evening = known.memory.due_at
    assert named(plan(known, now=evening.replace(hour=0, minute=30))) == [("a", "due")]
    assert named(plan(known, now=evening.replace(hour=0) - timedelta(hours=2))) == []


def test_ten_new_items_are_due_a_day_and_the_rest_wait_for_whoever_goes_on() -> None:
    items = [item(f"new-{n:02d}") for n in range(NEW_A_DAY + 5)]
    found = plan(*items)
    assert (len(found.today), len(found.more)) == (NEW_A_DAY, 5)
    begun = item("begun", answers=((0, True, "sure"),))
    assert len(plan(begun, *items).today) == NEW_A_DAY - 1
    assert len(plan(item("old", answers=((1, True, "sure"),)), *items).today) == NEW_A_DAY


def test_counts_by_hazard_name_an_item_under_each_of_its_hazards() -> None:
    found = plan(item("a", "lung", "nerve"), item("b", "nerve"), item("c", "anatomy"))
    assert found.by_hazard == (("nerve", 2), ("anatomy", 1), ("lung", 1))


def test_nothing_published_is_nothing_due() -> None:
    assert plan() == Agenda((), (), None)


def test_the_hazards_of_an_item_are_its_complications_or_its_domain() -> None:
    assert hazards_of(make_item(complications=["nerve-injury", "pneumothorax"])) == ("nerve-injury", "pneumothorax")
    assert hazards_of(make_item(complications=[], domain="anatomy")) == ("anatomy",)


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Dublin", 24), ("Pacific/Auckland", 24)])
def test_a_day_runs_from_midnight_to_midnight_where_somebody_is(zone: str, hours: int) -> None:
    day = day_in(zone, NOW)
    assert day.start <= NOW < day.end
    assert day.end - day.start == timedelta(hours=hours)
    assert day_in(zone, day.end).start == day.end


def test_a_day_on_which_clocks_change_has_23_or_25_hours() -> None:
    spring, autumn = datetime(2027, 3, 28, 12, tzinfo=UTC), datetime(2027, 10, 31, 12, tzinfo=UTC)
    assert [d.end - d.start for d in (day_in("Europe/Dublin", spring), day_in("Europe/Dublin", autumn))] == [
        timedelta(hours=23),
        timedelta(hours=25),
    ]


def test_at_most_three_items_of_a_hazard_are_assigned_and_none_where_there_is_nothing_to_practise() -> None:
    published = {"lung": 12, "nerve": 2, "cord": 1}
    assert assigned_hazards(["nerve", "lung", "eye"], ["lung", "cord"], published) == (
        Missed("cord", 1, first=True), Missed("lung", 3, first=True), Missed("nerve", 2),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("due", "published", "answered", "left"), [(3, 9, 0, 3), (3, 9, 2, 1), (3, 9, 5, 0), (3, 2, 1, 1), (3, 0, 0, 0), (1, 9, 0, 1)]
)
def test_what_is_left_does_not_wait_for_withdrawn_items(due: int, published: int, answered: int, left: int) -> None:
    assert still_left(due, published=published, answered=answered) == left
