"""Codes by which an outsider checks a standing; only their hashes are kept."""

from __future__ import annotations

import hashlib

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from app.clearances.models import CheckCode
from app.domain.codes import plain_code


def code_sha256(code: str) -> str:
    """The stored form of a check code."""
    return hashlib.sha256(f"check:{plain_code(code)}".encode()).hexdigest()


_CURRENT = (  # built once: every check asks it
    select(CheckCode)
    .where(CheckCode.code_sha256 == bindparam("sha256"), CheckCode.ended_at.is_(None))
    .options(joinedload(CheckCode.person), joinedload(CheckCode.site))
)


def find_check_code(session: Session, code: str) -> CheckCode | None:
    """The current check code behind what was typed, or None."""
    return session.scalar(_CURRENT, {"sha256": code_sha256(code)})


def find_current_code(session: Session, person_id: int, site_id: int) -> CheckCode | None:
    """The code that a person has at a site now; its text is not kept."""
    return session.scalar(
        select(CheckCode).where(CheckCode.person_id == person_id, CheckCode.site_id == site_id, CheckCode.ended_at.is_(None))
    )
