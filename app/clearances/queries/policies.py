"""Which policy is in force, and every version there was."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.clearances.models import PolicyVersion
from app.domain.errors import NotFound, Unavailable
from app.domain.policy import Policy, parse_policy


@lru_cache(maxsize=32)
def parse_stored_policy(content: str) -> Policy:
    """The typed policy of a stored version."""
    return parse_policy(json.loads(content))


_IN_FORCE = (  # built once: every standing asks it
    select(PolicyVersion).where(PolicyVersion.published_at <= bindparam("at")).order_by(PolicyVersion.id.desc()).limit(1)
)


def find_policy_at(session: Session, at: datetime) -> PolicyVersion | None:
    """The policy version in force at an instant."""
    return session.scalar(_IN_FORCE, {"at": at})


def get_policy(session: Session, version_id: int) -> PolicyVersion:
    """One policy version; raises NotFound."""
    found = session.get(PolicyVersion, version_id)
    if found is None:
        raise NotFound("There is no such policy version.")
    return found


def list_policies(session: Session) -> list[PolicyVersion]:
    """All policy versions, the newest first."""
    return list(session.scalars(select(PolicyVersion).order_by(PolicyVersion.id.desc())))


def policy_in_force(session: Session, now: datetime) -> tuple[PolicyVersion, Policy]:
    """The policy in force; raises Unavailable while none is loaded."""
    version = find_policy_at(session, now)
    if version is None:
        raise Unavailable("No clearance policy is loaded. Run: flask --app app bank load")
    return version, parse_stored_policy(version.content)
