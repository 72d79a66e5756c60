"""Calendar links, and when the clearances of their person end."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person, Site
from app.accounts.queries import sites_of
from app.catalogue.queries import catalogue_in_force
from app.clearances.models import CalendarLink
from app.clearances.queries.standings import LEVELS, standings
from app.domain.endings import Ending, endings


def calendar_token_sha256(token: str) -> str:
    """The stored form of a calendar token; no token of another purpose has the same."""
    return hashlib.sha256(f"calendar:{token}".encode()).hexdigest()


def find_calendar_link(session: Session, token: str, at: datetime) -> CalendarLink | None:
    """The current link behind a token, of somebody whose account is open."""
    return session.scalar(
        select(CalendarLink)
        .join(Person, Person.id == CalendarLink.person_id)
        .where(
            CalendarLink.token_sha256 == calendar_token_sha256(token), CalendarLink.ended_at.is_(None),
            or_(Person.deactivated_at.is_(None), Person.deactivated_at > at),
        )
        .options(joinedload(CalendarLink.person))
    )  # fmt: skip


def find_current_link(session: Session, person_id: int) -> CalendarLink | None:
    """The link that a person has now; its token is not kept."""
    return session.scalar(select(CalendarLink).where(CalendarLink.person_id == person_id, CalendarLink.ended_at.is_(None)))


def endings_of(session: Session, person: Person, *, now: datetime) -> list[Ending]:
    """When each clearance of a person ends, at every site and level, as far as it can be known today."""
    names = catalogue_in_force(session).catalogue
    found: list[Ending] = []
    for site in sites_of(session, person.id, now):
        for level in LEVELS:
            found += _at(session, person, site, level, names.names, {r.id: names.group_of(r.id).id for r in names.regions}, now)
    return sorted(found, key=lambda e: (e.day, e.uid))


def _at(
    session: Session, person: Person, site: Site, level: str, names: dict[str, str], groups: dict[str, str], now: datetime
) -> list[Ending]:
    by_region = standings(session, [person], site, at=now, now=now, level=level)[0].by_region
    return endings(by_region.values(), groups, names, level=level, time_zone=site.time_zone)
