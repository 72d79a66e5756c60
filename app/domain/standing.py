"""What is true of a person, a region and a level at an instant: a pure function of decisions, evidence and policy.

Only CLEARED means that somebody may act alone. Nothing here is stored, so an expired person cannot read as cleared even
if every job and clock is dead. Whatever is not known reads as not cleared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.domain.evidence import Evidence, Setting
from app.domain.lost_passes import KIND, lost_passes
from app.domain.permissions import TWO_PERSON_TIERS
from app.domain.policy import Policy, Requirement
from app.domain.requirements import Outcome, evaluate

State = Literal[
    "PENDING_CONFIRMATION",
    "REVOKED",
    "SUSPENDED",
    "NOT_HELD",
    "EXPIRED",
    "ON_HOLD",
    "BLOCKED",
    "CLEARED",
]
Word = Literal["CLEARED", "ONLY WITH AN OBSERVER", "NOT CLEARED", "CANNOT CONFIRM"]
STATE_WORDS: dict[str, str] = {
    "PENDING_CONFIRMATION": "Cannot confirm",
    "REVOKED": "Revoked",
    "SUSPENDED": "Suspended",
    "NOT_HELD": "Not held",
    "EXPIRED": "Expired",
    "ON_HOLD": "On hold",
    "BLOCKED": "Blocked",
    "CLEARED": "Cleared",
}


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
    """One signed decision as the standing reads it."""

    id: int
    kind: str
    regions: frozenset[str]
    effective_at: datetime
    recorded_at: datetime
    until: datetime | None = None
    limits: Limits = Limits()
    about_id: int | None = None
    signer_name: str = ""
    recommender_name: str = ""
    by_two: bool = False
    """whether two people signed it"""
    founding: bool = False
    hold_with_observer: bool = False
    exam_ids: frozenset[int] = frozenset()
    """the attempts that it rests on"""


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

    @property
    def may_act_alone(self) -> bool:
        """Whether the person may act without an observer."""
        return self.state == "CLEARED"


def standing(
    *,
    region: str,
    level: str,
    decisions: Iterable[DecisionFact],
    evidence: Evidence,
    policy: Policy | None,
    tier: str,
    setting: Setting,
    at: datetime,
    as_known_at: datetime | None = None,
    restored: bool = False,
) -> Standing:
    """The standing at `at`, from what was recorded by `as_known_at` (default `at`); the first matching state wins."""
    if restored:
        return Standing(
            region,
            level,
            "PENDING_CONFIRMATION",
            "CANNOT CONFIRM",
            reasons=("This installation was restored from a backup and is not confirmed yet.",),
        )
    known = as_known_at or at
    facts = sorted(
        (d for d in decisions if region in d.regions and d.effective_at <= at and d.recorded_at <= known),
        key=lambda d: (d.effective_at, d.id),
    )
    grant = next((d for d in reversed(facts) if d.kind in ("grant", "renew")), None)
    stopped = _stopped(region, level, facts, grant)
    if stopped is not None:
        return stopped
    if grant is None or policy is None or grant.until is None:
        return Standing(region, level, reasons=("No clearance was granted here.",), to_do="Apply for this region.")
    if tier in TWO_PERSON_TIERS and not grant.by_two:
        words = "This group asks for two people now, and one granted this."
        return Standing(region, level, reasons=(words,), to_do="Apply again for this group.", grant_id=grant.id)
    if at >= grant.until:
        return Standing(
            region,
            level,
            "EXPIRED",
            "NOT CLEARED",
            cleared_until=grant.until,
            limiting_cause="term",
            reasons=("The term of the clearance has ended.",),
            to_do="Apply again for this group.",
            grant_id=grant.id,
        )
    return _held(region, level, facts, grant, evidence, policy, tier, setting, at)


def _active(facts: list[DecisionFact], kind: str, since: datetime | None = None) -> DecisionFact | None:
    lifted = {d.about_id for d in facts if d.kind == "lift"}
    return next(
        (d for d in reversed(facts) if d.kind == kind and d.id not in lifted and (since is None or d.effective_at >= since)),
        None,
    )


def _stopped(region: str, level: str, facts: list[DecisionFact], grant: DecisionFact | None) -> Standing | None:
    revoked = _active(facts, "revoke", grant.effective_at if grant else None)
    if revoked is not None:
        return Standing(
            region,
            level,
            "REVOKED",
            "NOT CLEARED",
            reasons=("The clearance was revoked.",),
            to_do="Speak with a supervisor of the site.",
        )
    if _active(facts, "suspend") is not None:
        return Standing(
            region,
            level,
            "SUSPENDED",
            "NOT CLEARED",
            reasons=("The clearance is suspended.",),
            to_do="Speak with a supervisor of the site.",
        )
    return None


def _held(
    region: str, level: str, facts: list[DecisionFact], grant: DecisionFact, evidence: Evidence, policy: Policy,
    tier: str, setting: Setting, at: datetime,
) -> Standing:  # fmt: skip
    hold = _active(facts, "hold")
    if hold is not None and not hold.hold_with_observer:
        return Standing(
            region,
            level,
            "ON_HOLD",
            "NOT CLEARED",
            reasons=("The clearance is on hold.",),
            to_do="Speak with a supervisor of the site.",
            grant_id=grant.id,
        )
    outcomes = continuing_outcomes(policy, tier, level, evidence, setting, at=at)
    outcomes += lost_passes(grant.exam_ids, grant.effective_at, policy, tier, evidence, setting, at=at)
    broken = [o for o in outcomes if o.state != "met"]
    if broken:
        first = broken[0]
        return Standing(
            region,
            level,
            "BLOCKED",
            "NOT CLEARED",
            limiting_cause=first.requirement,
            reasons=tuple(o.reason for o in broken),
            to_do=first.to_do,
            grant_id=grant.id,
        )
    if hold is not None:
        return Standing(
            region,
            level,
            "ON_HOLD",
            "ONLY WITH AN OBSERVER",
            reasons=("On hold: only with an observer present.",),
            to_do="Ask an observer to be present.",
            grant_id=grant.id,
        )
    return _cleared(region, level, grant, outcomes, policy, at)


def _cleared(region: str, level: str, grant: DecisionFact, outcomes: list[Outcome], policy: Policy, at: datetime) -> Standing:
    assert grant.until is not None
    ends = [(grant.until, "term", "The term of the clearance ends then.")]
    ends += [(o.until, o.requirement, _ending(o)) for o in outcomes if o.until is not None]
    until, cause, words = min(ends, key=lambda e: e[0])
    to_do = "Apply again before the term ends." if cause == "term" else _cheapest(outcomes, cause)
    return Standing(
        region, level, "CLEARED", "CLEARED", grant.limits.words(), until, cause, (words,), to_do,
        until - at <= timedelta(days=policy.expiring_days), grant.id,
    )  # fmt: skip


def _ending(outcome: Outcome) -> str:
    return f"{outcome.words} It stands until then." if outcome.kind == KIND else f"{outcome.words} runs out then."


def _cheapest(outcomes: list[Outcome], cause: str) -> str:
    kind, to_do = next((o.kind, o.to_do) for o in outcomes if o.requirement == cause)
    if kind == KIND:
        return to_do
    return {
        "document": "Enter the renewed document and have it verified.",
        "competency": "Have a supervisor approve the competency again.",
        "exam": "Sit the exam again.",
    }.get(kind, "Have another procedure observed.")


def continuing_outcomes(
    policy: Policy, tier: str, level: str, evidence: Evidence, setting: Setting, *, at: datetime
) -> list[Outcome]:
    """The continuing requirements of a level: all of the tier's for acting alone, the documents for observing."""
    requirements: Iterable[Requirement] = (r for r in policy.rules(tier).requirements if r.continuing)
    if level == "may_observe":
        requirements = (r for r in requirements if r.kind == "document" and r.document in ("licence", "indemnity"))
    return [evaluate(r, evidence, setting, at=at, held=True) for r in requirements]


def initial_outcomes(policy: Policy, tier: str, evidence: Evidence, setting: Setting, *, at: datetime) -> list[Outcome]:
    """Every requirement that must be met before a first grant: the initial ones and the continuing ones."""
    return [evaluate(r, evidence, setting, at=at) for r in policy.rules(tier).requirements if r.initial or r.continuing]
