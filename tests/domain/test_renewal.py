"""Which clearance an application renews, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.errors import Conflict
from app.domain.renewal import renewable, renewed_until, renews
from app.domain.standing import DecisionFact

ENDS = datetime(2027, 5, 1, tzinfo=UTC)
BEGAN = ENDS - timedelta(days=700)
GRANT = DecisionFact(1, "grant", frozenset({"a", "b"}), BEGAN, BEGAN, ENDS, by_two=True)
OTHER = replace(GRANT, id=2, regions=frozenset({"c"}), until=ENDS - timedelta(days=20))
SOON = ENDS - timedelta(days=30)


def act(kind: str, number: int, **changes: Any) -> DecisionFact:
    at = SOON - timedelta(days=1)
    return replace(GRANT, id=number, kind=kind, effective_at=at, recorded_at=at, until=None, **changes)


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (ENDS - timedelta(days=90, seconds=1), None),
        (ENDS - timedelta(days=90), 1),
        (ENDS - timedelta(seconds=1), 1),
        (ENDS, None),
    ],
)
def test_the_window_is_the_last_90_days_of_the_term(at: datetime, found: int | None) -> None:
    grant = renews([GRANT], ["a"], at=at)
    assert (grant.id if grant else None) == found


def test_regions_that_are_not_held_together_are_an_application_of_their_own() -> None:
    assert renews([GRANT, OTHER], ["a", "c"], at=SOON) is None
    assert renews([GRANT], ["a", "d"], at=SOON) is None
    assert renews([], ["a"], at=SOON) is None
    assert renews([GRANT, act("revoke", 5)], ["a"], at=SOON) is None
    assert renews([GRANT, act("undo", 5, about_id=1)], ["a"], at=SOON) is None


@pytest.mark.parametrize(("kind", "with_observer"), [("suspend", False), ("hold", False), ("hold", True)])
def test_what_is_stopped_is_not_renewed(kind: str, with_observer: bool) -> None:
    with pytest.raises(Conflict, match="end the stop first"):
        renews([GRANT, act(kind, 5, with_observer=with_observer)], ["a"], at=SOON)
    stop = act(kind, 5, with_observer=with_observer, regions=frozenset({"b"}))
    assert renewable([GRANT, stop], ["a", "b", "c"], at=SOON) == (GRANT, ["a"])


def test_what_ends_first_is_offered_with_the_regions_that_it_holds() -> None:
    assert renewable([GRANT, OTHER], ["a", "b", "c", "d"], at=SOON) == (OTHER, ["c"])
    assert renewable([GRANT], ["a", "b", "c"], at=SOON) == (GRANT, ["a", "b"])
    assert renewable([GRANT], ["a", "b"], at=BEGAN + timedelta(days=1)) is None


def test_a_renewed_term_begins_at_the_old_end_or_at_a_later_decision() -> None:
    assert renewed_until(ENDS, SOON, 24, "UTC") == datetime(2029, 5, 1, tzinfo=UTC)
    late = ENDS + timedelta(days=9, hours=5)
    assert renewed_until(ENDS, late, 24, "UTC") == datetime(2029, 5, 10, tzinfo=UTC)
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    assert renewed_until(leap, leap - timedelta(days=9), 12, "UTC") == datetime(2029, 2, 28, tzinfo=UTC)
