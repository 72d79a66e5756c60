"""Founding observers are named by one person and confirmed by another."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.catalogue.queries import catalogue_in_force
from app.clearances.queries import covers_at, policy_in_force
from app.decisions.actions import Act, seal
from app.decisions.models import Decision
from app.decisions.queries import limits_of, regions_of
from app.domain.canonical import digest
from app.domain.cover import one_with
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import ONE_PERSON, Who, may_sign
from app.domain.places import months_after
from app.domain.standing import Limits


def nominate_observer(
    session: Session,
    *,
    person: Person,
    site: Site,
    group: str,
    regions: Collection[str],
    grounds: str,
    signer: Person,
    who: Who,
    now: datetime,
) -> Decision:
    """Name a founding observer: the first of two signatures."""
    act = _observer_act(session, person=person, site=site, group=group, regions=regions, grounds=grounds, now=now)
    _check_observer_signer(session, person, site, who, now, since=now)
    return seal(session, act=act, site=site, signer=signer, now=now)


def _check_observer_signer(
    session: Session, person: Person, site: Site, who: Who, now: datetime, *, since: datetime, first_id: int | None = None
) -> None:
    if who.person_id == person.id:
        raise NotAllowed("Nobody acts on their own record.")
    if {person.id, first_id} & one_with(covers_at(session, [site.id])[site.id], who.person_id, site.id, since=since, at=now):
        raise NotAllowed(ONE_PERSON)
    answer = may_sign(who, "supervisor", site.id, at=now)
    if not answer.allowed:
        raise NotAllowed(answer.reason)


def _observer_act(
    session: Session, *, person: Person, site: Site, group: str, regions: Collection[str], grounds: str, now: datetime
) -> Act:
    version, _ = policy_in_force(session, now)
    catalogue = catalogue_in_force(session)
    found, chosen = catalogue.catalogue.find_group(group), tuple(sorted(set(regions)))
    problems = []
    if found is None or not chosen or not set(chosen) <= set(catalogue.catalogue.regions_of(group)):
        problems.append(("regions", "Choose a group and at least one of its regions."))
    if len(grounds.strip()) < 10:
        problems.append(("grounds", "Name the grounds: instructor status, or 200 procedures or more, and how you know."))
    if problems or found is None:
        raise InvalidInput(problems)
    return Act(
        kind="recommend", level="may_observe", person_id=person.id, group=group, tier=found.tier,
        catalogue_version_id=catalogue.version_id, regions=chosen, limits=Limits(), policy_version_id=version.id,
        evidence_sha256=digest({"grounds": grounds.strip()}),
        meaning=f"I name {person.printed_name} a founding observer: {found.name}", reason=grounds.strip(), founding=True,
    )  # fmt: skip


def confirm_observer(
    session: Session,
    *,
    nomination: Decision,
    person: Person,
    site: Site,
    external: bool,
    signer: Person,
    who: Who,
    now: datetime,
) -> Decision:
    """Be the second person for a founding observer; one of the two must be external to the site."""
    if nomination.kind != "recommend" or nomination.level != "may_observe" or nomination.about_decision_id is not None:
        raise Conflict("This is not a nomination of an observer.")
    first = nomination.signer_id
    _check_observer_signer(session, person, site, who, now, since=nomination.occurred_at, first_id=first)
    if who.person_id == nomination.signer_id:
        raise NotAllowed("You named this observer. A second person confirms.")
    if not external:
        raise NotAllowed("One of the two who name a founding observer must be external to the site.")
    if session.scalar(select(Decision.id).where(Decision.recommendation_id == nomination.id)):
        raise Conflict("This nomination is confirmed already.")
    _, policy = policy_in_force(session, now)
    act = Act(
        kind="grant", level="may_observe", person_id=person.id, group=nomination.group_slug, tier=nomination.tier,
        catalogue_version_id=nomination.catalogue_version_id, regions=regions_of(nomination),
        limits=limits_of(nomination.limits),
        policy_version_id=nomination.policy_version_id, evidence_sha256=nomination.evidence_sha256,
        meaning=f"I confirm {person.printed_name} as a founding observer", reason=nomination.reason, recommendation=nomination,
        until=months_after(now, policy.observer.term_months, site.time_zone), founding=True,
    )  # fmt: skip
    try:
        return seal(session, act=act, site=site, signer=signer, now=now)
    except IntegrityError as error:
        session.rollback()
        if any(name in str(error.orig) for name in ("uq_decision_recommendation_id", "decision.recommendation_id")):
            raise Conflict("This nomination is confirmed already.") from None
        raise
