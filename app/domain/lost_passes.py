"""A clearance that rests on a pass which a correction took away: it stands until the notice ends, then it is blocked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from app.domain.evidence import Evidence, ExamFact, Setting
from app.domain.policy import GROUP_EXAM, Policy
from app.domain.requirements import Outcome, State, evaluate

KIND = "lost_pass"
CAUSE = "lost-pass:"
"""Begins the limiting cause of such a standing; the quiz follows."""


def lost_passes(
    exam_ids: Collection[int],
    granted_at: datetime,
    policy: Policy,
    tier: str,
    evidence: Evidence,
    setting: Setting,
    *,
    at: datetime,
) -> list[Outcome]:  # fmt: skip
    """The passes a grant rests on that a correction took away and that no other pass of the exam makes good.

    Each counts until its notice ends and blocks from then on; it never revokes, so a new pass clears again by itself.
    """
    lost = [e for e in evidence.exams if e.id in exam_ids and e.held_until is not None]
    return [_outcome(e, setting, at) for e in lost if not _made_good(e, granted_at, policy, tier, evidence, setting, at)]


def _outcome(exam: ExamFact, setting: Setting, at: datetime) -> Outcome:
    name = setting.name(f"quiz:{exam.quiz_id}")
    state: State = "met" if exam.held_until is not None and at < exam.held_until else "unmet"
    words = f"A correction took away the pass of {name} that this rests on."
    return Outcome(f"{CAUSE}{exam.quiz_id}", KIND, words, state, words, f"Sit {name} again.", exam.held_until)


def _made_good(
    exam: ExamFact, granted_at: datetime, policy: Policy, tier: str, evidence: Evidence, setting: Setting, at: datetime
) -> bool:
    """Whether the exam was passed again since, or another pass of it was valid when the clearance was granted."""
    if any(e.counts and e.quiz_id == exam.quiz_id and exam.finished_at < e.finished_at <= at for e in evidence.exams):
        return True
    names = {exam.quiz_id, GROUP_EXAM} if exam.quiz_id == setting.group else {exam.quiz_id}
    rules = [r for r in policy.rules(tier).requirements if r.kind == "exam" and r.quiz in names]
    return any(evaluate(r, evidence, setting, at=granted_at).state == "met" for r in rules)
