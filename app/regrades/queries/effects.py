"""What a regrade would change beyond the results: standings of people, and applications that are being decided."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person, Site
from app.accounts.queries import memberships_at
from app.clearances.evidence import evidence_of
from app.clearances.models import Application
from app.clearances.queries import cases_of, standings
from app.domain.canonical import canonical_bytes
from app.domain.evidence import Evidence, ExamFact
from app.domain.standing import Standing
from app.regrades.models import RegradeMove

PEOPLE = 200
"""People whose standings are computed at once."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes for one person at one site; `content` is canonical JSON."""

    person_id: int
    site_id: int
    content: str


@dataclass(slots=True)
class _Found:
    standings: list[dict[str, Any]]
    applications: list[dict[str, Any]]


def next_people(session: Session, regrade_id: int, after_id: int, limit: int = PEOPLE) -> list[int]:
    """The next people of whom a result would move, in the order of their ids."""
    query = (
        select(RegradeMove.person_id)
        .where(RegradeMove.regrade_id == regrade_id, RegradeMove.person_id > after_id)
        .distinct()
        .order_by(RegradeMove.person_id)
        .limit(limit)
    )
    return list(session.scalars(query))


def effects_on(session: Session, regrade_id: int, person_ids: Sequence[int], notice_days: int, now: datetime) -> list[Effect]:
    """Compare what is true with what would be true, for some people, at the end of the notice.

    Both sides are asked of the same instant, so that nothing is listed that time alone would bring.
    """
    at = now + timedelta(days=notice_days)
    real = evidence_of(session, person_ids, now)
    moves = _moves_of(session, regrade_id, person_ids)
    supposed = {i: _supposing(real[i], moves[i], at) for i in person_ids}
    found: dict[tuple[int, int], _Found] = defaultdict(lambda: _Found([], []))
    crossing = [i for i in person_ids if any(m["crosses"] for m in moves[i].values())]
    _add_standings(session, crossing, real, supposed, at, now, found)
    _add_applications(session, person_ids, real, supposed, now, found)
    return [_effect(*key, found[key]) for key in sorted(found)]


def _effect(person_id: int, site_id: int, found: _Found) -> Effect:
    body = {"standings": found.standings, "applications": found.applications}
    return Effect(person_id, site_id, canonical_bytes(body).decode())


def _moves_of(session: Session, regrade_id: int, person_ids: Sequence[int]) -> dict[int, dict[int, dict[str, Any]]]:
    """Person → attempt → what would become of it."""
    query = select(RegradeMove).where(RegradeMove.regrade_id == regrade_id, RegradeMove.person_id.in_(person_ids))
    found: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
    for move in session.scalars(query.where(RegradeMove.unreadable.is_(False))):
        found[move.person_id][move.attempt_id] = {**json.loads(move.content)["after"], "crosses": move.crosses}
    return found


def _supposing(evidence: Evidence, moves: Mapping[int, dict[str, Any]], at: datetime) -> Evidence:
    """The evidence as it would be, were the grades appended."""
    return replace(evidence, exams=tuple(_supposed(e, moves[e.id], at) if e.id in moves else e for e in evidence.exams))


def _supposed(exam: ExamFact, after: Mapping[str, Any], at: datetime) -> ExamFact:
    held = None if after["passed"] else at if exam.passed else exam.held_until
    return replace(exam, passed=after["passed"], critical_errors=after["critical_errors"], sha256="regraded", held_until=held)


def _add_standings(
    session: Session, person_ids: Sequence[int], real: Mapping[int, Evidence], supposed: Mapping[int, Evidence],
    at: datetime, now: datetime, found: dict[tuple[int, int], _Found],
) -> None:  # fmt: skip
    people = {p.id: p for p in session.scalars(select(Person).where(Person.id.in_(person_ids)))}
    for site, ids in _by_site(session, person_ids, at):
        here = [people[i] for i in ids]
        before = standings(session, here, site, at=at, now=now, supposing=real)
        after = standings(session, here, site, at=at, now=now, supposing=supposed)
        for was, will in zip(before, after, strict=True):
            changes = [_change(was.by_region[r], will.by_region[r]) for r in was.by_region if was.by_region[r] != will.by_region[r]]
            if changes:
                found[was.person.id, site.id].standings.extend(changes)


def _by_site(session: Session, person_ids: Sequence[int], at: datetime) -> Iterable[tuple[Site, list[int]]]:
    sites: dict[int, tuple[Site, set[int]]] = {}
    for membership in memberships_at(session, person_ids, at):
        if membership.site is not None:
            sites.setdefault(membership.site.id, (membership.site, set()))[1].add(membership.person_id)
    return [(site, sorted(ids)) for _, (site, ids) in sorted(sites.items())]


def _change(was: Standing, will: Standing) -> dict[str, Any]:
    return {
        "region": was.region, "from": was.state, "to": will.state, "from_word": was.word, "to_word": will.word,
        "cause": " ".join(will.reasons),
    }  # fmt: skip


def _add_applications(
    session: Session, person_ids: Sequence[int], real: Mapping[int, Evidence], supposed: Mapping[int, Evidence],
    now: datetime, found: dict[tuple[int, int], _Found],
) -> None:  # fmt: skip
    whole = (joinedload(Application.site), joinedload(Application.policy_version), joinedload(Application.person))
    applications = list(session.scalars(select(Application).where(Application.person_id.in_(person_ids)).options(*whole)))
    before = cases_of(session, applications, now=now, supposing=real)
    after = cases_of(session, applications, now=now, supposing=supposed)
    for was, will in zip(before, after, strict=True):
        if was.status.open and (was.status.state, was.ready) != (will.status.state, will.ready):
            a = was.application
            change = {"id": a.id, "group": a.group_slug, "from": was.status.state, "to": will.status.state}
            found[a.person_id, a.site_id].applications.append(change)
