"""Turn rows of every room below into the plain records that the domain judges, in a fixed number of statements."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Site
from app.catalogue.queries import catalogue_in_force
from app.clearances.facts import Facts, facts_of
from app.decisions.queries import fact_of
from app.domain.canonical import digest
from app.domain.catalogue import Catalogue
from app.domain.evidence import CompetencyFact, DocumentFact, Evidence, ExamFact, ObservationFact, Ref, Setting, UnsignedFact
from app.domain.observing import void_at
from app.domain.recall import Piece, without
from app.domain.requirements import Outcome
from app.domain.standing import DecisionFact, observes
from app.quizzes.queries import quiz_titles

_IN_ORDER = itemgetter(0, 1, 2)
"""Kind, record, version: an older version before a newer one, which counts in its place."""


@dataclass(slots=True)
class _Collected:
    exams: dict[int, ExamFact] = field(default_factory=dict)
    observations: list[ObservationFact] = field(default_factory=list)
    competencies: list[CompetencyFact] = field(default_factory=list)
    documents: dict[int, DocumentFact] = field(default_factory=dict)
    unsigned: list[UnsignedFact] = field(default_factory=list)
    gone: set[Piece] = field(default_factory=set)


def evidence_of(session: Session, person_ids: Collection[int], known: datetime) -> dict[int, Evidence]:
    """Everything about some people that was on record at an instant."""
    return evidence_from(facts_of(session, person_ids, known), person_ids, catalogue_in_force(session).catalogue)


def evidence_from(facts: Facts, person_ids: Collection[int], catalogue: Catalogue) -> dict[int, Evidence]:
    """The rows about some people as the domain reads them, less what was called back."""
    found: dict[int, _Collected] = defaultdict(_Collected)
    for piece in sorted(facts.pieces, key=_IN_ORDER):
        kind, number, _, person_id, *more = piece
        _ADD[kind](found[person_id], number, *more)
    _add_observations(facts, catalogue, found)
    return {person_id: _evidence(found[person_id]) for person_id in person_ids}


def _evidence(found: _Collected) -> Evidence:
    newest_first = sorted(found.documents.values(), key=lambda d: d.id, reverse=True)
    verdicts = sorted(found.competencies, key=lambda c: (c.at, c.id))
    return without(
        Evidence(
            tuple(found.exams.values()),
            tuple(found.observations),
            tuple(verdicts),
            tuple(newest_first),
            unsigned=tuple(found.unsigned),
        ),
        found.gone,
    )


def _sealed(name: str, number: int, sealed_by: str, seal: int | None) -> str:
    """The digest of a piece with what seals it: `digest` of the same two numbers, whose canonical bytes need no encoder."""
    return hashlib.sha256(f'{{"{name}":{number},"{sealed_by}":{"null" if seal is None else seal}}}'.encode()).hexdigest()


# What a row of each kind says from `word` on, in the order of PIECE; the record's id before it.


def _add_exam(
    found: _Collected, number: int, quiz: str, verdict: str, seal: int, critical: int, at: datetime, until: datetime | None,
    *_: None,
) -> None:  # fmt: skip
    """A later grade of an attempt comes later, and counts in place of the one before."""
    sha256 = _sealed("attempt", number, "grade", seal)
    found.exams[number] = ExamFact(number, quiz, verdict == "passed", critical, at, sha256, until)


def _add_competency(
    found: _Collected, number: int, competency: str, verdict: str, seal: int, by: int, at: datetime, until: datetime | None,
    *_: None,
) -> None:  # fmt: skip
    sha256 = _sealed("approval", number, "signature", seal)
    found.competencies.append(CompetencyFact(number, competency, verdict, by, at, until, sha256))


def _add_document(
    found: _Collected, number: int, kind: str, verdict: str | None, seal: int | None, _: None, at: datetime | None, __: None,
    place: str, first_day: date, last_day: date | None,
) -> None:  # fmt: skip
    """A later look at a document comes later, and counts in place of the one before."""
    found.documents[number] = DocumentFact(
        number, kind, place, first_day, last_day, at if verdict == "verified" else None, verdict == "refused",
        _sealed("document", number, "verification", seal),
    )  # fmt: skip


def _call_back(found: _Collected, number: int, kind: str, *_: object) -> None:
    found.gone.add((kind, number))


_ADD: dict[str, Callable[..., None]] = {
    "exam": _add_exam, "competency": _add_competency, "document": _add_document, "void": _call_back,
}  # fmt: skip


def _add_observations(facts: Facts, catalogue: Catalogue, found: dict[int, _Collected]) -> None:
    rights: dict[tuple[int, int, str], list[Any]] = defaultdict(list)
    for d in facts.decisions:
        if d.level == "may_observe":
            rights[d.person_id, d.site_id, d.group_slug].append(d)
    read: dict[tuple[int, int, str], list[DecisionFact]] = {}
    for row in facts.watched:
        number, observation, person_id, site, region, purpose, subject, opened_at, time_zone, *signed = row
        if number is None:
            found[person_id].unsigned.append(UnsignedFact(observation, region, opened_at, void_at(opened_at, time_zone)))
            continue
        presence, outcome, rating, auto_fail, observer_id, observer_name, signed_at, seal = signed
        key = (observer_id, site, catalogue.group_of(region).id)
        if key not in read:
            read[key] = [fact_of(d) for d in rights.get(key, ())]
        eligible = observes(read[key], region, at=opened_at) and observes(read[key], region, at=signed_at)
        fact = ObservationFact(
            number, region, purpose, subject, presence, outcome, rating, auto_fail != "[]" and bool(json.loads(auto_fail)),
            observer_id, observer_name, eligible, opened_at, signed_at, _sealed("record", number, "signature", seal),
        )  # fmt: skip
        found[person_id].observations.append(fact)


def names_of(session: Session, catalogue: Catalogue) -> dict[str, str]:
    """Slug → name of regions, groups, competencies and (as quiz:slug) quizzes."""
    quizzes = {f"quiz:{quiz_id}": title for quiz_id, title in quiz_titles(session).items()}
    return {**catalogue.names, **quizzes}


def setting_for(
    session: Session, catalogue: Catalogue, site: Site, person_id: int, group: str, regions: Collection[str],
    names: dict[str, str] | None = None,
) -> Setting:  # fmt: skip
    """Where the requirements of a group are asked; `names` where somebody has read them already."""
    return Setting(
        person_id=person_id,
        group=group,
        group_regions=frozenset(catalogue.regions_of(group)),
        regions=frozenset(regions),
        time_zone=site.time_zone,
        jurisdiction=site.jurisdiction,
        critical_competencies=tuple(catalogue.critical_competencies),
        names=names_of(session, catalogue) if names is None else names,
    )


def snapshot(outcomes: Collection[Outcome]) -> tuple[list[Ref], str]:
    """The evidence that some outcomes rest on, and the digest of its sorted ids and digests."""
    refs = sorted({ref for o in outcomes for ref in o.evidence}, key=lambda r: (r.kind, r.id))
    return refs, digest([[r.kind, r.id, r.sha256] for r in refs])
