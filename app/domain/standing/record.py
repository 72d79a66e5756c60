"""The plain records of standing: what a decision says, what a clearance leaves out, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

State = Literal[
    "PENDING_CONFIRMATION",
    "OUT_OF_SCOPE",
    "REVOKED",
    "SUSPENDED",
    "NOT_HELD",
    "SCOPE_UNKNOWN",
    "EXPIRED",
    "ON_HOLD",
    "BLOCKED",
    "NOT_CURRENT",
    "PROVISIONAL",
    "CLEARED",
]
Word = Literal["CLEARED", "ONLY WITH AN OBSERVER", "NOT CLEARED", "CANNOT CONFIRM"]
STATE_WORDS: dict[str, str] = {
    "PENDING_CONFIRMATION": "Cannot confirm",
    "OUT_OF_SCOPE": "Out of scope",
    "SCOPE_UNKNOWN": "Scope not confirmed",
    "NOT_CURRENT": "Not current",
    "REVOKED": "Revoked",
    "SUSPENDED": "Suspended",
    "NOT_HELD": "Not held",
    "EXPIRED": "Expired",
    "ON_HOLD": "On hold",
    "BLOCKED": "Blocked",
    "PROVISIONAL": "Provisional",
    "CLEARED": "Cleared",
}


UNDO_WINDOW = timedelta(seconds=10)
"""How long a grant, a lift and a renewal wait before they take effect, so that a slip can be taken back."""
WAITS = ("grant", "lift", "renew")
STOPS = ("suspend", "hold", "revoke")
"""What takes effect at once."""
GRANTS = ("grant", "renew")


def takes_effect_at(kind: str, signed_at: datetime) -> datetime:
    """When a decision of a kind takes effect."""
    return signed_at + UNDO_WINDOW if kind in WAITS else signed_at


GRACE = timedelta(days=30)
"""How long after a term's end somebody whose renewal is open goes on with an observer; it never extends acting alone."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a clearance leaves out; empty means no limits beyond the regions."""

    excluded: tuple[str, ...] = ()
    max_needle_mm: int | None = None
    ultrasound_only: bool = False
    no_current: bool = False
    adults_only: bool = False

    def words(self) -> tuple[str, ...]:
        """The limits as they are printed beside CLEARED."""
        parts = [f"without {e}" for e in self.excluded]
        parts += [f"needle at most {self.max_needle_mm} mm"] if self.max_needle_mm else []
        parts += ["with ultrasound only"] if self.ultrasound_only else []
        parts += ["no electrical stimulation"] if self.no_current else []
        parts += ["adults only"] if self.adults_only else []
        return tuple(parts) or ("none beyond the region",)


@dataclass(frozen=True, slots=True)
class DecisionFact:
    """One signed decision as the standing reads it; `about_id` names the decision that a lift, an undo or a renewal is about."""

    id: int
    kind: str
    regions: frozenset[str]
    effective_at: datetime
    recorded_at: datetime
    until: datetime | None = None
    limits: Limits = Limits()
    about_id: int | None = None
    by_two: bool = False
    """whether two people signed it"""
    founding: bool = False
    with_observer: bool = False
    """of a hold: whether its holder may go on with an observer present"""
    exam_ids: frozenset[int] = frozenset()
    """the attempts that it rests on"""
    policy_version_id: int | None = None
    """the version of the policy that it was made under"""


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer for one region, with its reasons; the default is not cleared."""

    region: str
    level: str
    state: State = "NOT_HELD"
    word: Word = "NOT CLEARED"
    limits: tuple[str, ...] = ()
    cleared_until: datetime | None = None
    limiting_cause: str = ""
    reasons: tuple[str, ...] = ()
    to_do: str = ""
    expiring: bool = False
    grant_id: int | None = None
    in_grace: bool = False
    stop_id: int | None = None
    """the decision that stops it"""

    @property
    def may_act_alone(self) -> bool:
        """Whether the person may act without an observer."""
        return self.state == "CLEARED"
