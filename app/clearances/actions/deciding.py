"""Decisions on an application: who may, what is signed, and what it rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.clearances.models import (
    ApplicationDecision,
    DecisionEvidence,
    ReturnedGap,
)
from app.clearances.queries import Case
from app.decisions.actions import Act, seal
from app.decisions.models import Decision
from app.decisions.queries import limits_of
from app.domain.cover import one_with
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.evidence import Ref
from app.domain.permissions import Answer, GrantFacts, Who, may_grant, may_recommend, no
from app.domain.places import day_of, months_after
from app.domain.renewal import renewed_until
from app.domain.standing import Limits

DECIDED_ALREADY = (  # what the databases name when two decisions race: PostgreSQL the constraint, SQLite the column
    "uq_application_decision_final", "application_decision.application_id",
    "uq_decision_recommendation_id", "decision.recommendation_id",
)  # fmt: skip
EXPECTED_TWO = "This clearance needs two people, and the database refused it. Load the page again to see what is missing."


def grant_facts(case: Case, who: Who, now: datetime) -> GrantFacts:
    """What permissions look at for the decisions of somebody on a case."""
    standing, site_id = case.status.recommendation, case.application.site_id
    return GrantFacts(
        person_id=case.application.person_id,
        site_id=site_id,
        tier=case.tier,
        signers_needed=_signers(case),
        recommender_id=standing.actor_id if standing else None,
        observer_ids=case.observer_ids,
        external_needed=case.external_needed,
        recommender_external=case.recommender_external,
        one_with=one_with(case.covers, who.person_id, site_id, since=standing.at if standing else now, at=now),
    )


def needs_two(case: Case) -> bool:
    """Whether somebody recommends before another person grants."""
    return case.tier in ("high", "restricted") or _signers(case) > 1


def _signers(case: Case) -> int:
    """How many sign: as the application's policy has it, or today's where that is stricter; two after a revocation."""
    two = 2 if case.after_revocation else 1
    return max(two, case.policy.rules(case.tier).signers, case.rules_now.signers if case.rules_now else 1)


def may_decide(case: Case, kind: str, who: Who, *, now: datetime) -> Answer:
    """Whether a person may recommend, grant, return or deny this case now, and why not."""
    if not case.status.open:
        return no("This application is closed already.")
    facts = grant_facts(case, who, now)
    if case.status.claimed_by not in (None, who.person_id):
        return no("Somebody else reviews this application. Take it over first, or wait until they give it back.")
    if kind in ("return", "deny"):
        return may_recommend(who, facts, at=now)
    if case.rules_now is None or not case.rules_now.open:
        return no("This group is off in the policy in force now. It can be returned or denied.")
    if not case.ready:
        return no("Not every requirement is met yet.")
    if kind == "recommend":
        if not needs_two(case):
            return no("This tier needs one signer: grant it directly.")
        if case.status.state == "RECOMMENDED":
            return no("It is recommended already.")
        return may_recommend(who, facts, at=now)
    return may_grant(who, facts, at=now)


def act_for(case: Case, kind: str, *, limits: Limits, reason: str, now: datetime, missing: Collection[str] = ()) -> Act:
    """The act that a decision on a case would be, as the page shows it and the signature seals it."""
    group, person = case.setting.name(case.application.group_slug), case.application.person.printed_name
    recommendation = next(
        (d for d in case.decisions if case.status.recommendation and d.id == case.status.recommendation.decision_id),
        None,
    )
    if kind == "grant" and recommendation is not None:
        limits = limits_of(recommendation.limits)
    renewed = case.application.renews
    until = _until(case, renewed, now) if kind == "grant" else None
    words = {
        "recommend": f"I recommend {'the renewal of ' if renewed else ''}independent practice for {person}: {group}",
        "grant": f"I {'renew' if renewed else 'grant'} independent practice {'of' if renewed else 'to'} {person}: {group}",
        "return": f"I return the application of {person}: {group}",
        "deny": f"I deny the application of {person}: {group}",
    }
    return Act(
        kind="renew" if renewed is not None and kind == "grant" else kind, level="independent",
        person_id=case.application.person_id, group=case.application.group_slug, tier=case.tier,
        catalogue_version_id=case.catalogue_version_id, regions=case.regions, limits=limits,
        policy_version_id=case.application.policy_version_id, evidence_sha256=case.evidence_sha256,
        meaning=f"{words[kind]}, policy {case.application.policy_version.number}{_until_words(until, case)}", reason=reason.strip(),
        recommendation=recommendation if kind == "grant" else None, until=until,
        about_id=renewed.id if renewed is not None else None, missing=tuple(sorted(missing)) if kind == "return" else (),
    )  # fmt: skip


def _until(case: Case, renewed: Decision | None, now: datetime) -> datetime:
    """The end of the term: of a renewal reckoned from the old end, where that is still ahead."""
    months, zone = case.policy.rules(case.tier).term_months, case.application.site.time_zone
    return months_after(now, months, zone) if renewed is None else renewed_until(renewed.until or now, now, months, zone)


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
    missing: Collection[str] = (),
) -> Decision:
    """Sign a decision on the evidence that was shown; raises Conflict if the evidence changed in between."""
    if shown_sha256 != case.evidence_sha256:
        raise Conflict("The evidence changed since this page was shown. Read it again, then sign.")
    allowed = may_decide(case, kind, who, now=now)
    if not allowed.allowed:
        raise NotAllowed(allowed.reason)
    if kind in ("return", "deny") and len(reason.strip()) < 10:
        raise InvalidInput([("reason", "Say what is missing or why, in 10 characters or more; the applicant reads it.")])
    if not set(missing) <= {o.requirement for o in case.gaps}:
        raise InvalidInput([("missing", "Tick requirements of the list: those that are not met today.")])
    act = act_for(case, kind, limits=limits, reason=reason, now=now, missing=missing)
    try:
        decision = seal(session, act=act, site=case.application.site, signer=signer, now=now)
        _bind(session, case, decision, act.missing)
    except IntegrityError as error:
        session.rollback()
        if any(name in str(error.orig) for name in DECIDED_ALREADY):
            raise Conflict("Somebody decided this application in the meantime. Load the page again.") from None
        raise NotAllowed(EXPECTED_TWO) from None
    return decision


def _bound(ref: Ref, decision: Decision, observers: Mapping[int, int]) -> dict[str, Any]:
    """The row that ties one piece of evidence to a decision; an observation names who observed."""
    observed = ref.kind == "observation"
    return {
        "decision_id": decision.id, "kind": ref.kind, "reference": str(ref.id), "sha256": ref.sha256,
        "record_id": ref.id if observed else None, "observer_id": observers[ref.id] if observed else None,
    }  # fmt: skip


def _bind(session: Session, case: Case, decision: Decision, missing: Collection[str]) -> None:
    undone = sum(d.kind == "undo" for d in case.decisions) + len(case.set_aside)
    link = ApplicationDecision(
        decision_id=decision.id, application_id=case.application.id, kind=decision.kind, round=1 + undone
    )  # fmt: skip
    session.add(link)
    observers = {o.id: o.observer_id for o in case.evidence.observations}
    session.flush()
    if case.refs:
        rows = [_bound(ref, decision, observers) for ref in case.refs]
        session.execute(insert(DecisionEvidence).execution_options(render_nulls=True), rows)
    gaps = [o for o in case.gaps if o.requirement in missing]
    session.add_all(ReturnedGap(decision_id=decision.id, requirement=o.requirement, words=o.words) for o in gaps)
    session.flush()
