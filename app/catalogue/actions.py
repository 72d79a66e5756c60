"""Bring a version of the reference pack in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import record
from app.catalogue.models import CatalogueGroup, CatalogueVersion
from app.domain.canonical import canonical_bytes, digest
from app.domain.catalogue import Catalogue, catalogue_json
from app.domain.permissions import Actor


def load_catalogue(session: Session, catalogue: Catalogue, *, actor: Actor, now: datetime) -> bool:
    """Store the pack as a new version unless the newest one has the same bytes; True if it was new."""
    body = catalogue_json(catalogue)
    sha256 = digest(body)
    newest = session.scalar(select(CatalogueVersion).order_by(CatalogueVersion.id.desc()).limit(1))
    if newest is not None and newest.sha256 == sha256:
        return False
    version = CatalogueVersion(sha256=sha256, content=canonical_bytes(body).decode(), loaded_at=now)
    session.add(version)
    session.flush()
    session.add_all(CatalogueGroup(catalogue_version_id=version.id, slug=g.id, tier=g.tier) for g in catalogue.groups)
    facts = {"catalogue": version.id, "sha256": sha256}
    record(session, stream="bank", act="catalogue.loaded", actor=actor, now=now, facts=facts)
    return True
