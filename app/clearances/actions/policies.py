"""Policies are published as new versions; none is changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import record
from app.clearances.models import (
    PolicyVersion,
)
from app.domain.canonical import canonical_bytes, digest
from app.domain.permissions import Actor
from app.domain.policy import Policy


def load_policy(session: Session, policy: Policy, *, actor: Actor, now: datetime) -> bool:
    """Publish the file's policy as a new version unless the newest one has the same bytes; True if it was new."""
    body = policy.model_dump(mode="json", by_alias=True)
    newest = session.scalar(
        select(PolicyVersion).where(PolicyVersion.policy == policy.id).order_by(PolicyVersion.number.desc()).limit(1)
    )
    if newest is not None and newest.sha256 == digest(body):
        return False
    version = PolicyVersion(
        policy=policy.id, number=(newest.number if newest else 0) + 1, title=policy.title, content=canonical_bytes(body).decode(),
        sha256=digest(body), origin="file", published_at=now,
    )  # fmt: skip
    session.add(version)
    session.flush()
    facts = {"policy": policy.id, "version": version.id, "sha256": version.sha256}
    record(session, stream=f"policy:{policy.id}", act="policy.published", actor=actor, now=now, facts=facts)
    return True
