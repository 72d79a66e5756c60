"""The answer to one requirement at one instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from app.domain.evidence import Ref
from app.domain.spans import Spans

State = Literal["met", "unmet", "unknown"]


class Asked(Protocol):
    """What every requirement of a policy says of itself."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def words(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """Met, unmet or unknown; `until` is the first instant it turns unmet if nothing new happens.

    `spans` say when, from the instant asked on, it is met if nothing new happens.
    """

    requirement: str
    kind: str
    words: str
    state: State = "unmet"
    reason: str = ""
    to_do: str = ""
    until: datetime | None = None
    evidence: tuple[Ref, ...] = ()
    have: int = 0
    need: int = 1
    spans: Spans = Spans()


def answer(
    req: Asked, spans: Spans, at: datetime, *, reason: str, to_do: str, evidence: tuple[Ref, ...] = (), have: int = 0,
    need: int = 1,
) -> Outcome:  # fmt: skip
    """Met where the spans cover the instant, with the first instant after it that they do not; unmet otherwise."""
    met = spans.covers(at)
    until = spans.until(at) if met else None
    return Outcome(
        req.id, req.kind, req.words, "met" if met else "unmet", reason, "" if met else to_do, until, evidence, have, need, spans
    )


def unknown(req: Asked, reason: str, to_do: str) -> Outcome:
    """Nobody can say; it counts as not met."""
    return Outcome(req.id, req.kind, req.words, "unknown", reason, to_do)


def counted(number: int, words: str) -> str:
    """A number with its noun."""
    return f"{number} {words}{'' if number == 1 else 's'}"
