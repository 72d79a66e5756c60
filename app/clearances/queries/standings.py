"""What is true of people at a site at any instant: rows of every room turned into the domain's question."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.clearances.evidence import evidence_from
from app.clearances.facts import Shared, decision_rows, facts_of, shared_facts
from app.clearances.here import facts_here
from app.clearances.queries.asking import Asking, Decided, decided_of
from app.clearances.queries.policies import all_versions
from app.domain.evidence import Evidence
from app.domain.standing import Standing

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
    shared, ids, versions = shared_facts(session), [p.id for p in people], all_versions(session)
    evidence, decisions = _looked_up(session, ids, known, shared, supposing)
    here, asked = facts_here(session, ids, site.id, at=at, known=min(at, known)), set(ids)
    decided = decided_of(d for d in decisions if d.site_id == site.id and d.person_id in asked)
    found: dict[str, list[PersonStandings]] = {}
    for level in levels:
        ask = Asking(
            shared.in_force.catalogue, versions, site, at, known, shared.names, shared.restored,
            here.renewals if level == "independent" else {}, region,
        )  # fmt: skip
        found[level] = [
            _answer(ask, p, level, p.id in here.members, decided.get((p.id, site.id), {}), evidence[p.id]) for p in people
        ]
    return found


def _answer(ask: Asking, person: Person, level: str, member: bool, decided: Decided, evidence: Evidence) -> PersonStandings:
    gone, by_region = _why_gone(person, member, ask.at), ask.standings_of(person.id, level, decided, evidence)
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


def _why_gone(person: Person, member: bool, at: datetime) -> str:
    """Why nobody may needle here whatever was granted: the account is closed, or the person belongs to the site no more."""
    if person.deactivated_at is not None and person.deactivated_at <= at:
        return "This account is closed."
    return "" if member else "This person does not belong to this site now."


def _without(standing: Standing, why: str) -> Standing:
    if standing.state in ("PENDING_CONFIRMATION", "OUT_OF_SCOPE", "REVOKED", "SUSPENDED"):
        return standing
    return Standing(standing.region, standing.level, reasons=(why,), to_do="Ask an admin of the installation.")
