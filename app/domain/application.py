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


_RESETS = ("released", "return", "recommend", "undo", "set_aside", "resubmitted")
"""What ends a claim."""
_CLAIMS = ("claimed", "taken_over")
ENDS: dict[str, State] = {"grant": "GRANTED", "renew": "GRANTED", "deny": "DENIED", "withdrawn": "WITHDRAWN"}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: claimed, taken_over, released, resubmitted, withdrawn, or a decision (recommend, grant, renew,
    return, deny, undo), or set_aside: an appeal that took a denial back."""

    kind: str
    at: datetime
    actor_id: int
    decision_id: int | None = None
    evidence_sha256: str = ""
    about_id: int | None = None
    """of an undo or a set_aside: the decision that it took back"""


@dataclass(frozen=True, slots=True)
class Status:
    """The state now; `recommendation` is set only while it still stands on the same evidence."""

    state: State = "COLLECTING"
    since: datetime | None = None
    claimed_by: int | None = None
    claimed_at: datetime | None = None
    recommendation: Step | None = None
    voided_recommendation: bool = False

    def claim_is_old(self, now: datetime) -> bool:
        """Whether a claim has lasted so long that somebody else may take it over."""
        return self.claimed_at is not None and now - self.claimed_at >= CLAIM_AGE_SHOWN

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

    An undone grant leaves no trace in the state but one: the recommendation that it rested on is used up. A denial that was
    set aside on appeal leaves the same; the time that it stood does not count as time without progress.
    """
    taken_back = {s.about_id for s in steps if s.kind in ("undo", "set_aside")}
    ordered = sorted((s for s in steps if s.decision_id is None or s.decision_id not in taken_back), key=lambda s: s.at)
    for step in ordered:
        if step.kind in ENDS:
            return Status(ENDS[step.kind], step.at)
    begun = max((s.at for s in ordered if s.kind == "set_aside"), default=opened_at)
    instants = [begun, *(s.at for s in ordered if s.at >= begun), *(p for p in progress if begun < p <= now)]
    lapsed = _lapsed_at(instants, now)
    if lapsed is not None:
        return Status("LAPSED", lapsed)
    return _going_on(ordered, ready, evidence_sha256)


def _going_on(ordered: Sequence[Step], ready: bool, evidence_sha256: str) -> Status:
    last = next((s for s in reversed(ordered) if s.kind in ("recommend", "return", "undo", "set_aside", "resubmitted")), None)
    if last is not None and last.kind == "return" and last.evidence_sha256 == evidence_sha256:
        return Status("RETURNED", last.at)
    standing = last if last is not None and last.kind == "recommend" and last.evidence_sha256 == evidence_sha256 else None
    voided = last is not None and last.kind == "recommend" and standing is None
    if not ready:
        return Status("COLLECTING", None, voided_recommendation=voided)
    if standing is not None:
        return Status("RECOMMENDED", standing.at, recommendation=standing)
    claim = next((s for s in reversed(ordered) if s.kind in _CLAIMS or s.kind in _RESETS), None)
    if claim is not None and claim.kind in _CLAIMS:
        return Status("IN_REVIEW", claim.at, claim.actor_id, claim.at, voided_recommendation=voided)
    return Status("READY", None, voided_recommendation=voided)
