"""Write people, roles, one-time links and sign-ins."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import AccessLink, Installation, Membership, Person, SignInFailure, Site
from app.accounts.passwords import MINIMUM_LENGTH, Passwords
from app.accounts.queries import find_installation, find_person_by_email, normal_email, token_sha256
from app.audit.actions import record
from app.domain.errors import Conflict, InvalidInput, NotAllowed, TooMany
from app.domain.permissions import Actor, Answer, Who, may_administer, may_confirm_role
from app.domain.places import known_time_zone

LINK_LIFE = {"invite": timedelta(days=7), "reset": timedelta(hours=24), "founding": timedelta(days=7)}
FOUND_AGAIN = "Once it has expired, run on the server: flask --app app founding-link EMAIL"
THROTTLE_WINDOW = timedelta(minutes=15)
THROTTLE_LIMIT = {"account": 8, "address": 40}


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


def _require(answer: Answer) -> None:
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
    _require(may_administer(who, person.id, at=now))
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
    _require(may_confirm_role(who, membership.person_id, membership.proposed_by_id, at=now))
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
    _require(may_administer(who, membership.person_id, at=now))
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


def issue_link(session: Session, *, person: Person, purpose: str, token: str, actor: Actor, now: datetime) -> AccessLink:
    """Make a one-time link for a person; every earlier one that was not used is withdrawn."""
    if person.deactivated_at is not None:
        raise Conflict("This account is deactivated. Reactivate it first.")
    if purpose != "founding" and person.password_hash is None and _is_founder(session, person):
        raise Conflict(
            f"{person.printed_name} founds this installation with a link of their own, which no admin replaces. {FOUND_AGAIN}"
        )
    session.execute(
        update(AccessLink)
        .where(AccessLink.person_id == person.id, AccessLink.used_at.is_(None), AccessLink.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    link = AccessLink(
        person_id=person.id,
        purpose=purpose,
        token_sha256=token_sha256(token),
        issued_by_id=actor.id,
        issued_at=now,
        expires_at=now + LINK_LIFE[purpose],
    )
    session.add(link)
    session.flush()
    record(session, stream=f"person:{person.id}", act=f"link.{purpose}", actor=actor, now=now, facts={"link": link.id})
    return link


def _is_founder(session: Session, person: Person) -> bool:
    query = select(Membership.id).where(Membership.person_id == person.id, Membership.founding, Membership.ended_at.is_(None))
    return session.scalar(query) is not None


def use_link(session: Session, *, link: AccessLink, password: str, passwords: Passwords, session_key: str, now: datetime) -> Person:
    """Set a password with a one-time link; every session of the account ends."""
    check_new_password(password)
    used = session.execute(
        update(AccessLink)
        .where(AccessLink.id == link.id, AccessLink.used_at.is_(None), AccessLink.withdrawn_at.is_(None))
        .values(used_at=now)
        .returning(AccessLink.id)
    ).first()
    if used is None:
        raise Conflict("This link was used already. Ask for a new one.")
    person = link.person
    person.password_hash, person.session_key = passwords.hash(password), session_key
    if link.issued_by_id is not None:  # whoever made the link could have used it; a founding link was made by nobody
        person.access_reset_at, person.access_reset_by_id = now, link.issued_by_id
    actor = Actor(person.id, person.printed_name)
    record(session, stream=f"person:{person.id}", act="password.set", actor=actor, now=now, facts={"link": link.id})
    return person


def check_new_password(password: str) -> None:
    """Raise InvalidInput if a new password is too short, too long or one repeated character."""
    if len(password) < MINIMUM_LENGTH:
        raise InvalidInput([("password", f"Use at least {MINIMUM_LENGTH} characters; a short sentence works well.")])
    if len(password) > 200:
        raise InvalidInput([("password", "Use at most 200 characters.")])
    if len(set(password)) < 4:
        raise InvalidInput([("password", "This repeats the same few characters. Use a short sentence instead.")])


def change_password(
    session: Session, *, person: Person, old: str, new: str, passwords: Passwords, session_key: str, now: datetime
) -> None:
    """Change one's own password; other sessions end."""
    if not passwords.matches(person.password_hash, old):
        raise InvalidInput([("old_password", "This is not your present password.")])
    check_new_password(new)
    person.password_hash, person.session_key = passwords.hash(new), session_key
    actor = Actor(person.id, person.printed_name)
    record(session, stream=f"person:{person.id}", act="password.changed", actor=actor, now=now, facts={})


def deactivate(session: Session, *, person: Person, session_key: str, actor: Actor, who: Who, now: datetime) -> None:
    """Close an account; its next request is refused."""
    _require(may_administer(who, person.id, at=now))
    if person.deactivated_at is not None:
        raise Conflict("This account is deactivated already.")
    person.deactivated_at, person.session_key = now, session_key
    record(session, stream=f"person:{person.id}", act="person.deactivated", actor=actor, now=now, facts={})


def reactivate(session: Session, *, person: Person, actor: Actor, who: Who, now: datetime) -> None:
    """Open a closed account again; it needs a new link, and cannot sign for 24 hours."""
    _require(may_administer(who, person.id, at=now))
    if person.deactivated_at is None:
        raise Conflict("This account is active already.")
    person.deactivated_at, person.password_hash = None, None
    person.access_reset_at, person.access_reset_by_id = now, actor.id
    record(session, stream=f"person:{person.id}", act="person.reactivated", actor=actor, now=now, facts={})


def _key(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


def _throttled(account: str | None, address: str) -> list[tuple[str, str]]:
    """What is counted: the address, and the account if there is one."""
    return [("address", address)] if account is None else [("account", account), ("address", address)]


def check_throttle(session: Session, *, account: str | None, address: str, now: datetime) -> None:
    """Raise TooMany after 8 refused tries for an account, or 40 from an address, within 15 minutes."""
    since = now - THROTTLE_WINDOW
    for kind, value in _throttled(account, address):
        tries = session.scalar(
            select(func.count())
            .select_from(SignInFailure)
            .where(SignInFailure.key_sha256 == _key(kind, value), SignInFailure.at > since)
        )
        if (tries or 0) >= THROTTLE_LIMIT[kind]:
            raise TooMany("Too many tries. Wait 15 minutes, then try again, or ask an admin for a reset link.")


def note_failure(session: Session, *, account: str | None, address: str, now: datetime) -> None:
    """Count a refused try, and forget those that no longer matter."""
    session.execute(delete(SignInFailure).where(SignInFailure.at < now - THROTTLE_WINDOW))
    session.add_all(SignInFailure(key_sha256=_key(k, v), at=now) for k, v in _throttled(account, address))
    session.flush()


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
