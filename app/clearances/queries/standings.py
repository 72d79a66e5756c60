"""What is true of people at a site at any instant: rows of every room turned into the domain's question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.accounts.queries import find_installation, memberships_at
from app.catalogue.queries import InForce, catalogue_in_force
from app.clearances.evidence import evidence_of, exams_of_decisions, names_of
from app.clearances.queries.applications import renewals_opened
from app.clearances.queries.policies import find_policy_at, parse_stored_policy
from app.decisions.models import Decision
from app.decisions.queries import decisions_about, fact_of
from app.domain.evidence import Evidence, Setting
from app.domain.permissions import is_restored
from app.domain.policy import Policy
from app.domain.standing import Standing, standing

LEVELS = ("independent", "may_observe")


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

    Facts count as far as they were recorded by `as_known_at` (default `now`). `supposing` asks what would be true on other
    evidence than that on record.
    """
    catalogue = catalogue_in_force(session)
    version = find_policy_at(session, at)
    policy = parse_stored_policy(version.content) if version is not None else None
    ids, known = [p.id for p in people], as_known_at or now
    evidence, installation = supposing or evidence_of(session, ids, known), find_installation(session)
    decisions = [d for d in decisions_about(session, ids, site.id) if d.level == level]
    by_person: dict[int, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_person[decision.person_id].append(decision)
    exams = exams_of_decisions(session, evidence, decisions)
    restored = is_restored(installation.mode if installation else None)
    names = names_of(session, catalogue.catalogue)
    renewals = renewals_opened(session, ids, site.id, min(at, known)) if level == "independent" else {}
    ask = _Question(catalogue, policy, site, level, at, known, restored, names, exams, renewals)
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
    if standing.state in ("PENDING_CONFIRMATION", "OUT_OF_SCOPE", "REVOKED", "SUSPENDED"):
        return standing
    return Standing(standing.region, standing.level, reasons=(why,), to_do="Ask an admin of the installation.")


@dataclass(frozen=True, slots=True)
class _Question:
    catalogue: InForce
    policy: Policy | None
    site: Site
    level: str
    at: datetime
    known: datetime
    restored: bool
    names: dict[str, str]
    exams: Mapping[int, frozenset[int]]
    renewals: Mapping[int, datetime]

    def answer(self, person_id: int, decisions: list[Decision], evidence: Evidence) -> dict[str, Standing]:
        found = {}
        for region in self.catalogue.catalogue.regions:
            group = self.catalogue.catalogue.group_of(region.id)
            # A decision speaks of the regions of its own group alone, whatever its list says: its tier is that group's.
            facts = [fact_of(d, self.exams.get(d.id, frozenset())) for d in decisions if d.group_slug == group.id]
            found[region.id] = standing(
                region=region.id, level=self.level, decisions=facts, evidence=evidence, policy=self.policy, tier=group.tier,
                setting=self._setting(person_id, group.id, region.id), at=self.at, as_known_at=self.known,
                restored=self.restored, renewals=self.renewals,
            )  # fmt: skip
        return found

    def _setting(self, person_id: int, group: str, region: str) -> Setting:
        catalogue = self.catalogue.catalogue
        return Setting(
            person_id, group, frozenset(catalogue.regions_of(group)), frozenset({region}), self.site.time_zone,
            self.site.jurisdiction, tuple(catalogue.critical_competencies), names=self.names,
        )  # fmt: skip
