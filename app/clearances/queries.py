"""Standings, applications, the register: what is true now, or was at any instant."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person, Site
from app.accounts.queries import find_installation, memberships_at
from app.catalogue.queries import InForce, catalogue_in_force
from app.clearances.evidence import evidence_of, exams_of_decisions, names_of, setting_for, snapshot
from app.clearances.models import Application, ApplicationDecision, ApplicationEvent, CheckCode, PolicyVersion
from app.decisions.models import Decision
from app.decisions.queries import decisions_about, fact_of
from app.domain.application import Status, Step, application_status
from app.domain.codes import plain_code
from app.domain.errors import NotFound, Unavailable
from app.domain.evidence import Evidence, Ref, Setting
from app.domain.policy import ObservedRequirement, Policy, TierRules, parse_policy
from app.domain.requirements import Outcome, counted_observations
from app.domain.standing import Standing, initial_outcomes, standing

LEVELS = ("independent", "may_observe")


@lru_cache(maxsize=32)
def parse_stored_policy(content: str) -> Policy:
    """The typed policy of a stored version."""
    return parse_policy(json.loads(content))


def find_policy_at(session: Session, at: datetime) -> PolicyVersion | None:
    """The policy version in force at an instant."""
    return session.scalar(select(PolicyVersion).where(PolicyVersion.published_at <= at).order_by(PolicyVersion.id.desc()).limit(1))


def get_policy(session: Session, version_id: int) -> PolicyVersion:
    """One policy version; raises NotFound."""
    found = session.get(PolicyVersion, version_id)
    if found is None:
        raise NotFound("There is no such policy version.")
    return found


def list_policies(session: Session) -> list[PolicyVersion]:
    """All policy versions, the newest first."""
    return list(session.scalars(select(PolicyVersion).order_by(PolicyVersion.id.desc())))


@dataclass(frozen=True, slots=True)
class PersonStandings:
    """One person at one site: the standing for each region at one level."""

    person: Person
    site: Site
    by_region: dict[str, Standing]


def standings(
    session: Session, people: Collection[Person], site: Site, *, at: datetime, now: datetime, level: str = "independent",
    as_known_at: datetime | None = None, supposing: Mapping[int, Evidence] | None = None,
) -> list[PersonStandings]:  # fmt: skip
    """The standing of some people at a site for every region; the number of statements does not grow with people.

    `supposing` asks what would be true on other evidence than that on record.
    """
    catalogue = catalogue_in_force(session)
    version = find_policy_at(session, at)
    policy = parse_stored_policy(version.content) if version is not None else None
    ids = [p.id for p in people]
    evidence, installation = supposing or evidence_of(session, ids, now), find_installation(session)
    decisions = [d for d in decisions_about(session, ids, site.id) if d.level == level]
    by_person: dict[int, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_person[decision.person_id].append(decision)
    exams = exams_of_decisions(session, evidence, decisions)
    restored = installation is None or installation.mode == "restored"
    names = names_of(session, catalogue.catalogue)
    ask = _Question(catalogue, policy, site, level, at, as_known_at, restored, names, exams)
    here = {m.person_id for m in memberships_at(session, ids, at) if m.site_id == site.id}
    found = []
    for p in people:
        gone = _why_gone(p, p.id in here, at)
        by_region = ask.answer(p.id, by_person[p.id], evidence[p.id])
        found.append(PersonStandings(p, site, {r: _without(s, gone) for r, s in by_region.items()} if gone else by_region))
    return found


def _why_gone(person: Person, member: bool, at: datetime) -> str:
    """Why nobody may needle here whatever was granted: the account is closed, or the person belongs to the site no more."""
    if person.deactivated_at is not None and person.deactivated_at <= at:
        return "This account is closed."
    return "" if member else "This person does not belong to this site now."


def _without(standing: Standing, why: str) -> Standing:
    if standing.state in ("PENDING_CONFIRMATION", "REVOKED", "SUSPENDED"):
        return standing
    return Standing(standing.region, standing.level, reasons=(why,), to_do="Ask an admin of the installation.")


@dataclass(frozen=True, slots=True)
class _Question:
    catalogue: InForce
    policy: Policy | None
    site: Site
    level: str
    at: datetime
    as_known_at: datetime | None
    restored: bool
    names: dict[str, str]
    exams: Mapping[int, frozenset[int]]

    def answer(self, person_id: int, decisions: list[Decision], evidence: Evidence) -> dict[str, Standing]:
        found = {}
        for region in self.catalogue.catalogue.regions:
            group = self.catalogue.catalogue.group_of(region.id)
            # A decision speaks of the regions of its own group alone, whatever its list says: its tier is that group's.
            facts = [fact_of(d, self.exams.get(d.id, frozenset())) for d in decisions if d.group_slug == group.id]
            found[region.id] = standing(
                region=region.id, level=self.level, decisions=facts, evidence=evidence, policy=self.policy, tier=group.tier,
                setting=self._setting(person_id, group.id), at=self.at, as_known_at=self.as_known_at, restored=self.restored,
            )  # fmt: skip
        return found

    def _setting(self, person_id: int, group: str) -> Setting:
        catalogue = self.catalogue.catalogue
        return Setting(
            person_id, group, frozenset(catalogue.regions_of(group)), frozenset(), self.site.time_zone, self.site.jurisdiction,
            tuple(catalogue.critical_competencies), self.names,
        )  # fmt: skip


def get_application(session: Session, application_id: int) -> Application:
    """One application; raises NotFound."""
    whole = [joinedload(Application.person), joinedload(Application.site), joinedload(Application.policy_version)]
    found = session.get(Application, application_id, options=whole)
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

    @property
    def ready(self) -> bool:
        """Whether every initial requirement is met."""
        return all(o.state == "met" for o in self.outcomes)


def case_of(session: Session, application: Application, *, now: datetime) -> Case:
    """Judge an application on the evidence of this instant."""
    return cases_of(session, [application], now=now)[0]


def cases_of(
    session: Session, applications: Collection[Application], *, now: datetime, supposing: Mapping[int, Evidence] | None = None
) -> list[Case]:
    """Judge some applications, with a number of statements that does not grow with them (but for settings)."""
    catalogue = catalogue_in_force(session)
    evidence = supposing or evidence_of(session, {a.person_id for a in applications}, now)
    ids = [a.id for a in applications]
    steps, decisions = _steps(session, ids), _decisions(session, ids)
    version = find_policy_at(session, now)
    policy = parse_stored_policy(version.content) if version is not None else None
    return [_case(session, a, catalogue, policy, evidence[a.person_id], steps[a.id], decisions[a.id], now) for a in applications]


def _case(
    session: Session, application: Application, catalogue: InForce, policy_now: Policy | None, evidence: Evidence,
    steps: list[Step], decisions: list[Decision], now: datetime,
) -> Case:  # fmt: skip
    group, regions = catalogue.catalogue.get_group(application.group_slug), tuple(json.loads(application.regions))
    policy = parse_stored_policy(application.policy_version.content)
    setting = setting_for(session, catalogue.catalogue, application.site, application.person_id, group.id, regions)
    outcomes = tuple(initial_outcomes(policy, group.tier, evidence, setting, at=now))
    refs, sha256 = snapshot(outcomes)
    ready = bool(outcomes) and all(o.state == "met" for o in outcomes)
    status = application_status(
        application.opened_at, steps, ready=ready, evidence_sha256=sha256, progress=_progress(evidence), now=now
    )
    return Case(
        application, group.tier, regions, policy, outcomes, tuple(refs), sha256,
        _observers(policy, group.tier, evidence, setting, now),
        status, tuple(decisions), evidence, setting, catalogue.version_id, policy_now.rules(group.tier) if policy_now else None,
    )  # fmt: skip


def _observers(policy: Policy, tier: str, evidence: Evidence, setting: Setting, now: datetime) -> frozenset[int]:
    rules = [r for r in policy.rules(tier).requirements if isinstance(r, ObservedRequirement)]
    return frozenset(o.observer_id for r in rules for o in counted_observations(r, evidence, setting, at=now))


def _progress(evidence: Evidence) -> list[datetime]:
    return [e.finished_at for e in evidence.exams] + [o.signed_at for o in evidence.observations]


def _steps(session: Session, application_ids: Collection[int]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = defaultdict(list)
    for event in session.scalars(select(ApplicationEvent).where(ApplicationEvent.application_id.in_(application_ids))):
        found[event.application_id].append(Step(event.kind, event.at, event.actor_id))
    rows = session.execute(
        select(ApplicationDecision.application_id, Decision)
        .join(Decision, Decision.id == ApplicationDecision.decision_id)
        .where(ApplicationDecision.application_id.in_(application_ids))
    )
    for application_id, d in rows:
        found[application_id].append(Step(d.kind, d.occurred_at, d.signer_id, d.id, d.evidence_sha256))
    return found


def _decisions(session: Session, application_ids: Collection[int]) -> dict[int, list[Decision]]:
    rows = session.execute(
        select(ApplicationDecision.application_id, Decision)
        .join(Decision, Decision.id == ApplicationDecision.decision_id)
        .where(ApplicationDecision.application_id.in_(application_ids))
        .options(joinedload(Decision.signer))
        .order_by(Decision.id)
    )
    found: dict[int, list[Decision]] = defaultdict(list)
    for application_id, decision in rows:
        found[application_id].append(decision)
    return found


def applications_of(session: Session, person_id: int) -> list[Application]:
    """All applications of a person, the newest first."""
    query = select(Application).where(Application.person_id == person_id).order_by(Application.id.desc())
    return list(
        session.scalars(
            query.options(joinedload(Application.site), joinedload(Application.policy_version), joinedload(Application.person))
        )
    )


def applications_at(session: Session, site_ids: Collection[int]) -> list[Application]:
    """All applications at some sites, the oldest first."""
    query = select(Application).where(Application.site_id.in_(site_ids)).order_by(Application.id)
    return list(
        session.scalars(
            query.options(joinedload(Application.person), joinedload(Application.site), joinedload(Application.policy_version))
        )
    )


def code_sha256(code: str) -> str:
    """The stored form of a check code."""
    return hashlib.sha256(f"check:{plain_code(code)}".encode()).hexdigest()


def find_check_code(session: Session, code: str) -> CheckCode | None:
    """The current check code behind what was typed, or None."""
    return session.scalar(
        select(CheckCode)
        .where(CheckCode.code_sha256 == code_sha256(code), CheckCode.ended_at.is_(None))
        .options(joinedload(CheckCode.person), joinedload(CheckCode.site))
    )


def find_current_code(session: Session, person_id: int, site_id: int) -> CheckCode | None:
    """The code that a person has at a site now; its text is not kept."""
    return session.scalar(
        select(CheckCode).where(CheckCode.person_id == person_id, CheckCode.site_id == site_id, CheckCode.ended_at.is_(None))
    )


def policy_in_force(session: Session, now: datetime) -> tuple[PolicyVersion, Policy]:
    """The policy in force; raises Unavailable while none is loaded."""
    version = find_policy_at(session, now)
    if version is None:
        raise Unavailable("No clearance policy is loaded. Run: flask --app app bank load")
    return version, parse_stored_policy(version.content)
