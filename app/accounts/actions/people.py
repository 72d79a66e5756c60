"""Write people and sites."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actions.roles import require
from app.accounts.models import Installation, Person, Site
from app.accounts.queries import find_installation, find_person_by_email, normal_email
from app.audit.actions import record
from app.domain.errors import Conflict, InvalidInput
from app.domain.permissions import Actor, Who, may_administer
from app.domain.places import known_time_zone


def found_installation(session: Session, *, kind: str, organisation: str, now: datetime, actor: Actor) -> Installation:
    """Write once what this database is; raises Conflict if it already says."""
    if find_installation(session) is not None:
        raise Conflict("This database already belongs to an installation. Choose an empty one.")
    installation = Installation(id=1, kind=kind, mode="normal", organisation=organisation, created_at=now)
    session.add(installation)
    record(session, stream="installation", act="installation.founded", actor=actor, now=now, facts={"kind": kind})
    return installation


def add_person(
    session: Session, *, email: str, printed_name: str, profession: str, session_key: str, actor: Actor, now: datetime
) -> Person:
    """Make an account without access; an access link lets its owner set a password."""
    if find_person_by_email(session, email) is not None:
        raise InvalidInput([("email", "Somebody already signs in with this e-mail. Find them under People.")])
    person = Person(
        email=normal_email(email),
        printed_name=printed_name.strip(),
        profession=profession.strip(),
        session_key=session_key,
        created_at=now,
        created_by_id=actor.id,
    )
    session.add(person)
    session.flush()
    record(session, stream=f"person:{person.id}", act="person.added", actor=actor, now=now, facts={"person": person.id})
    return person


def add_site(session: Session, *, name: str, jurisdiction: str, time_zone: str, actor: Actor, now: datetime) -> Site:
    """Add a clinic or school in an IANA time zone."""
    if not known_time_zone(time_zone):
        raise InvalidInput([("time_zone", "This is not an IANA time zone. Write it like Europe/Dublin.")])
    if session.scalar(select(Site.id).where(Site.name == name.strip())):
        raise InvalidInput([("name", "A site of this name exists already. Give this one a name of its own.")])
    site = Site(name=name.strip(), jurisdiction=jurisdiction.strip(), time_zone=time_zone, created_at=now)
    session.add(site)
    session.flush()
    record(session, stream=f"site:{site.id}", act="site.added", actor=actor, now=now, facts={"site": site.id})
    return site


def deactivate(session: Session, *, person: Person, session_key: str, actor: Actor, who: Who, now: datetime) -> None:
    """Close an account; its next request is refused."""
    require(may_administer(who, person.id, at=now))
    if person.deactivated_at is not None:
        raise Conflict("This account is deactivated already.")
    person.deactivated_at, person.session_key = now, session_key
    record(session, stream=f"person:{person.id}", act="person.deactivated", actor=actor, now=now, facts={})


def reactivate(session: Session, *, person: Person, actor: Actor, who: Who, now: datetime) -> None:
    """Open a closed account again; it needs a new link, and cannot sign for 24 hours."""
    require(may_administer(who, person.id, at=now))
    if person.deactivated_at is None:
        raise Conflict("This account is active already.")
    person.deactivated_at, person.password_hash = None, None
    person.access_reset_at, person.access_reset_by_id = now, actor.id
    record(session, stream=f"person:{person.id}", act="person.reactivated", actor=actor, now=now, facts={})


def set_preferences(
    session: Session,
    *,
    person: Person,
    printed_name: str,
    profession: str,
    theme: str,
    shortcut_keys: bool,
    now: datetime,
) -> None:
    """Change one's own profile; signatures keep the name as it was printed."""
    changed = person.printed_name != printed_name or person.profession != profession
    person.printed_name, person.profession = printed_name, profession
    person.theme, person.shortcut_keys = theme, shortcut_keys
    if changed:
        actor = Actor(person.id, printed_name)
        record(session, stream=f"person:{person.id}", act="person.profile", actor=actor, now=now, facts={})
