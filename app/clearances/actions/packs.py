"""Taking the evidence of a clearance out of the installation is an act, and the trail keeps which files were taken."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.actions import record
from app.decisions.models import Decision
from app.domain.permissions import Actor


def note_pack(session: Session, *, decision: Decision, files: Mapping[str, bytes], actor: Actor, now: datetime) -> None:
    """Note who took a pack, and the digest of its list of digests."""
    facts = {"decision": decision.id, "sha256": hashlib.sha256(files["digests.txt"]).hexdigest()}
    record(session, stream=f"person:{decision.person_id}", act="evidence_pack.made", actor=actor, now=now, facts=facts)
