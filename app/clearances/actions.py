"""Applications and their decisions, observers, policies, check codes."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.audit.actions import record
from app.catalogue.queries import catalogue_in_force
from app.clearances.models import (
    Application,
    ApplicationDecision,
    ApplicationEvent,
    CheckCode,
    DecisionEvidence,
    PolicyVersion,
)
from app.clearances.queries import Case, applications_of, case_of, code_sha256, find_current_code, policy_in_force
from app.decisions.actions import Act, regions_text, seal
from app.decisions.models import Decision
from app.decisions.queries import limits_of
from app.domain.canonical import canonical_bytes, digest
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor, Answer, GrantFacts, Who, may_grant, may_recommend, may_sign, no
from app.domain.places import day_of, months_after
from app.domain.policy import Policy
from app.domain.standing import Limits

EXPECTED_TWO = "This clearance needs two people, and the database refused it. Load the page again to see what is missing."


def load_policy(session: Session, policy: Policy, *, actor: Actor, now: datetime) -> bool:
    """Publish the file's policy as a new version unless the newest one has the same bytes; True if it was new."""
    body = policy.model_dump(mode="json", by_alias=True)
    newest = session.scalar(
        select(PolicyVersion).where(PolicyVersion.policy == policy.id).order_by(PolicyVersion.number.desc()).limit(1)
    )
    if newest is not None and newest.sha256 == digest(body):
        return False
    version = PolicyVersion(
        policy=policy.id, number=(newest.number if newest else 0) + 1, title=policy.title, content=canonical_bytes(body).decode(),
        sha256=digest(body), origin="file", published_at=now,
    )  # fmt: skip
    session.add(version)
    session.flush()
    facts = {"policy": policy.id, "version": version.id, "sha256": version.sha256}
    record(session, stream=f"policy:{policy.id}", act="policy.published", actor=actor, now=now, facts=facts)
    return True


def open_application(
    session: Session, *, person: Person, site: Site, who: Who, group: str, regions: Collection[str], now: datetime
) -> Application:
    """Apply for a group at a site; one open application for each group and site."""
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
    application = Application(
        person_id=person.id, site_id=site.id, level="independent", group_slug=group, regions=regions_text(chosen),
        policy_version_id=version.id, opened_at=now,
    )  # fmt: skip
    session.add(application)
    session.flush()
    facts = {"application": application.id, "group": group, "regions": chosen, "site": site.id}
    actor = Actor(person.id, person.printed_name)
    record(session, stream=f"person:{person.id}", act="application.opened", actor=actor, now=now, facts=facts)
    return application


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


def grant_facts(case: Case) -> GrantFacts:
    """What permissions look at for the decisions on a case."""
    standing = case.status.recommendation
    return GrantFacts(
        person_id=case.application.person_id,
        site_id=case.application.site_id,
        tier=case.tier,
        signers_needed=case.policy.rules(case.tier).signers,
        recommender_id=standing.actor_id if standing else None,
        observer_ids=case.observer_ids,
    )


def needs_two(case: Case) -> bool:
    """Whether somebody recommends before another person grants."""
    return case.tier in ("high", "restricted") or case.policy.rules(case.tier).signers > 1


def may_decide(case: Case, kind: str, who: Who, *, now: datetime) -> Answer:
    """Whether a person may recommend, grant, return or deny this case now, and why not."""
    if not case.status.open:
        return no("This application is closed already.")
    facts = grant_facts(case)
    if kind in ("return", "deny"):
        return may_recommend(who, facts, at=now)
    if not case.ready:
        return no("Not every requirement is met yet.")
    if kind == "recommend":
        if not needs_two(case):
            return no("This tier needs one signer: grant it directly.")
        if case.status.state == "RECOMMENDED":
            return no("It is recommended already.")
        return may_recommend(who, facts, at=now)
    return may_grant(who, facts, at=now)


def act_for(case: Case, kind: str, *, limits: Limits, reason: str, now: datetime) -> Act:
    """The act that a decision on a case would be, as the page shows it and the signature seals it."""
    group, person = case.setting.name(case.application.group_slug), case.application.person.printed_name
    recommendation = next(
        (d for d in case.decisions if case.status.recommendation and d.id == case.status.recommendation.decision_id),
        None,
    )
    if kind == "grant" and recommendation is not None:
        limits = limits_of(recommendation.limits)
    until = (
        months_after(now, case.policy.rules(case.tier).term_months, case.application.site.time_zone) if kind == "grant" else None
    )
    words = {
        "recommend": f"I recommend independent practice for {person}: {group}",
        "grant": f"I grant independent practice to {person}: {group}",
        "return": f"I return the application of {person}: {group}",
        "deny": f"I deny the application of {person}: {group}",
    }
    return Act(
        kind=kind, level="independent", person_id=case.application.person_id, group=case.application.group_slug, tier=case.tier,
        catalogue_version_id=case.catalogue_version_id, regions=case.regions, limits=limits,
        policy_version_id=case.application.policy_version_id, evidence_sha256=case.evidence_sha256,
        meaning=f"{words[kind]}, policy {case.application.policy_version.number}{_until_words(until, case)}", reason=reason.strip(),
        recommendation=recommendation if kind == "grant" else None, until=until,
    )  # fmt: skip


def _until_words(until: datetime | None, case: Case) -> str:
    if until is None:
        return ""
    return f", for a term that ends {day_of(until, case.application.site.time_zone).isoformat()}"


def decide_application(
    session: Session,
    *,
    case: Case,
    kind: str,
    limits: Limits,
    reason: str,
    shown_sha256: str,
    signer: Person,
    who: Who,
    now: datetime,
) -> Decision:
    """Sign a decision on the evidence that was shown; raises Conflict if the evidence changed in between."""
    if shown_sha256 != case.evidence_sha256:
        raise Conflict("The evidence changed since this page was shown. Read it again, then sign.")
    allowed = may_decide(case, kind, who, now=now)
    if not allowed.allowed:
        raise NotAllowed(allowed.reason)
    if kind in ("return", "deny") and len(reason.strip()) < 10:
        raise InvalidInput([("reason", "Say what is missing or why, in 10 characters or more; the applicant reads it.")])
    act = act_for(case, kind, limits=limits, reason=reason, now=now)
    try:
        decision = seal(session, act=act, site=case.application.site, signer=signer, now=now)
        _bind(session, case, decision, now)
    except IntegrityError as error:
        session.rollback()
        if "uq_application_decision_final" in str(error) or "application_decision.application_id" in str(error):
            raise Conflict("Somebody decided this application in the meantime. Load the page again.") from None
        raise NotAllowed(EXPECTED_TWO) from None
    return decision


def _bind(session: Session, case: Case, decision: Decision, now: datetime) -> None:
    session.add(ApplicationDecision(decision_id=decision.id, application_id=case.application.id, kind=decision.kind))
    observers = {o.id: o.observer_id for o in case.evidence.observations}
    for ref in case.refs:
        is_observation = ref.kind == "observation"
        session.add(
            DecisionEvidence(
                decision_id=decision.id, kind=ref.kind, reference=str(ref.id), sha256=ref.sha256,
                record_id=ref.id if is_observation else None, observer_id=observers[ref.id] if is_observation else None,
            )
        )  # fmt: skip
    session.flush()
    if decision.kind in ("return", "deny", "grant"):
        return
    if case.status.state != "IN_REVIEW":
        session.add(ApplicationEvent(application_id=case.application.id, kind="claimed", actor_id=decision.signer_id, at=now))
        session.flush()


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
    _check_observer_signer(person, site, who, now)
    return seal(session, act=act, site=site, signer=signer, now=now)


def _check_observer_signer(person: Person, site: Site, who: Who, now: datetime) -> None:
    if who.person_id == person.id:
        raise NotAllowed("Nobody acts on their own record.")
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
    if nomination.kind != "recommend" or nomination.level != "may_observe":
        raise Conflict("This is not a nomination of an observer.")
    _check_observer_signer(person, site, who, now)
    if who.person_id == nomination.signer_id:
        raise NotAllowed("You named this observer. A second person confirms.")
    if not external:
        raise NotAllowed("One of the two who name a founding observer must be external to the site.")
    if session.scalar(select(Decision.id).where(Decision.recommendation_id == nomination.id)):
        raise Conflict("This nomination is confirmed already.")
    _, policy = policy_in_force(session, now)
    act = Act(
        kind="grant", level="may_observe", person_id=person.id, group=nomination.group_slug, tier=nomination.tier,
        catalogue_version_id=nomination.catalogue_version_id, regions=tuple(_regions(nomination)),
        limits=limits_of(nomination.limits),
        policy_version_id=nomination.policy_version_id, evidence_sha256=nomination.evidence_sha256,
        meaning=f"I confirm {person.printed_name} as a founding observer", reason=nomination.reason, recommendation=nomination,
        until=months_after(now, policy.observer.term_months, site.time_zone), founding=True,
    )  # fmt: skip
    return seal(session, act=act, site=site, signer=signer, now=now)


def _regions(decision: Decision) -> list[str]:
    found: list[str] = json.loads(decision.regions)
    return found


def make_check_code(session: Session, *, person: Person, site: Site, code: str, actor: Actor, now: datetime) -> CheckCode:
    """Make a new check code for a person at a site; the old one stops answering at once."""
    old = find_current_code(session, person.id, site.id)
    if old is not None:
        old.ended_at = now
    row = CheckCode(person_id=person.id, site_id=site.id, code_sha256=code_sha256(code), made_at=now)
    session.add(row)
    session.flush()
    record(session, stream=f"person:{person.id}", act="check_code.made", actor=actor, now=now, facts={"site": site.id})
    return row
