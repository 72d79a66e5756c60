"""Everything that was asked for, counted or not, and why not: nothing that went badly can vanish."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from app.domain.evidence import Evidence, ObservationFact, Setting
from app.domain.places import months_after
from app.domain.policy import ObservedRequirement
from app.domain.requirements.observed import allows, of_group


@dataclass(frozen=True, slots=True)
class Denominator:
    """How many assessments of a group were asked for, how many count towards a requirement, and what became of the others."""

    asked: int
    counted: int
    others: tuple[tuple[str, int], ...] = ()
    """(why it does not count, how many), the most frequent first"""


def denominator(req: ObservedRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Denominator:
    """What became of every assessment of a group that had been asked for by an instant. Coaching is nobody's count."""
    signed = [o for o in of_group(evidence, setting, at) if o.purpose == "assessment"]
    unsigned = [u for u in evidence.unsigned if u.region in setting.group_regions and u.opened_at <= at]
    why = Counter(why_not(req, o, setting, at=at) for o in signed)
    counted = why.pop("", 0)
    why.update("void, not signed in time" if u.void_at <= at else "waiting for a signature" for u in unsigned)
    return Denominator(len(signed) + len(unsigned), counted, tuple(sorted(why.items(), key=lambda pair: (-pair[1], pair[0]))))


def why_not(req: ObservedRequirement, o: ObservationFact, setting: Setting, *, at: datetime) -> str:
    """Why a signed assessment does not count towards a requirement, the gravest reason first; empty where it counts."""
    reasons = (
        (o.auto_failed, "failed at once"),
        (o.outcome != "completed", "abandoned"),
        (o.presence == "not_seen", "not seen"),
        (o.presence == "live_video" and not req.live_video, "by live video, which the policy does not count"),
        (o.rating is None or o.rating < req.min_rating, f"rated below {req.min_rating}"),
        (o.voided, "called back"),
        (o.observer_id == setting.person_id or not o.observer_eligible, "by somebody who could not observe the region then"),
        (o.opened_at >= o.signed_at, "opened after it was signed"),
        (not allows(req, o.subject), f"on a {o.subject}, which the policy does not count"),
        (months_after(o.signed_at, req.window_months, setting.time_zone) <= at, f"older than {req.window_months} months"),
    )
    return next((words for true, words in reasons if true), "")
