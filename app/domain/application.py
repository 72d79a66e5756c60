"""The state of an application, derived from its events, the decisions on it and the evidence of today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

State = Literal["COLLECTING", "READY", "IN_REVIEW", "RECOMMENDED", "GRANTED", "RETURNED", "DENIED", "WITHDRAWN", "LAPSED"]
LAPSE_AFTER = timedelta(days=180)
CLAIM_AGE_SHOWN = timedelta(days=5)
FINAL: frozenset[str] = frozenset({"GRANTED", "DENIED", "WITHDRAWN", "LAPSED"})
STATE_WORDS: dict[str, str] = {
    "COLLECTING": "Collecting evidence",
    "READY": "Ready to be decided",
    "IN_REVIEW": "In review",
    "RECOMMENDED": "Recommended",
    "GRANTED": "Granted",
    "RETURNED": "Returned",
    "DENIED": "Denied",
    "WITHDRAWN": "Withdrawn",
    "LAPSED": "Lapsed",
}


ENDS: dict[str, State] = {"grant": "GRANTED", "renew": "GRANTED", "deny": "DENIED", "withdrawn": "WITHDRAWN"}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: claimed, released, withdrawn, recommend, grant, renew, return, deny or undo."""

    kind: str
    at: datetime
    actor_id: int
    decision_id: int | None = None
    evidence_sha256: str = ""
    about_id: int | None = None
    """of an undo: the decision that it took back"""


@dataclass(frozen=True, slots=True)
class Status:
    """The state now; `recommendation` is set only while it still stands on the same evidence."""

    state: State = "COLLECTING"
    since: datetime | None = None
    claimed_by: int | None = None
    claimed_at: datetime | None = None
    recommendation: Step | None = None
    voided_recommendation: bool = False

    @property
    def open(self) -> bool:
        """Whether anything can still happen to it."""
        return self.state not in FINAL


def _lapsed_at(instants: Sequence[datetime], now: datetime) -> datetime | None:
    """When nothing had happened for 180 days; what comes later wakes nothing that had lapsed."""
    ordered = [*sorted(instants), now]
    return next((a + LAPSE_AFTER for a, b in pairwise(ordered) if b - a >= LAPSE_AFTER), None)


def application_status(
    opened_at: datetime,
    steps: Sequence[Step],
    *,
    ready: bool,
    evidence_sha256: str,
    progress: Iterable[datetime],
    now: datetime,
) -> Status:
    """Derive the state; evidence that changed since a recommendation voids it, and since a return reopens it.

    An undone grant leaves no trace in the state but one: the recommendation that it rested on is used up.
    """
    undone = {s.about_id for s in steps if s.kind == "undo"}
    ordered = sorted((s for s in steps if s.decision_id is None or s.decision_id not in undone), key=lambda s: s.at)
    for step in ordered:
        if step.kind in ENDS:
            return Status(ENDS[step.kind], step.at)
    lapsed = _lapsed_at([opened_at, *(s.at for s in ordered), *(p for p in progress if opened_at < p <= now)], now)
    if lapsed is not None:
        return Status("LAPSED", lapsed)
    last = next((s for s in reversed(ordered) if s.kind in ("recommend", "return", "undo")), None)
    if last is not None and last.kind == "return" and last.evidence_sha256 == evidence_sha256:
        return Status("RETURNED", last.at)
    standing = last if last is not None and last.kind == "recommend" and last.evidence_sha256 == evidence_sha256 else None
    voided = last is not None and last.kind == "recommend" and standing is None
    if not ready:
        return Status("COLLECTING", None, voided_recommendation=voided)
    if standing is not None:
        return Status("RECOMMENDED", standing.at, recommendation=standing)
    claim = next((s for s in reversed(ordered) if s.kind in ("claimed", "released", "return")), None)
    if claim is not None and claim.kind == "claimed":
        return Status("IN_REVIEW", claim.at, claim.actor_id, claim.at, voided_recommendation=voided)
    return Status("READY", None, voided_recommendation=voided)
