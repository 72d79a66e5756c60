"""A policy's preview at scale: seconds and statements for every clearance there is, step by step as a page asks for them."""

from __future__ import annotations

import json
import time
from typing import Any

from sqlalchemy import func, select

from app.accounts.queries import who
from app.clearances.actions import Proposal, advance_policy_preview, propose_policy
from app.clearances.models import PolicyEffect, PolicyVersion
from app.database import db
from app.domain.policy import parse_policy
from app.formats.policy_text import to_text
from app.signatures.actions import shown_digest
from app.web.clockwork import now
from benchmarks.clearances import someone
from benchmarks.exams import recorded
from benchmarks.pictures import report as report_figures

PROPOSER = "admin"


def _draft() -> int:
    """A draft that ends every clearance of the high tier, proposed and committed; its id.

    It goes on asking for more observed procedures than anybody has, so that each region is reckoned by itself.
    """
    author, at = someone(PROPOSER), now()
    newest = db.session.scalars(select(PolicyVersion.content).order_by(PolicyVersion.id.desc()).limit(1)).one()
    body = json.loads(newest)
    observed = next(r for r in body["high"]["requirements"] if r["kind"] == "observed")
    observed.update(per_group=90, continuing=True)
    proposal = Proposal(parse_policy(body), to_text(body), "immediate", None, "A figure for this benchmark: more procedures.")
    draft = propose_policy(
        db.session, proposal=proposal, shown_sha256=shown_digest(proposal.shown()), author=author,
        who=who(db.session, author, at), now=at,
    )  # fmt: skip
    number = draft.id
    db.session.commit()
    return number


def preview() -> dict[str, Any]:
    """Compare what everybody holds with what they would: whole, the longest step, and the statements of one step."""
    draft_id, longest, statements = _draft(), 0.0, 0
    began, spent, steps = time.perf_counter(), time.process_time(), 0
    ready = False

    def step() -> None:
        nonlocal ready
        ready = advance_policy_preview(db.session, draft_id, now=now()).phase == "ready"
        db.session.commit()

    while not ready:
        step_began = time.perf_counter()
        if steps == 1:
            statements = len(recorded(step))
        else:
            step()
        longest, steps = max(longest, time.perf_counter() - step_began), steps + 1
    wall, cpu = time.perf_counter() - began, time.process_time() - spent
    verdicts = dict(db.session.execute(select(PolicyEffect.verdict, func.count()).group_by(PolicyEffect.verdict)).all())
    db.session.rollback()
    return {"clearances": sum(verdicts.values()), **verdicts, "seconds": round(wall, 1), "cpu_s": round(cpu, 1), "steps": steps,
            "longest_step_s": round(longest, 2), "statements_of_a_step": statements}  # fmt: skip


def report() -> None:
    """One JSON line."""
    report_figures({"a policy's preview": preview()})
