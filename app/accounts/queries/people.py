"""Read people, sites, memberships and one-time links."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import AccessLink, Installation, Membership, Person, SecondFactor, Site
from app.database import table_of
from app.domain.errors import NotFound
from app.domain.permissions import Identity, Role, Who


def token_sha256(token: str) -> str:
    """The only form in which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_installation(session: Session) -> Installation | None:
    """What this database was made for, or None while it is empty."""
    return session.get(Installation, 1)


def needs_clinical_review(session: Session) -> bool:
    """Whether an exam draws reviewed items alone: everywhere but in a demonstration."""
    installation = find_installation(session)
    return draws_reviewed_alone(installation.kind if installation else None)


def draws_reviewed_alone(kind: str | None) -> bool:
    """The rule of that: by what the installation was made for; None while it is empty."""
    return kind != "demonstration"


def get_person(session: Session, person_id: int) -> Person:
    """One person; raises NotFound."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("There is no such person.")
    return person


_PERSONS, _INSTALLATIONS = (table_of(model) for model in (Person, Installation))
_PERSON_ROW = (  # built once: every request asks it
    select(_PERSONS, _INSTALLATIONS.c.kind.label("installation_kind"), _INSTALLATIONS.c.mode, _INSTALLATIONS.c.organisation)
    .select_from(_PERSONS.outerjoin(_INSTALLATIONS, _INSTALLATIONS.c.id == 1))
    .where(_PERSONS.c.id == bindparam("person"))
)


def find_person_row(session: Session, person_id: int) -> Any:
    """The columns of one person beside those of the installation, or None; an object of the session would cost more."""
    return session.connection().execute(_PERSON_ROW, {"person": person_id}).one_or_none()


def find_person_by_email(session: Session, email: str) -> Person | None:
    """The person with this sign-in e-mail, in any case of letters."""
    return session.scalar(select(Person).where(Person.email == normal_email(email)))


def normal_email(email: str) -> str:
    """An e-mail as it is stored and compared."""
    return email.strip().lower()


def get_site(session: Session, site_id: int) -> Site:
    """One site; raises NotFound."""
    site = session.get(Site, site_id)
    if site is None:
        raise NotFound("There is no such site.")
    return site


def list_sites(session: Session) -> list[Site]:
    """All sites by name."""
    return list(session.scalars(select(Site).order_by(Site.name)))


def takes_effect_at(membership: Any) -> datetime | None:
    """When a membership, an object or a row, began to count: its second person's confirmation where one is needed."""
    needs_second = membership.role in ("supervisor", "admin") or membership.external
    since: datetime | None = membership.confirmed_at if needs_second and not membership.founding else membership.proposed_at
    return since


def is_in_force(membership: Any, at: datetime) -> bool:
    """Whether a membership, an object or a row, counts at an instant."""
    since = takes_effect_at(membership)
    return since is not None and since <= at and bool(membership.ended_at is None or membership.ended_at > at)


def memberships_at(session: Session, person_ids: Collection[int], at: datetime) -> list[Membership]:
    """The memberships in force at an instant."""
    rows = session.scalars(
        select(Membership)
        .where(Membership.person_id.in_(person_ids), Membership.proposed_at <= at)
        .options(joinedload(Membership.site))
        .order_by(Membership.id)
    )
    return [m for m in rows if is_in_force(m, at)]


_MEMBERSHIPS, _SITES, _FACTORS = (table_of(model) for model in (Membership, Site, SecondFactor))
_IN_USE = (_FACTORS.c.person_id == _MEMBERSHIPS.c.person_id) & _FACTORS.c.enrolled_at.is_not(None) & _FACTORS.c.ended_at.is_(None)
_ROLE_ROWS = (  # built once, on tables: every page asks who looks at it
    select(
        _MEMBERSHIPS,
        _SITES.c.name.label("site_name"),
        _SITES.c.time_zone,
        _FACTORS.c.enrolled_at.label("factor_enrolled_at"),
        _FACTORS.c.confirmed_at.label("identity_confirmed_at"),
        _FACTORS.c.replaces_id.label("factor_replaces_id"),
    )
    .select_from(_MEMBERSHIPS.outerjoin(_SITES, _SITES.c.id == _MEMBERSHIPS.c.site_id).outerjoin(_FACTORS, _IN_USE))
    .where(_MEMBERSHIPS.c.person_id == bindparam("person"), _MEMBERSHIPS.c.proposed_at <= bindparam("at"))
    .order_by(_MEMBERSHIPS.c.id)
)


def _role_rows(session: Session, person_id: int, at: datetime) -> list[Any]:
    """The memberships of one person that are in force at an instant, each with its site's name and time zone."""
    session.flush()  # a statement on tables does not do so by itself
    rows = session.execute(_ROLE_ROWS, {"person": person_id, "at": at})
    return [row for row in rows if is_in_force(row, at)]


def who(session: Session, person: Person, at: datetime) -> Who:
    """The facts that permissions look at, for one person at an instant."""
    return who_and_zone(session, person, at)[0]


def who_and_zone(session: Session, person: Person, at: datetime) -> tuple[Who, str]:
    """What permissions look at, and the time zone of the person's first site, of one look at their roles."""
    rows = _role_rows(session, person.id, at)
    roles = tuple(Role(m.role, m.site_id, takes_effect_at(m) or at, m.external, m.founding) for m in rows)
    active = person.deactivated_at is None or person.deactivated_at > at
    return Who(person.id, active, roles, person.access_reset_at, _identity(rows)), _first_zone(rows)


def _identity(rows: list[Any]) -> Identity | None:
    """The second factor beside somebody's roles; None where there is none, or no role."""
    if not rows or rows[0].factor_enrolled_at is None:
        return None
    return Identity(rows[0].identity_confirmed_at, rows[0].factor_replaces_id is not None)


def time_zone_of(session: Session, person_id: int, at: datetime) -> str:
    """The time zone of a person's first site by name; UTC without one."""
    return _first_zone(_role_rows(session, person_id, at))


def _first_zone(rows: list[Any]) -> str:
    zones = [(m.site_name, m.time_zone) for m in rows if m.site_id is not None]
    return str(min(zones)[1]) if zones else "UTC"


def sites_of(session: Session, person_id: int, at: datetime) -> list[Site]:
    """The sites that a person belongs to in any role, by name."""
    found = {m.site.id: m.site for m in memberships_at(session, [person_id], at) if m.site is not None}
    return sorted(found.values(), key=lambda s: s.name)


def site_ids_of(session: Session, person_id: int, at: datetime) -> frozenset[int]:
    """The ids of the sites that a person belongs to."""
    return frozenset(s.id for s in sites_of(session, person_id, at))


def people_of_site(
    session: Session, site_id: int, at: datetime, roles: Collection[str] = ("trainee", "supervisor")
) -> list[Person]:
    """The people who belong to a site in one of these roles, by name."""
    rows = session.scalars(
        select(Membership)
        .where(Membership.site_id == site_id, Membership.role.in_(roles), Membership.proposed_at <= at)
        .options(joinedload(Membership.person))
    )
    people = {m.person_id: m.person for m in rows if is_in_force(m, at)}
    return sorted(people.values(), key=lambda p: (p.printed_name, p.id))


def people_of_sites(session: Session, site_ids: Collection[int], at: datetime) -> list[Person]:
    """Everybody who practises at one of these sites, by name."""
    found = {p.id: p for site_id in site_ids for p in people_of_site(session, site_id, at)}
    return sorted(found.values(), key=lambda p: (p.printed_name, p.id))


def list_people(session: Session) -> list[Person]:
    """Everybody with an account, by name."""
    return list(session.scalars(select(Person).order_by(Person.printed_name, Person.id)))


def list_memberships(session: Session, person_id: int | None = None) -> list[Membership]:
    """Memberships that have not ended, oldest first, of one person or of all."""
    query = select(Membership).where(Membership.ended_at.is_(None)).order_by(Membership.id)
    query = query.options(joinedload(Membership.site), joinedload(Membership.person))
    return list(session.scalars(query if person_id is None else query.where(Membership.person_id == person_id)))


def unconfirmed_memberships(session: Session) -> list[Membership]:
    """Roles that wait for their second person, oldest first."""
    return [m for m in list_memberships(session) if takes_effect_at(m) is None]


def get_membership(session: Session, membership_id: int) -> Membership:
    """One membership; raises NotFound."""
    found = session.get(Membership, membership_id)
    if found is None:
        raise NotFound("There is no such role.")
    return found


def find_link(session: Session, token: str, purposes: Collection[str], at: datetime) -> AccessLink | None:
    """The one-time link behind a token, if it is unused, not withdrawn and not expired."""
    return session.scalar(
        select(AccessLink).where(
            AccessLink.token_sha256 == token_sha256(token),
            AccessLink.purpose.in_(purposes),
            AccessLink.used_at.is_(None),
            AccessLink.withdrawn_at.is_(None),
            or_(AccessLink.expires_at > at),
        )
    )
