"""What another version of the policy would mean for clearances that are held: met, a gap, a hold, or cleared again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from app.domain.evidence import Evidence, Setting
from app.domain.policy import Policy
from app.domain.policy_versions import Published, Versions
from app.domain.standing import DecisionFact, Standing, continuing_outcomes, initial_outcomes, standing

Verdict = Literal["met", "gap", "hold", "back"]
VERDICT_WORDS: dict[str, str] = {
    "hold": "Would no longer be cleared",
    "gap": "Does not meet it yet",
    "back": "Would be cleared again",
    "met": "Meets all of it",
}
"""In the order of a preview."""


@dataclass(frozen=True, slots=True)
class Held:
    """What one person was granted in a group at a site, with all that it is judged on; `setting.regions` are those granted."""

    level: str
    tier: str
    decisions: tuple[DecisionFact, ...]
    evidence: Evidence
    evidence_after: Evidence
    """the same, but for what is cleared then of that which is asked for first"""
    setting: Setting


@dataclass(frozen=True, slots=True)
class Change:
    """One region whose standing would be another, with the cause in words."""

    region: str
    before: str
    after: str
    cause: str


@dataclass(frozen=True, slots=True)
class Gap:
    """One requirement of the new version that the person does not meet today."""

    requirement: str
    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class Impact:
    """What a version means for one clearance. The gaps tell what would be missing at the next renewal."""

    verdict: Verdict
    changes: tuple[Change, ...] = ()
    gaps: tuple[Gap, ...] = ()


def impact(held: Held, versions: Versions, with_candidate: Versions, candidate: Published, *, now: datetime) -> Impact:
    """Compare what is true with what would be, both asked of the instant from which the candidate would be in force.

    A hold outweighs a gap: it is a clearance that reads as cleared under the versions there are, and would not any more.
    """
    then = max(now, candidate.in_force_from)
    pairs = _pairs(held, versions, with_candidate, then)
    lost = tuple(_change(r, b, a) for r, b, a in pairs if b.may_act_alone and not a.may_act_alone)
    back = tuple(_change(r, b, a) for r, b, a in pairs if a.may_act_alone and not b.may_act_alone)
    gaps = tuple(_gaps(held, candidate.policy, now))
    verdict: Verdict = "hold" if lost else "gap" if gaps else "back" if back else "met"
    return Impact(verdict, lost + back, gaps)


def _pairs(held: Held, versions: Versions, with_candidate: Versions, at: datetime) -> list[tuple[str, Standing, Standing]]:
    """Each region with its standing before and after. Regions that the same decisions speak of share one answer, where
    nothing that is asked looks at the region: of ten regions of a group nine are not reckoned again."""
    regional = held.tier in with_candidate.regional_tiers
    answers: dict[object, tuple[Standing, Standing]] = {}
    found = []
    for region in sorted(held.setting.regions):
        key = region if regional else frozenset(d.id for d in held.decisions if region in d.regions)
        if key not in answers:
            before = _standing(held, region, held.evidence, versions, at)
            answers[key] = (before, _standing(held, region, held.evidence_after, with_candidate, at))
        found.append((region, *answers[key]))
    return found


def _standing(held: Held, region: str, evidence: Evidence, versions: Versions, at: datetime) -> Standing:
    alone = replace(held.setting, regions=frozenset({region}))
    return standing(
        region=region, level=held.level, decisions=held.decisions, evidence=evidence, policy=versions, tier=held.tier,
        setting=alone, at=at,
    )  # fmt: skip


def _change(region: str, before: Standing, after: Standing) -> Change:
    return Change(region, before.state, after.state, " ".join(after.reasons))


def _gaps(held: Held, policy: Policy, now: datetime) -> Iterable[Gap]:
    """What a new application would lack today; of an observer, what goes on being asked."""
    if held.level == "may_observe":
        outcomes = continuing_outcomes(policy, held.tier, held.level, held.evidence_after, held.setting, at=now)
    else:
        outcomes = initial_outcomes(policy, held.tier, held.evidence_after, held.setting, at=now)
    return (Gap(o.requirement, o.words, o.reason) for o in outcomes if o.state != "met")
