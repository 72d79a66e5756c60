"""What is true of people at a site at any instant: rows of every room turned into the domain's question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.clearances.evidence import evidence_from
from app.clearances.facts import Shared, decision_rows, exams_rested_on, facts_of, members_of, renewals_opened, shared_facts
from app.clearances.queries.policies import find_policy_at, parse_stored_policy
from app.decisions.queries import fact_of
from app.domain.evidence import Evidence, Setting
from app.domain.policy import Policy
from app.domain.standing import DecisionFact, Standing, standing

LEVELS = ("independent", "may_observe")


@dataclass(frozen=True, slots=True)
class PersonStandings:
    """One person at one site: the standing for each region at one level."""

    person: Person
    site: Site
    by_region: dict[str, Standing]


def standings(
    session: Session, people: Collection[Person], site: Site, *, at: datetime, now: datetime, level: str = "independent",
    as_known_at: datetime | None = None, supposing: Mapping[int, Evidence] | None = None, region: str | None = None,
) -> list[PersonStandings]:  # fmt: skip
    """The standing of some people at a site for every region, or one; the number of statements does not grow with people.

    Facts count as far as they were recorded by `as_known_at` (default `now`). `supposing` asks what would be true on other
    evidence than that on record.
    """
    known = as_known_at or now
    return standings_by_level(session, people, site, (level,), at=at, known=known, supposing=supposing, region=region)[level]


def standings_by_level(
    session: Session, people: Collection[Person], site: Site, levels: Collection[str] = LEVELS, *, at: datetime, known: datetime,
    supposing: Mapping[int, Evidence] | None = None, region: str | None = None,
) -> dict[str, list[PersonStandings]]:  # fmt: skip
    """The same at several levels: what they are reckoned from is read once for all."""
    shared, ids, version = shared_facts(session), [p.id for p in people], find_policy_at(session, at)
    policy = parse_stored_policy(version.content) if version is not None else None
    evidence, decisions = _looked_up(session, ids, known, shared, supposing)
    renewals = renewals_opened(session, ids, site.id, min(at, known)) if "independent" in levels else {}
    here = members_of(session, ids, site.id, at)
    found: dict[str, list[PersonStandings]] = {}
    for level in levels:
        ask = _Question(shared, policy, site, level, at, known, renewals if level == "independent" else {}, region)
        mine = _by_person_and_group(decisions, site, level)
        found[level] = [_answer(ask, p, p.id in here, mine[p.id], evidence[p.id]) for p in people]
    return found


def _answer(
    ask: _Question, person: Person, member: bool, decisions: Mapping[str, list[DecisionFact]], evidence: Evidence
) -> PersonStandings:
    gone, by_region = _why_gone(person, member, ask.at), ask.answer(person.id, decisions, evidence)
    return PersonStandings(person, ask.site, {r: _without(s, gone) for r, s in by_region.items()} if gone else by_region)


def _looked_up(
    session: Session, ids: Collection[int], known: datetime, shared: Shared, supposing: Mapping[int, Evidence] | None
) -> tuple[Mapping[int, Evidence], list[Any]]:
    """(the evidence of some people, or what is supposed of them; rows of the decisions about them)."""
    if supposing is None:
        facts = facts_of(session, ids, known)
        return evidence_from(facts, ids, shared.in_force.catalogue), facts.decisions
    held = any(exam.held_until is not None for i in ids for exam in supposing[i].exams)
    return supposing, decision_rows(session, ids, known, with_exams=held)


def _by_person_and_group(rows: Collection[Any], site: Site, level: str) -> dict[int, dict[str, list[DecisionFact]]]:
    """What was decided at a site at a level.

    A decision speaks of the regions of its own group alone, whatever its list says: its tier is that group's.
    """
    found: dict[int, dict[str, list[DecisionFact]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.site_id == site.id and row.level == level:
            found[row.person_id][row.group_slug].append(fact_of(row, exams_rested_on(row)))
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
    shared: Shared
    policy: Policy | None
    site: Site
    level: str
    at: datetime
    known: datetime
    renewals: Mapping[int, datetime]
    region: str | None

    def answer(self, person_id: int, decisions: Mapping[str, list[DecisionFact]], evidence: Evidence) -> dict[str, Standing]:
        catalogue, found = self.shared.in_force.catalogue, {}
        for region in (r for r in catalogue.regions if self.region in (None, r.id)):
            group = catalogue.group_of(region.id)
            found[region.id] = standing(
                region=region.id, level=self.level, decisions=decisions.get(group.id, ()), evidence=evidence, policy=self.policy,
                tier=group.tier, setting=self._setting(person_id, group.id, region.id), at=self.at, as_known_at=self.known,
                restored=self.shared.restored, renewals=self.renewals,
            )  # fmt: skip
        return found

    def _setting(self, person_id: int, group: str, region: str) -> Setting:
        catalogue = self.shared.in_force.catalogue
        return Setting(
            person_id, group, frozenset(catalogue.regions_of(group)), frozenset({region}), self.site.time_zone,
            self.site.jurisdiction, tuple(catalogue.critical_competencies), names=self.shared.names,
        )  # fmt: skip
