"""Applications are opened, claimed, given back, taken over, sent again and withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.audit.actions import hold_stream, record
from app.catalogue.queries import catalogue_in_force
from app.clearances.models import (
    Application,
    ApplicationEvent,
)
from app.clearances.queries import Case, applications_of, case_of, covered_now, find_renewed, policy_in_force
from app.decisions.actions import regions_text
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor, Answer, Who, may_take_over


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


REASON_NEEDED = "Say why you take it over, in 10 characters or more; whoever claimed it reads it."
CHANGE_NEEDED = "Say what has changed since it was returned, in 10 characters or more; the reviewer reads it."


def note_event(
    session: Session, *, application: Application, kind: str, actor: Actor, who: Who, now: datetime, words: str = ""
) -> None:
    """Claim, give back or take over an application as a supervisor; send again or withdraw one's own."""
    case = case_of(session, application, now=now)
    if not case.status.open:
        raise Conflict("This application is closed already.")
    own = who.person_id == application.person_id
    if kind in OWN and not own:
        raise NotAllowed("Only the applicant withdraws an application or sends it again.")
    if kind not in OWN and (own or not who.has("supervisor", application.site_id)):
        raise NotAllowed("Only a supervisor of the site, other than the applicant, works on an application.")
    _CHECKS[kind](session, case, who, words.strip(), now)
    event = ApplicationEvent(application_id=application.id, kind=kind, actor_id=who.person_id, at=now, words=words.strip())
    session.add(event)
    facts = {"application": application.id}
    record(session, stream=f"person:{application.person_id}", act=f"application.{kind}", actor=actor, now=now, facts=facts)


OWN = ("withdrawn", "resubmitted")
Check = Callable[[Session, Case, Who, str, datetime], None]


def _check_claim(session: Session, case: Case, who: Who, words: str, now: datetime) -> None:
    if case.status.claimed_by == who.person_id:
        raise Conflict("You have claimed this application already.")
    if case.status.claimed_by is not None:
        raise Conflict("Somebody else has claimed this application. Load the page again to see who.")
    if case.status.state != "READY":
        raise Conflict("Only an application that is ready to be decided is claimed.")


def _check_release(session: Session, case: Case, who: Who, words: str, now: datetime) -> None:
    if case.status.claimed_by != who.person_id:
        raise Conflict("You have not claimed this application, so there is nothing to put back.")


def may_take_over_now(session: Session, case: Case, who: Who, *, now: datetime) -> tuple[Answer, bool]:
    """Whether a person may take over what somebody else claimed, and whether they cover for them."""
    covered = covered_now(session, case.covers, who.person_id, case.application.site_id, at=now)
    answer = may_take_over(who, case.status.claimed_by, covered, case.status.claim_is_old(now))
    return answer, case.status.claimed_by in covered


def _check_taking_over(session: Session, case: Case, who: Who, words: str, now: datetime) -> None:
    answer, covers = may_take_over_now(session, case, who, now=now)
    if not answer.allowed:
        raise Conflict(answer.reason)
    if not covers and len(words) < 10:
        raise InvalidInput([("words", REASON_NEEDED)])


def _check_sending_again(session: Session, case: Case, who: Who, words: str, now: datetime) -> None:
    if case.status.state != "RETURNED":
        raise Conflict("It is not returned now, so there is nothing to send again.")
    if len(words) < 10:
        raise InvalidInput([("words", CHANGE_NEEDED)])


def _check_nothing(session: Session, case: Case, who: Who, words: str, now: datetime) -> None:
    """An open application can be withdrawn at any time."""


_CHECKS: dict[str, Check] = {
    "claimed": _check_claim, "released": _check_release, "taken_over": _check_taking_over,
    "resubmitted": _check_sending_again, "withdrawn": _check_nothing,
}  # fmt: skip
