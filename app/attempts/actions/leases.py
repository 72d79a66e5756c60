"""Which copy of an attempt's page rules: the one whose lease the attempt holds."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.attempts.models import Attempt
from app.attempts.queries import GRACE
from app.audit.actions import record
from app.domain.errors import Gone, NotFound
from app.domain.permissions import Actor


def take_lease(session: Session, *, attempt_id: int, person_id: int, lease: str, actor: Actor, now: datetime) -> datetime:
    """Let this copy of the page rule from now on, and return since when it does; asking again changes nothing.

    Every take-over stays in the trail: two people who share one attempt would be seen there.
    """
    query = select(Attempt.state, Attempt.deadline_at, Attempt.lease, Attempt.lease_at)
    head = session.execute(query.where(Attempt.id == attempt_id, Attempt.person_id == person_id).with_for_update()).one_or_none()
    if head is None:
        raise NotFound("There is no such attempt of yours.")
    if head.lease == lease and head.lease_at is not None:
        since: datetime = head.lease_at
        return since
    if head.state != "open" or now > head.deadline_at + GRACE:
        raise Gone("This attempt is closed. Its result says what was kept.")
    session.execute(update(Attempt).where(Attempt.id == attempt_id).values(lease=lease, lease_at=now))
    facts = {"copy": _name(lease), "before": _name(head.lease)}
    record(session, stream=f"attempt:{attempt_id}", act="attempt.copy_taken", actor=actor, now=now, facts=facts)
    return now


def _name(lease: str | None) -> str | None:
    """A copy as the trail names it: enough to tell two apart, useless for saving."""
    return None if lease is None else hashlib.sha256(lease.encode()).hexdigest()[:16]
