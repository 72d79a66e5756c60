"""The algebra of spans agrees with asking instant by instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.spans import Span, Spans, at_least

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def span(pair: tuple[int, int | None]) -> Span:
    start, length = pair
    return (at(start), None if length is None else at(start + length))


PAIRS = st.lists(st.tuples(st.integers(0, 30), st.none() | st.integers(0, 12)), max_size=6)


@given(PAIRS)
def test_a_union_holds_whenever_one_of_its_spans_does(pairs: list[tuple[int, int | None]]) -> None:
    spans = [span(p) for p in pairs]
    union = Spans.of(spans)
    for hour in range(50):
        assert union.covers(at(hour)) == any(s <= at(hour) and (e is None or at(hour) < e) for s, e in spans)
    assert all(end is not None and end < start for (_, end), (start, _) in zip(union.spans, union.spans[1:], strict=False))


@given(st.lists(PAIRS, max_size=4), st.integers(1, 4))
def test_at_least_counts_the_sets_that_hold(lists: list[list[tuple[int, int | None]]], number: int) -> None:
    sets = [Spans.of(span(p) for p in pairs) for pairs in lists]
    found = at_least(number, sets)
    for hour in range(50):
        assert found.covers(at(hour)) == (sum(s.covers(at(hour)) for s in sets) >= number)


@given(PAIRS, st.integers(0, 45))
def test_until_is_the_first_instant_that_no_longer_belongs(pairs: list[tuple[int, int | None]], hour: int) -> None:
    union = Spans.of(span(p) for p in pairs)
    until = union.until(at(hour))
    hours = range(hour, 60)
    assert until == next((at(h) for h in hours if not union.covers(at(h))), None)


def test_nothing_is_never_and_has_no_span() -> None:
    assert Spans().spans == at_least(1, []).spans == ()
    assert Spans().until(START) == START
    assert at_least(0, []).spans == ()
