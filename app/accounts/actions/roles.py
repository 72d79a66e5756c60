"""Write who has which role."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Membership, Person
from app.audit.actions import record
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor, Answer, Who, may_administer, may_confirm_role, may_propose_role


def require(answer: Answer) -> None:
    """Raise NotAllowed with the reason of a refusal."""
    if not answer.allowed:
        raise NotAllowed(answer.reason)


def propose_role(
    session: Session,
    *,
    person: Person,
    role: str,
    site_id: int | None,
    external: bool = False,
    actor: Actor,
    who: Who,
    now: datetime,
) -> Membership:
    """Give a role, or propose one that a second person must confirm (supervisor, admin, external)."""
    require(may_propose_role(who, person.id, role, external, at=now))
    if role in ("trainee", "supervisor") and site_id is None:
        raise InvalidInput([("site", "Choose the site at which this role holds.")])
    if role in ("admin", "auditor") and site_id is not None:
        raise InvalidInput([("site", "This role holds for the whole installation. Choose that as the site.")])
    current = select(Membership.id).where(
        Membership.person_id == person.id,
        Membership.role == role,
        Membership.ended_at.is_(None),
        Membership.site_id == site_id if site_id is not None else Membership.site_id.is_(None),
    )
    if session.scalar(current) is not None:
        raise InvalidInput([("role", "This person already has (or waits for) this role here.")])
    membership = Membership(
        person_id=person.id, site_id=site_id, role=role, external=external, proposed_by_id=actor.id, proposed_at=now
    )
    session.add(membership)
    session.flush()
    facts = {"membership": membership.id, "role": role, "site": site_id, "external": external}
    record(session, stream=f"person:{person.id}", act="role.proposed", actor=actor, now=now, facts=facts)
    return membership


def confirm_role(session: Session, *, membership: Membership, actor: Actor, who: Who, now: datetime) -> None:
    """Be the second person for a role."""
    require(may_confirm_role(who, membership.person_id, membership.proposed_by_id, at=now))
    changed = session.execute(
        update(Membership)
        .where(Membership.id == membership.id, Membership.confirmed_at.is_(None), Membership.ended_at.is_(None))
        .values(confirmed_by_id=actor.id, confirmed_at=now)
        .returning(Membership.id)
    ).first()
    if changed is None:
        raise Conflict("This role was confirmed or ended in the meantime. Load the page again.")
    facts = {"membership": membership.id, "role": membership.role}
    record(session, stream=f"person:{membership.person_id}", act="role.confirmed", actor=actor, now=now, facts=facts)


def end_role(session: Session, *, membership: Membership, actor: Actor, who: Who, now: datetime) -> None:
    """End a role at once; one admin is enough, and the last admin of an installation stays."""
    require(may_administer(who, membership.person_id, at=now))
    if membership.ended_at is not None:
        raise Conflict("This role has ended already.")
    membership.ended_by_id, membership.ended_at = actor.id, now
    facts = {"membership": membership.id, "role": membership.role}
    record(session, stream=f"person:{membership.person_id}", act="role.ended", actor=actor, now=now, facts=facts)


def found_admins(session: Session, *, people: tuple[Person, Person], actor: Actor, now: datetime) -> None:
    """Make the first admin and one founding partner; the only roles that no second person confirms."""
    for person in people:
        session.add(Membership(person_id=person.id, site_id=None, role="admin", founding=True, proposed_at=now))
        facts = {"person": person.id, "role": "admin", "founding": True}
        record(session, stream=f"person:{person.id}", act="role.founded", actor=actor, now=now, facts=facts)
