"""A quiz passed under every cut, without a critical error, not too long ago."""

from __future__ import annotations

from datetime import datetime

from app.domain.evidence import Evidence, ExamFact, Ref, Setting
from app.domain.places import months_after
from app.domain.policy import GROUP_EXAM, ExamRequirement
from app.domain.requirements.outcome import Outcome, answer
from app.domain.spans import Spans


def exam(req: ExamRequirement, evidence: Evidence, setting: Setting, *, at: datetime, held: bool) -> Outcome:
    """Valid from its end for the policy's months; a pass that a correction took away counts until its notice ends, if `held`."""
    quiz = setting.group if req.quiz == GROUP_EXAM else req.quiz
    name = setting.name(f"quiz:{quiz}")
    passes = [
        (_ends(e, months_after(e.finished_at, req.validity_months, setting.time_zone)), e)
        for e in evidence.exams
        if e.quiz_id == quiz and (e.counts or (held and e.held_until is not None)) and e.finished_at <= at
    ]
    valid = [(until, e) for until, e in passes if until > at]
    spans = Spans.of((e.finished_at, until) for until, e in passes)
    if not valid:
        return answer(req, spans, at, reason=_gap(name, req, [e for _, e in passes]), to_do=f"Sit {name}.")
    _, best = max(valid, key=lambda pair: (pair[0], pair[1].id))
    refs = (Ref("exam", best.id, best.sha256),)
    return answer(req, spans, at, reason=f"{name} is passed.", to_do="", evidence=refs, have=1)


def _ends(exam: ExamFact, valid_until: datetime) -> datetime:
    """When a pass stops counting: its validity is over, or the notice of a correction that took it away."""
    return valid_until if exam.held_until is None else min(valid_until, exam.held_until)


def _gap(name: str, req: ExamRequirement, passes: list[ExamFact]) -> str:
    if any(e.held_until is not None for e in passes):
        return f"A correction took away the pass of {name}."
    return f"The pass of {name} is older than {req.validity_months} months." if passes else f"{name} is not passed."
