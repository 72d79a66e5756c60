"""Applications with everything that they are judged on today."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.queries import memberships_at
from app.catalogue.queries import InForce, catalogue_in_force
from app.clearances.evidence import evidence_of, names_of, setting_for, snapshot
from app.clearances.models import Application, ApplicationDecision, ApplicationEvent, ReturnedGap
from app.clearances.queries.asking import prerequisites_of, with_facts
from app.clearances.queries.covers import covers_at
from app.clearances.queries.policies import all_versions, policy_of
from app.clearances.queries.stops import open_revocations
from app.decisions.models import Appeal, AppealOutcome, Decision
from app.decisions.queries import decisions_about, fact_of
from app.domain.application import Status, Step, application_status
from app.domain.cover import Cover
from app.domain.errors import NotFound
from app.domain.evidence import Evidence, Ref, Setting
from app.domain.policy import ObservedRequirement, Policy, TierRules
from app.domain.renewal import renewable, renews
from app.domain.requirements import Outcome, counted_observations
from app.domain.standing import DecisionFact, initial_outcomes

_WHOLE = [joinedload(part) for part in (Application.person, Application.site, Application.policy_version, Application.renews)]


def find_renewed(
    session: Session, person_id: int, site_id: int, group: str, regions: Collection[str], *, at: datetime
) -> DecisionFact | None:
    """The grant that an application of a person for some regions of a group would renew; raises Conflict while it is stopped."""
    every = decisions_about(session, [person_id], site_id)
    return renews([fact_of(d) for d in every if (d.group_slug, d.level) == (group, "independent")], regions, at=at)


def find_renewable(
    session: Session, person_id: int, site_id: int, group: str, regions: Collection[str], *, at: datetime
) -> tuple[DecisionFact, list[str]] | None:
    """What of a group can be renewed now at a site, with the regions that it holds."""
    every = decisions_about(session, [person_id], site_id)
    return renewable([fact_of(d) for d in every if (d.group_slug, d.level) == (group, "independent")], regions, at=at)


def get_application(session: Session, application_id: int) -> Application:
    """One application; raises NotFound."""
    found = session.get(Application, application_id, options=_WHOLE)
    if found is None:
        raise NotFound("There is no such application.")
    return found


@dataclass(frozen=True, slots=True)
class Case:
    """An application with everything that it is judged on today."""

    application: Application
    tier: str
    regions: tuple[str, ...]
    policy: Policy
    outcomes: tuple[Outcome, ...]
    refs: tuple[Ref, ...]
    evidence_sha256: str
    observer_ids: frozenset[int]
    status: Status
    decisions: tuple[Decision, ...]
    evidence: Evidence
    setting: Setting
    catalogue_version_id: int
    rules_now: TierRules | None
    """What the policy in force today asks of the tier; None without a policy."""
    after_revocation: bool
    """whether what is applied for was revoked and nothing has ended that yet"""
    covers: tuple[Cover, ...] = ()
    """who covers or covered for whom at the site"""
    set_aside: frozenset[int] = frozenset()
    """the denials that an appeal set aside"""
    recommender_external: bool = False
    """whether whoever recommended it is an external supervisor of the site; asked only where the policy wants one"""

    @property
    def external_needed(self) -> bool:
        """Whether one of those who sign comes from outside: as the application's policy has it, or today's."""
        now = self.rules_now is not None and self.rules_now.external_signer
        return now or self.policy.rules(self.tier).external_signer

    @property
    def ready(self) -> bool:
        """Whether every initial requirement is met."""
        return all(o.state == "met" for o in self.outcomes)

    @property
    def gaps(self) -> list[Outcome]:
        """The initial requirements that are not met, or of which nobody can say."""
        return [o for o in self.outcomes if o.state != "met"]


def case_of(session: Session, application: Application, *, now: datetime) -> Case:
    """Judge an application on the evidence of this instant."""
    return cases_of(session, [application], now=now)[0]


def cases_of(
    session: Session, applications: Collection[Application], *, now: datetime, supposing: Mapping[int, Evidence] | None = None
) -> list[Case]:
    """Judge some applications, with a number of statements that does not grow with them."""
    catalogue = catalogue_in_force(session)
    evidence = supposing or evidence_of(session, {a.person_id for a in applications}, now)
    ids = [a.id for a in applications]
    decided = _decided(session, ids)
    steps, covers = _steps(session, ids, decided), covers_at(session, {a.site_id for a in applications})
    revoked = open_revocations(session, evidence.keys())
    versions = all_versions(session)
    in_force, first = versions.in_force(now), prerequisites_of(session, applications, catalogue.catalogue, versions, evidence, now)
    policy = in_force.policy if in_force is not None else None
    names = names_of(session, catalogue.catalogue)
    known = {
        (a.person_id, a.site_id): with_facts(evidence[a.person_id], first.get((a.person_id, a.site_id), ())) for a in applications
    }
    cases = [
        replace(
            _case(session, a, catalogue, policy, known[a.person_id, a.site_id], steps[a.id], now, names),
            decisions=tuple(d for i, d, _ in decided if i == a.id),
            after_revocation=_revoked_group(a) in revoked,
            covers=covers[a.site_id],
            set_aside=frozenset(d.id for i, d, outcome in decided if i == a.id and outcome is not None),
        )
        for a in applications
    ]  # fmt: skip
    return [_with_recommender(session, c, now) if c.external_needed and c.status.recommendation else c for c in cases]


def _with_recommender(session: Session, case: Case, now: datetime) -> Case:
    """The case with what is known of whoever recommended it."""
    step, site_id = case.status.recommendation, case.application.site_id
    held = memberships_at(session, [step.actor_id], now) if step is not None else []
    return replace(case, recommender_external=any(m.external and (m.site_id, m.role) == (site_id, "supervisor") for m in held))


def _revoked_group(application: Application) -> tuple[int, int, str, str]:
    return (application.person_id, application.site_id, application.level, application.group_slug)


def _case(
    session: Session, application: Application, catalogue: InForce, policy_now: Policy | None, evidence: Evidence,
    steps: list[Step], now: datetime, names: dict[str, str],
) -> Case:  # fmt: skip
    group, regions = catalogue.catalogue.get_group(application.group_slug), tuple(json.loads(application.regions))
    policy = policy_of(application.policy_version)
    setting = setting_for(session, catalogue.catalogue, application.site, application.person_id, group.id, regions, names)
    outcomes = tuple(initial_outcomes(policy, group.tier, evidence, setting, at=now))
    refs, sha256 = snapshot(outcomes)
    ready = bool(outcomes) and all(o.state == "met" for o in outcomes)
    status = application_status(
        application.opened_at, steps, ready=ready, evidence_sha256=sha256, progress=_progress(evidence), now=now
    )
    return Case(
        application, group.tier, regions, policy, outcomes, tuple(refs), sha256,
        _observers(policy, group.tier, evidence, setting, now),
        status, (), evidence, setting, catalogue.version_id, policy_now.rules(group.tier) if policy_now else None, False,
    )  # fmt: skip


def _observers(policy: Policy, tier: str, evidence: Evidence, setting: Setting, now: datetime) -> frozenset[int]:
    rules = [r for r in policy.rules(tier).requirements if isinstance(r, ObservedRequirement)]
    return frozenset(o.observer_id for r in rules for o in counted_observations(r, evidence, setting, at=now))


def _progress(evidence: Evidence) -> list[datetime]:
    return [e.finished_at for e in evidence.exams] + [o.signed_at for o in evidence.observations]


Decided = tuple[int, Decision, AppealOutcome | None]
"""(application, a decision on it, the outcome of an appeal that set it aside)."""


def _steps(session: Session, application_ids: Collection[int], decided: list[Decided] | None = None) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = defaultdict(list)
    for event in session.scalars(select(ApplicationEvent).where(ApplicationEvent.application_id.in_(application_ids))):
        found[event.application_id].append(Step(event.kind, event.at, event.actor_id))
    for application_id, d, outcome in decided if decided is not None else _decided(session, application_ids):
        found[application_id].append(Step(d.kind, d.occurred_at, d.signer_id, d.id, d.evidence_sha256, d.about_decision_id))
        if outcome is not None:
            found[application_id].append(Step("set_aside", outcome.decided_at, outcome.hearer_id, about_id=d.id))
    return found


def _decided(session: Session, application_ids: Collection[int]) -> list[Decided]:
    rows = session.execute(
        select(ApplicationDecision.application_id, Decision, AppealOutcome)
        .join(Decision, Decision.id == ApplicationDecision.decision_id)
        .outerjoin(Appeal, Appeal.decision_id == Decision.id)
        .outerjoin(AppealOutcome, (AppealOutcome.appeal_id == Appeal.id) & (AppealOutcome.outcome == "set_aside"))
        .where(ApplicationDecision.application_id.in_(application_ids))
        .options(joinedload(Decision.signer))
        .order_by(Decision.id)
    )
    return [(application_id, decision, outcome) for application_id, decision, outcome in rows]


def events_of(session: Session, application_id: int) -> list[ApplicationEvent]:
    """What happened to an application besides decisions, oldest first."""
    query = select(ApplicationEvent).where(ApplicationEvent.application_id == application_id).order_by(ApplicationEvent.id)
    return list(session.scalars(query.options(joinedload(ApplicationEvent.actor))))


def gaps_of(session: Session, decision_id: int) -> list[ReturnedGap]:
    """What a return named as missing."""
    query = select(ReturnedGap).where(ReturnedGap.decision_id == decision_id).order_by(ReturnedGap.requirement)
    return list(session.scalars(query))


def applications_of(session: Session, person_id: int) -> list[Application]:
    """All applications of a person, the newest first."""
    query = select(Application).where(Application.person_id == person_id).order_by(Application.id.desc())
    return list(session.scalars(query.options(*_WHOLE)))


def applications_at(session: Session, site_ids: Collection[int]) -> list[Application]:
    """All applications at some sites, the oldest first."""
    query = select(Application).where(Application.site_id.in_(site_ids)).order_by(Application.id)
    return list(session.scalars(query.options(*_WHOLE)))
