"""Acts of this room: propose, preview, commit; challenge and answer; take note."""

from __future__ import annotations

from app.regrades.actions.challenging import Ruling, acknowledge, answer_challenge, make_challenge, may_answer
from app.regrades.actions.committing import commit_regrade, may_commit, obstacle_to
from app.regrades.actions.previewing import advance_preview, begin_preview
from app.regrades.actions.proposing import NOTICES, Plan, problems_of, propose_regrade, withdraw_regrade

__all__ = [
    "NOTICES", "Plan", "Ruling", "acknowledge", "advance_preview", "answer_challenge", "begin_preview", "commit_regrade",
    "make_challenge", "may_answer", "may_commit", "obstacle_to", "problems_of", "propose_regrade", "withdraw_regrade",
]  # fmt: skip
