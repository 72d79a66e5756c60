"""Competencies that a supervisor signed met."""

from __future__ import annotations

from datetime import datetime

from app.domain.evidence import CompetencyFact, Evidence, Ref, Setting
from app.domain.policy import CompetencyRequirement
from app.domain.requirements.outcome import Outcome, answer, unknown
from app.domain.spans import Spans, at_least


def competencies(req: CompetencyRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """Each one asked for signed *met* by somebody else; the newest verdict counts, also where it ends earlier than an older one."""
    needed = setting.critical_competencies if req.which == "critical" else req.competencies
    if not needed:
        return unknown(req, "The catalogue names no competencies.", "Ask an admin to load the question bank.")
    newest = {f.competency: f for f in sorted(evidence.competencies, key=lambda f: (f.at, f.id)) if f.at <= at}
    spans = {c: _met(newest.get(c), setting) for c in needed}
    missing = [c for c in needed if not spans[c].covers(at)]
    refs = tuple(Ref("competency", newest[c].id, newest[c].sha256) for c in needed if c not in missing)
    have = f"{len(needed) - len(missing)} of {len(needed)} competencies are met."
    to_do = f"Have a supervisor approve: {setting.name(missing[0])}." if missing else ""
    every = at_least(len(needed), list(spans.values()))
    return answer(req, every, at, reason=have, to_do=to_do, evidence=refs, have=len(needed) - len(missing), need=len(needed))


def _met(fact: CompetencyFact | None, setting: Setting) -> Spans:
    """From its signature to its end; one's own signature counts for nothing."""
    if fact is None or fact.verdict != "met" or fact.approver_id == setting.person_id:
        return Spans()
    return Spans.of([(fact.at, fact.until)])
