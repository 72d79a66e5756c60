"""Commit a regrade: a second person signs the preview that was shown, and its grades are appended, all of them or none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from textwrap import shorten
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.queries import memberships_at
from app.attempts.actions import NextGrade, append_grades
from app.audit.actions import record
from app.bank.queries import accepted_version_ids, get_item
from app.domain.errors import Conflict, NotAllowed
from app.domain.permissions import Actor, Answer, RegradeFacts, Who, may_commit_regrade
from app.regrades.actions.previewing import fresh_digest
from app.regrades.actions.proposing import held_proposal
from app.regrades.models import RegradedAttempt, RegradeEvent, RegradeMove
from app.regrades.queries import BATCH, Proposal, counts_of, moved_people, stored_moves
from app.signatures.actions import sign

STALE = "The preview is out of date: something that it rests on changed. Compute it again, read it, then commit."
LONGEST_REASON = 200


def regrade_facts(session: Session, proposal: Proposal, *, now: datetime) -> RegradeFacts:
    """What permissions look at for the commit of a regrade."""
    people = moved_people(session, proposal.regrade.id)
    sites: dict[int, set[int]] = {person_id: set() for person_id in people}
    for membership in memberships_at(session, people, now):
        if membership.site_id is not None:
            sites[membership.person_id].add(membership.site_id)
    moved = {person_id: frozenset(found) for person_id, found in sites.items()}
    favoured = frozenset(person_id for person_id, better in people.items() if better)
    return RegradeFacts(proposal.regrade.proposer_id, proposal.regrade.proposed_as, moved, favoured)


def may_commit(session: Session, proposal: Proposal, who: Who, *, now: datetime) -> tuple[str, Answer]:
    """The role in which somebody may be the second person, and the answer."""
    return may_commit_regrade(who, regrade_facts(session, proposal, now=now), at=now)


def commit_regrade(
    session: Session, *, regrade_id: int, shown_sha256: str, signer: Person, who: Who, need_review: bool, now: datetime
) -> RegradeEvent:
    """Append the grades of exactly the preview that was shown; raises Conflict if anything it rests on has changed."""
    proposal = held_proposal(session, regrade_id)
    role, answer = may_commit(session, proposal, who, now=now)
    if not answer.allowed:
        raise NotAllowed(answer.reason)
    obstacle = obstacle_to(session, proposal, need_review=need_review, now=now)
    if obstacle:
        raise Conflict(obstacle)
    preview = proposal.preview
    if preview is None or preview.sha256 != shown_sha256 or fresh_digest(session, proposal, now=now) != shown_sha256:
        raise Conflict(STALE)
    try:
        event = _sign(session, proposal, shown_sha256, signer, role, now)
        _append_all(session, proposal, Actor(signer.id, signer.printed_name), now)
    except IntegrityError:  # another regrade of the same attempts, or a second window, was faster
        session.rollback()
        raise Conflict(STALE) from None
    return event


def obstacle_to(session: Session, proposal: Proposal, *, need_review: bool, now: datetime) -> str:
    """Why a regrade cannot be committed yet by anybody; empty if it can."""
    regrade, item = proposal.regrade, get_item(session, proposal.regrade.item_id)
    if proposal.preview is None or proposal.preview.phase != "ready":
        return "The preview is not finished. Let it go on to its end first."
    unreadable = counts_of(session, regrade.id).unreadable
    if unreadable:
        return (
            f"{unreadable} answers cannot be read by the corrected version. "
            "Withdraw this, and correct the item otherwise or give full marks to all."
        )
    if item.state == "published" and item.current_version_id in proposal.version_ids:
        return "The version that is scored anew is still drawn for new forms. Publish a corrected one or suspend the item first."
    if need_review and regrade.to_version_id is not None and regrade.to_version_id not in accepted_version_ids(session, now.date()):
        return "No clinician has accepted the corrected version. It is reviewed under Clinical review first."
    return ""


def _sign(session: Session, proposal: Proposal, sha256: str, signer: Person, role: str, now: datetime) -> RegradeEvent:
    regrade, counts = proposal.regrade, counts_of(session, proposal.regrade.id)
    shown = {"loses": counts.loses, "gains": counts.gains, "moved": counts.moved, "preview": sha256, "regrade": regrade.id}
    signature = sign(
        session, signer=signer, meaning=f"I commit regrade {regrade.id} of {regrade.item_id}: {counts.moved} results move",
        subject=f"item:{regrade.item_id}", shown=shown, shown_sha256=None, now=now, time_zone="UTC",
    )  # fmt: skip
    event = RegradeEvent(
        regrade_id=regrade.id, proposer_id=regrade.proposer_id, proposed_as=regrade.proposed_as, kind="committed",
        actor_id=signer.id, acted_as=role, preview_sha256=sha256, signature_id=signature.id, at=now,
    )  # fmt: skip
    session.add(event)
    session.flush()
    facts = {"regrade": regrade.id, "preview": sha256, "moved": counts.moved, "signature": signature.id}
    actor = Actor(signer.id, signer.printed_name)
    record(session, stream=f"item:{regrade.item_id}", act="regrade.committed", actor=actor, now=now, facts=facts)
    return event


def _append_all(session: Session, proposal: Proposal, actor: Actor, now: datetime) -> None:
    regrade = proposal.regrade
    reason = shorten(f"Regrade {regrade.id}. {regrade.reason}", LONGEST_REASON, placeholder=" …")
    notice = timedelta(days=regrade.notice_days)
    for moves in _portions(stored_moves(session, regrade.id)):
        grades = [_next_grade(move, now + notice) for move in moves]
        ids = append_grades(session, grades, version_ids=proposal.version_ids, reason=reason, actor=actor, now=now)
        rows = [{"grade_id": ids[m.attempt_id], "regrade_id": regrade.id, "before_grade_id": m.before_grade_id} for m in moves]
        session.execute(insert(RegradedAttempt), rows)


def _portions(moves: Iterator[RegradeMove]) -> Iterator[list[RegradeMove]]:
    while portion := list(islice(moves, BATCH)):
        yield portion


def _next_grade(move: RegradeMove, held_until: datetime) -> NextGrade:
    content: dict[str, Any] = json.loads(move.content)
    before, after = content["before"], content["after"]
    return NextGrade(
        move.attempt_id, before["run"] + 1, after["passed"], (after["points"][0], after["points"][1]), after["max_points"],
        after["critical_errors"], after["decision"], tuple(content["items"]), _held_until(before, after, held_until),
    )  # fmt: skip


def _held_until(before: dict[str, Any], after: dict[str, Any], notice_ends: datetime) -> datetime | None:
    """A pass that is lost now is held until its notice ends; one that was lost before keeps the notice it was given."""
    if after["passed"]:
        return None
    if before["passed"]:
        return notice_ends
    return datetime.fromisoformat(before["held_until"]) if before["held_until"] else None
