"""Applications are opened, claimed, released and withdrawn."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.audit.actions import hold_stream, record
from app.catalogue.queries import catalogue_in_force
from app.clearances.models import (
    Application,
    ApplicationEvent,
)
from app.clearances.queries import applications_of, case_of, find_renewed, policy_in_force
from app.decisions.actions import regions_text
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor, Who


def open_application(
    session: Session, *, person: Person, site: Site, who: Who, group: str, regions: Collection[str], now: datetime
) -> Application:
    """Apply for a group at a site; one open application for each group and site."""
    hold_stream(session, f"person:{person.id}")
    version, policy = policy_in_force(session, now)
    catalogue = catalogue_in_force(session).catalogue
    found = catalogue.find_group(group)
    if found is None:
        raise InvalidInput([("group", "Choose a group from the list.")])
    if not policy.rules(found.tier).open:
        raise InvalidInput([("group", "This group is off until the site opens it.")])
    if not (who.has("trainee", site.id) or who.has("supervisor", site.id)):
        raise NotAllowed("Apply at a site that you belong to.")
    chosen = sorted(set(regions))
    if not chosen or not set(chosen) <= set(catalogue.regions_of(group)):
        raise InvalidInput([("regions", "Choose at least one region of this group.")])
    for earlier in applications_of(session, person.id):
        same = earlier.group_slug == group and earlier.site_id == site.id and earlier.level == "independent"
        if same and case_of(session, earlier, now=now).status.open:
            raise Conflict("An application for this group is open already. Go on with it.")
    renewed = find_renewed(session, person.id, site.id, group, chosen, at=now)
    application = Application(
        person_id=person.id, site_id=site.id, level="independent", group_slug=group, regions=regions_text(chosen),
        policy_version_id=version.id, opened_at=now, renews_decision_id=renewed.id if renewed is not None else None,
    )  # fmt: skip
    session.add(application)
    session.flush()
    facts = {"application": application.id, "group": group, "regions": chosen, "site": site.id}
    facts |= {"renews": application.renews_decision_id} if renewed is not None else {}
    actor = Actor(person.id, person.printed_name)
    record(session, stream=f"person:{person.id}", act="application.opened", actor=actor, now=now, facts=facts)
    return application


def hold_application(session: Session, application: Application) -> None:
    """Let nobody else decide, withdraw or apply for this person until the transaction ends; call before judging a case."""
    hold_stream(session, f"person:{application.person_id}")


def note_event(session: Session, *, application: Application, kind: str, actor: Actor, who: Who, now: datetime) -> None:
    """Claim or release an application as a supervisor, or withdraw one's own."""
    case = case_of(session, application, now=now)
    if not case.status.open:
        raise Conflict("This application is closed already.")
    own = who.person_id == application.person_id
    if kind == "withdrawn" and not own:
        raise NotAllowed("Only the applicant withdraws an application.")
    if kind in ("claimed", "released") and (own or not who.has("supervisor", application.site_id)):
        raise NotAllowed("Only a supervisor of the site, other than the applicant, works on an application.")
    session.add(ApplicationEvent(application_id=application.id, kind=kind, actor_id=who.person_id, at=now))
    facts = {"application": application.id}
    record(session, stream=f"person:{application.person_id}", act=f"application.{kind}", actor=actor, now=now, facts=facts)
