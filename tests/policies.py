"""Publish another version of the policy as two admins do, for tests that need one."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.queries import who
from app.clearances import actions
from app.clearances.models import PolicyDraft, PolicyVersion
from app.clearances.queries import get_draft
from app.domain.policy import parse_policy
from app.formats.policy_text import to_text
from app.signatures.actions import shown_digest


def newest_body(session: Any) -> dict[str, Any]:
    """What the newest version asks, to be changed."""
    body: dict[str, Any] = json.loads(session.scalars(select(PolicyVersion.content).order_by(PolicyVersion.id.desc())).first())
    return body


def proposed(
    session: Any, body: dict[str, Any], author: Person, now: datetime, *, roll_out: str = "immediate", day: date | None = None,
    steps: int = 1000,
) -> PolicyDraft:  # fmt: skip
    """A signed draft with its preview computed, or some steps of it."""
    proposal = actions.Proposal(parse_policy(body), to_text(body), roll_out, day, "A change that a test needs.")
    draft = actions.propose_policy(
        session,
        proposal=proposal,
        shown_sha256=shown_digest(proposal.shown()),
        author=author,
        who=who(session, author, now),
        now=now,
    )
    for _ in range(steps):
        if actions.advance_policy_preview(session, draft.id, now=now).phase == "ready":
            break
    return draft


def publish(
    session: Any, body: dict[str, Any], author: Person, approver: Person, now: datetime, *, roll_out: str = "immediate",
    day: date | None = None,
) -> PolicyVersion:  # fmt: skip
    """A published version."""
    draft = proposed(session, body, author, now, roll_out=roll_out, day=day)
    shown = shown_digest(actions.shown_for_publishing(session, get_draft(session, draft.id)))
    return actions.publish_policy(
        session, draft_id=draft.id, shown_sha256=shown, approver=approver, who=who(session, approver, now), now=now
    )
