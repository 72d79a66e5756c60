"""What blocks: a region that must be cleared first, and a case that a named lead decided to hold."""

from __future__ import annotations

from datetime import datetime

from app.domain.evidence import Evidence, IncidentFact, Ref, Setting
from app.domain.policy import IncidentFreeRequirement, PrerequisiteRequirement
from app.domain.requirements.outcome import Outcome, answer
from app.domain.spans import Spans, at_least, where


def prerequisite(req: PrerequisiteRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """Every region named is cleared at the level; one that nobody reckoned is not."""
    held = {p.region: p.spans for p in evidence.prerequisites if p.level == req.level}
    missing = [r for r in req.regions if not held.get(r, Spans()).covers(at)]
    spans = at_least(len(req.regions), [held.get(r, Spans()) for r in req.regions])
    names = ", ".join(setting.name(r) for r in missing)
    reason = f"Not cleared, and asked for first: {names}." if missing else "What is asked for first is cleared."
    have = len(req.regions) - len(missing)
    return answer(req, spans, at, reason=reason, to_do=f"Get cleared for {names} first.", have=have, need=len(req.regions))


def incident_free(req: IncidentFreeRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """No case of the severity is held in a region claimed; a case that names no region is about all of them."""
    cases = [i for i in evidence.incidents if i.severity >= req.severity and i.held_from <= at and _touches(i, setting)]
    edges = [at, *(i.held_until for i in cases if i.held_until is not None and i.held_until > at)]
    spans = where(edges, lambda instant: not any(i.held_until is None or instant < i.held_until for i in cases))
    open_ = [i for i in cases if i.held_until is None or at < i.held_until]
    reason = "A lead decided to hold until a case is closed." if open_ else "No case is held."
    refs = tuple(Ref("incident", i.id, i.sha256) for i in open_)
    return answer(req, spans, at, reason=reason, to_do="Speak with the lead of the case.", evidence=refs)


def _touches(incident: IncidentFact, setting: Setting) -> bool:
    return not incident.regions or bool(incident.regions & (setting.regions or setting.group_regions))
