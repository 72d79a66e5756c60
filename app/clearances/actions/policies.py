"""The first policy comes from a file; the next ones are proposed by one admin and published by another."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import hold_stream, record
from app.clearances.models import POLICY_STREAM, PolicyVersion
from app.domain.canonical import canonical_bytes, digest
from app.domain.permissions import Actor
from app.domain.policy import Policy


def load_policy(session: Session, policy: Policy, *, actor: Actor, now: datetime) -> bool:
    """Publish the first policy of an installation; False where there is one already, since two people sign the next."""
    hold_stream(session, POLICY_STREAM)
    if session.scalar(select(func.count()).select_from(PolicyVersion)):
        return False
    body = policy.model_dump(mode="json", by_alias=True)
    version = PolicyVersion(
        policy=policy.id, number=1, title=policy.title, content=canonical_bytes(body).decode(), sha256=digest(body), origin="file",
        published_at=now, in_force_from=now, roll_out="immediate",
    )  # fmt: skip
    session.add(version)
    session.flush()
    facts = {"policy": policy.id, "version": version.id, "sha256": version.sha256}
    record(session, stream=POLICY_STREAM, act="policy.published", actor=actor, now=now, facts=facts)
    return True
