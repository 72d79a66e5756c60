"""Compute the preview of a regrade step by step; each step is whole in itself, so that it goes on after any interruption."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.audit.actions import hold_stream
from app.domain.errors import Conflict
from app.regrades.models import RegradeEffect, RegradeMove, RegradePreview
from app.regrades.queries import (
    Proposal,
    as_lines,
    effects_on,
    fingerprint,
    get_proposal,
    next_batch,
    next_people,
    preview_digest,
    stored_effects,
)
from app.regrades.queries.effects import PEOPLE
from app.regrades.queries.scoring import BATCH


def begin_preview(session: Session, regrade_id: int, *, now: datetime) -> RegradePreview:
    """Begin a preview, or begin it anew; a regrade that has ended keeps the one it has."""
    proposal, preview = _held(session, regrade_id)
    session.execute(delete(RegradeMove).where(RegradeMove.regrade_id == regrade_id))
    session.execute(delete(RegradeEffect).where(RegradeEffect.regrade_id == regrade_id))
    preview = preview or RegradePreview(regrade_id=regrade_id)
    affected, grade_sum = fingerprint(session, proposal.version_ids, proposal.regrade.item_id)
    preview.phase, preview.affected, preview.grade_sum = "scoring", affected, grade_sum
    preview.done, preview.moved, preview.last_attempt_id, preview.last_person_id = 0, 0, 0, 0
    preview.sha256, preview.started_at, preview.finished_at = None, now, None
    session.add(preview)
    session.flush()
    return preview


def advance_preview(session: Session, regrade_id: int, *, now: datetime) -> RegradePreview:
    """Take the next step: score a batch of attempts, or compare the standings of some people, or close the preview."""
    proposal, preview = _held(session, regrade_id)
    if preview is None:
        return begin_preview(session, regrade_id, now=now)
    if preview.phase == "scoring":
        _score_some(session, proposal, preview)
    elif preview.phase == "standing":
        _compare_some(session, proposal, preview, now)
    session.flush()
    return preview


def _held(session: Session, regrade_id: int) -> tuple[Proposal, RegradePreview | None]:
    """The proposal and its preview row, held against other windows."""
    hold_stream(session, f"item:{get_proposal(session, regrade_id).regrade.item_id}")
    query = select(RegradePreview).where(RegradePreview.regrade_id == regrade_id).with_for_update()
    preview = session.scalar(query.execution_options(populate_existing=True))
    proposal = get_proposal(session, regrade_id)
    if proposal.event is not None:
        raise Conflict(f"This regrade is {proposal.event.kind} already. Its preview stays as it was.")
    return proposal, preview


def _score_some(session: Session, proposal: Proposal, preview: RegradePreview) -> None:
    batch = next_batch(session, proposal, preview.last_attempt_id)
    if batch.moves:
        rows = [
            {
                "regrade_id": preview.regrade_id, "attempt_id": m.attempt_id, "person_id": m.person_id,
                "before_grade_id": m.before_grade_id, "crosses": m.crosses, "errors": m.errors, "better": m.better,
                "unreadable": m.unreadable, "content": m.content,
            }
            for m in batch.moves
        ]  # fmt: skip
        session.execute(insert(RegradeMove), rows)
    preview.done += batch.seen
    preview.moved += len(batch.moves)
    preview.last_attempt_id = batch.last_attempt_id
    if batch.seen < BATCH:
        preview.phase = "standing"


def _compare_some(session: Session, proposal: Proposal, preview: RegradePreview, now: datetime) -> None:
    people = next_people(session, preview.regrade_id, preview.last_person_id)
    found = effects_on(session, preview.regrade_id, people, proposal.regrade.notice_days, now)
    if found:
        rows = [
            {"regrade_id": preview.regrade_id, "person_id": e.person_id, "site_id": e.site_id, "content": e.content} for e in found
        ]
        session.execute(insert(RegradeEffect), rows)
    if len(people) == PEOPLE:
        preview.last_person_id = people[-1]
        return
    lines = [(e.person_id, e.site_id, e.content) for e in stored_effects(session, preview.regrade_id)]
    preview.sha256 = preview_digest(session, proposal, (preview.affected, preview.grade_sum), lines)
    preview.phase, preview.finished_at = "ready", now


def fresh_digest(session: Session, proposal: Proposal, *, now: datetime) -> str:
    """The digest that the preview would have, were it finished at this instant."""
    lines, last = [], 0
    while True:
        people = next_people(session, proposal.regrade.id, last)
        lines += as_lines(effects_on(session, proposal.regrade.id, people, proposal.regrade.notice_days, now))
        if len(people) < PEOPLE:
            break
        last = people[-1]
    touched = fingerprint(session, proposal.version_ids, proposal.regrade.item_id)
    return preview_digest(session, proposal, touched, lines)
