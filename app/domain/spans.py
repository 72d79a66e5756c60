"""Sets of time: half-open spans [start, end) of instants in UTC, and the algebra that requirements are composed with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

T = TypeVar("T")
Span = tuple[datetime, datetime | None]
"""From the first instant that belongs to it to the first one that no longer does; None: without end."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Disjoint spans in order, none touching the next."""

    spans: tuple[Span, ...] = ()

    @staticmethod
    def of(spans: Iterable[Span]) -> Spans:
        """The union of some spans; empty ones are left out."""
        some = [s for s in spans if s[1] is None or s[0] < s[1]]
        if len(some) < 2:
            return Spans(tuple(some))
        found: list[Span] = []
        for start, end in sorted(some, key=itemgetter(0)):
            if found and (found[-1][1] is None or start <= found[-1][1]):
                found[-1] = (found[-1][0], _later(found[-1][1], end))
            else:
                found.append((start, end))
        return Spans(tuple(found))

    def covering(self, at: datetime) -> Span | None:
        """The span that an instant lies in."""
        for span in self.spans:
            if span[0] <= at and (span[1] is None or at < span[1]):
                return span
        return None

    def covers(self, at: datetime) -> bool:
        """Whether an instant belongs to it."""
        return self.covering(at) is not None

    def until(self, at: datetime) -> datetime | None:
        """The first instant at or after `at` that does not belong to it; None: there is none."""
        span = self.covering(at)
        return at if span is None else span[1]


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)


def at_least(number: int, sets: Sequence[Spans]) -> Spans:
    """When at least `number` of some sets hold; all of them with their count, any of them with 1."""
    if number == len(sets) and all(len(s.spans) == 1 for s in sets):  # all of them, each once: as nearly always
        return common([s.spans[0] for s in sets])
    return _sweep(sets, lambda holding: holding >= number)


def common(spans: Sequence[Span]) -> Spans:
    """What every one of some spans covers."""
    ends = [end for _, end in spans if end is not None]
    return Spans.of([(max(start for start, _ in spans), min(ends, default=None))] if spans else [])


def _sweep(sets: Sequence[Spans], holds: Callable[[int], bool]) -> Spans:
    edges = {edge for s in sets for span in s.spans for edge in span if edge is not None}
    return where(edges, lambda at: holds(sum(s.covers(at) for s in sets)))


def where(edges: Iterable[datetime], holds: Callable[[datetime], bool]) -> Spans:
    """When something holds that changes at the edges alone; before the first edge it does not."""
    ordered = sorted(set(edges))
    nexts: list[datetime | None] = [*ordered[1:], None]
    return Spans.of((start, end) for start, end in zip(ordered, nexts, strict=False) if holds(start))


def runs_out(found: Sequence[T], leaves: Callable[[T], datetime], enough: Callable[[list[T]], bool]) -> datetime | None:
    """The first instant at which those that have not left any more are too few; None where they never are."""
    for instant in sorted({leaves(one) for one in found}):
        if not enough([one for one in found if leaves(one) > instant]):
            return instant
    return None
