"""Competencies that a supervisor signed met."""

from __future__ import annotations

from datetime import datetime

from app.domain.evidence import CompetencyFact, Evidence, Ref, Setting
from app.domain.policy import CompetencyRequirement
from app.domain.requirements.outcome import Outcome, answer, unknown
from app.domain.spans import Spans, at_least


def competencies(req: CompetencyRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """Each one asked for signed *met* by somebody else since the last *not yet*, and not run out."""
    needed = setting.critical_competencies if req.which == "critical" else req.competencies
    if not needed:
        return unknown(req, "The catalogue names no competencies.", "Ask an admin to load the question bank.")
    since = {c: _met_since(c, evidence, setting, at) for c in needed}
    spans = {c: Spans.of((f.at, f.until) for f in found) for c, found in since.items()}
    missing = [c for c in needed if not spans[c].covers(at)]
    best = [max(since[c], key=_lasts) for c in needed if c not in missing]
    refs = tuple(Ref("competency", f.id, f.sha256) for f in best)
    have = f"{len(needed) - len(missing)} of {len(needed)} competencies are met."
    to_do = f"Have a supervisor approve: {setting.name(missing[0])}." if missing else ""
    every = at_least(len(needed), list(spans.values()))
    return answer(req, every, at, reason=have, to_do=to_do, evidence=refs, have=len(needed) - len(missing), need=len(needed))


def _lasts(fact: CompetencyFact) -> tuple[bool, datetime, int]:
    return (fact.until is None, fact.until or fact.at, fact.id)


def _met_since(competency: str, evidence: Evidence, setting: Setting, at: datetime) -> list[CompetencyFact]:
    """What was signed met since the newest *not yet*; one's own signature counts for nothing."""
    signed = sorted((f for f in evidence.competencies if f.competency == competency and f.at <= at), key=lambda f: (f.at, f.id))
    refused = [n for n, f in enumerate(signed) if f.verdict != "met"]
    since = signed[refused[-1] + 1 :] if refused else signed
    return [f for f in since if f.approver_id != setting.person_id]
