"""Codes by which an outsider checks a standing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.audit.actions import record
from app.clearances.models import (
    CheckCode,
)
from app.clearances.queries import code_sha256, find_current_code
from app.domain.permissions import Actor


def make_check_code(session: Session, *, person: Person, site: Site, code: str, actor: Actor, now: datetime) -> CheckCode:
    """Make a new check code for a person at a site; the old one stops answering at once."""
    old = find_current_code(session, person.id, site.id)
    if old is not None:
        old.ended_at = now
        session.flush()  # before the new one: a person has one current code at a site
    row = CheckCode(person_id=person.id, site_id=site.id, code_sha256=code_sha256(code), made_at=now)
    session.add(row)
    session.flush()
    record(session, stream=f"person:{person.id}", act="check_code.made", actor=actor, now=now, facts={"site": site.id})
    return row
