"""Competencies that a supervisor signed met."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from app.domain.evidence import CompetencyFact, Evidence, Ref, Setting
from app.domain.policy import CompetencyRequirement
from app.domain.requirements.outcome import Outcome, answer, unknown
from app.domain.spans import Spans, common


def competencies(req: CompetencyRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """Each one asked for signed *met* by somebody else; the newest verdict counts, also where it ends earlier than an older one."""
    needed = setting.critical_competencies if req.which == "critical" else req.competencies
    if not needed:
        return unknown(req, "The catalogue names no competencies.", "Ask an admin to load the question bank.")
    me = setting.person_id
    met = evidence.once(("competencies", needed, me, at), lambda: _met(evidence, needed, me, at))
    have = len(needed) - len(met.missing)
    to_do = f"Have a supervisor approve: {setting.name(met.missing[0])}." if met.missing else ""
    reason = f"{have} of {len(needed)} competencies are met."
    return answer(req, met.spans, at, reason=reason, to_do=to_do, evidence=met.refs, have=have, need=len(needed))


class _Met(NamedTuple):
    """What is missing of those asked for, the verdicts that count, and when all of them do."""

    missing: tuple[str, ...]
    refs: tuple[Ref, ...]
    spans: Spans


def _met(evidence: Evidence, needed: tuple[str, ...], me: int, at: datetime) -> _Met:
    newest = _newest(evidence, at)
    met = {c: newest[c] for c in needed if c in newest and _is_met(newest[c], me)}
    missing = tuple(c for c in needed if c not in met or _is_over(met[c], at))
    refs = tuple(Ref("competency", met[c].id, met[c].sha256) for c in needed if c not in missing)
    every = common([(fact.at, fact.until) for fact in met.values()]) if len(met) == len(set(needed)) else Spans()
    return _Met(missing, refs, every)


def _newest(evidence: Evidence, at: datetime) -> dict[str, CompetencyFact]:
    """The last verdict on each competency by an instant."""
    found: dict[str, CompetencyFact] = {}
    for fact in evidence.competencies:
        before = found.get(fact.competency)
        if fact.at <= at and (before is None or (fact.at, fact.id) > (before.at, before.id)):
            found[fact.competency] = fact
    return found


def _is_met(fact: CompetencyFact, me: int) -> bool:
    """One's own signature counts for nothing."""
    return fact.verdict == "met" and fact.approver_id != me


def _is_over(fact: CompetencyFact, at: datetime) -> bool:
    return fact.until is not None and fact.until <= at
