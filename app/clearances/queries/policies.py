"""Which policy is in force, and every version there was."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.clearances.models import PolicyDraft, PolicyVersion
from app.database import connection_of, table_of
from app.domain.canonical import digest
from app.domain.errors import NotFound, Unavailable
from app.domain.policy import Policy, parse_policy
from app.domain.policy_versions import Published, RollOut, Versions
from app.signatures.models import Signature


@lru_cache(maxsize=128)
def parse_stored_policy(content: str) -> Policy:
    """The typed policy of a stored version."""
    return parse_policy(json.loads(content))


@lru_cache(maxsize=128)
def _untouched(content: str, sha256: str) -> bool:
    return digest(json.loads(content)) == sha256


def policy_of(version: Any) -> Policy:
    """What a version, an object or a row, asks; raises Unavailable where its text is not the one that its digest was made of."""
    if not _untouched(version.content, version.sha256):
        raise Unavailable(
            f"Version {version.number} of the policy was changed in the database. Nobody can be confirmed as cleared. "
            "Run: flask --app app clearances verify"
        )
    return parse_stored_policy(version.content)


_VERSIONS = table_of(PolicyVersion)
_EVERY = select(_VERSIONS).order_by(_VERSIONS.c.id)  # built once, on the table: every standing asks them


def all_versions(session: Session) -> Versions:
    """Every published version, as the rules read them; one statement."""
    return Versions(tuple(_published(v) for v in connection_of(session).execute(_EVERY)))


def altered_versions(session: Session) -> list[str]:
    """What is wrong with stored versions: a text that its digest or the second signature was not made of."""
    found = []
    query = select(PolicyVersion, Signature).outerjoin(Signature, Signature.id == PolicyVersion.signature_id)
    for version, signature in session.execute(query.order_by(PolicyVersion.id)):
        sound = digest(json.loads(version.content)) == version.sha256
        if sound and signature is not None:
            sound = json.loads(signature.payload)["shown"]["content"] == version.sha256
        if not sound:
            found.append(f"Version {version.number} of the policy was changed in the database since it was signed.")
    return found


def _published(version: Any) -> Published:
    roll_out: RollOut = version.roll_out
    return Published(version.id, policy_of(version), version.published_at, version.in_force_from, roll_out)


def find_policy_at(session: Session, at: datetime) -> PolicyVersion | None:
    """The policy version in force at an instant: of those that had come into force the one published last."""
    query = select(PolicyVersion).where(PolicyVersion.in_force_from <= at).order_by(PolicyVersion.id.desc())
    return session.scalar(query.limit(1))


def find_policy_before(session: Session, version_id: int) -> PolicyVersion | None:
    """The version that was published before another one."""
    return session.scalar(select(PolicyVersion).where(PolicyVersion.id < version_id).order_by(PolicyVersion.id.desc()).limit(1))


def get_policy(session: Session, version_id: int) -> PolicyVersion:
    """One policy version; raises NotFound."""
    whole = (joinedload(PolicyVersion.draft).joinedload(PolicyDraft.author), joinedload(PolicyVersion.approver))
    found = session.get(PolicyVersion, version_id, options=whole)
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
    return version, policy_of(version)
