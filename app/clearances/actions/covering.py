"""One supervisor asks another to cover for them at a site until a day; either of them ends it (decisions/0019)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.accounts.queries import who as who_is
from app.audit.actions import hold_stream, record
from app.clearances.queries import cover_of, covers_at, get_delegation
from app.decisions.models import Delegation, DelegationEnd
from app.domain.cover import COVER_AT_MOST, Cover, chained
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor, Who, may_sign
from app.domain.places import end_of_day, known_day


@dataclass(frozen=True, slots=True)
class Away:
    """Who is asked to cover, through which day, and why."""

    delegate_id: int
    last_day: date
    reason: str


def delegate_to(
    session: Session, *, site: Site, away: Away, delegate: Person, delegator: Person, who: Who, now: datetime
) -> Delegation:
    """Let another supervisor of the site cover for oneself from now through a day; raises InvalidInput, NotAllowed, Conflict."""
    hold_stream(session, f"site:{site.id}")
    allowed = may_sign(who, "supervisor", site.id, at=now)
    if not allowed.allowed:
        raise NotAllowed(allowed.reason)
    wanted = _wanted(session, site, away, delegate, who, now)
    refused = chained(covers_at(session, [site.id])[site.id], wanted)
    if refused:
        raise Conflict(refused)
    made = Delegation(
        site_id=site.id, delegator_id=who.person_id, delegate_id=delegate.id, reason=away.reason.strip(), starts_at=now,
        ends_at=wanted.ends_at,
    )  # fmt: skip
    session.add(made)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Conflict("Somebody arranged another cover in the meantime. Load the page again.") from None
    facts = {"delegation": made.id, "delegate": delegate.id, "until": wanted.ends_at.isoformat(), "site": site.id}
    _record(session, site.id, "delegation.made", Actor(delegator.id, delegator.printed_name), facts, now)
    return made


def _wanted(session: Session, site: Site, away: Away, delegate: Person, who: Who, now: datetime) -> Cover:
    problems = []
    ends_at = end_of_day(away.last_day, site.time_zone) if known_day(away.last_day) else now
    if ends_at <= now:
        problems.append(("last_day", f"Choose today or a later day, within {COVER_AT_MOST.days} days."))
    elif ends_at > now + COVER_AT_MOST:
        problems.append(("last_day", f"Choose a day within {COVER_AT_MOST.days} days. Longer absence is a change of roles."))
    if not 10 <= len(away.reason.strip()) <= 300:
        problems.append(("reason", "Say why, in 10 to 300 characters; every supervisor of the site reads it."))
    them = who_is(session, delegate, now)
    if delegate.id == who.person_id or not may_sign(them, "supervisor", site.id, at=now).allowed:
        problems.append(("delegate_id", "Choose another supervisor of this site who can sign now."))
    if problems:
        raise InvalidInput(problems)
    return Cover(site.id, who.person_id, delegate.id, now, ends_at)


def end_delegation(session: Session, *, delegation_id: int, actor: Actor, who: Who, now: datetime) -> None:
    """End a cover before its day: either of the two, or an admin; nothing about the time before changes."""
    site_id = get_delegation(session, delegation_id).site_id
    hold_stream(session, f"site:{site_id}")
    session.expire_all()
    found = get_delegation(session, delegation_id)
    if who.person_id not in (found.delegator_id, found.delegate_id) and not who.has("admin"):
        raise NotAllowed("Only the two people of a cover, or an admin, end it.")
    if not cover_of(found).holds(now):
        raise Conflict("This cover has ended already.")
    session.add(DelegationEnd(delegation_id=delegation_id, ended_by_id=who.person_id, ended_at=now))
    session.flush()
    _record(session, site_id, "delegation.ended", actor, {"delegation": delegation_id, "site": site_id}, now)


def _record(session: Session, site_id: int, act: str, actor: Actor, facts: dict[str, object], now: datetime) -> None:
    record(session, stream=f"site:{site_id}", act=act, actor=actor, now=now, facts=facts)
