"""Turn rows of every room below into the plain records that the domain judges, in a fixed number of statements."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Site
from app.attempts.queries import graded_attempts
from app.catalogue.queries import catalogue_in_force
from app.clearances.models import DecisionEvidence, EvidenceVoid
from app.decisions.models import Decision
from app.decisions.queries import facts_at, observer_grants
from app.domain.canonical import digest
from app.domain.catalogue import Catalogue
from app.domain.evidence import CompetencyFact, DocumentFact, Evidence, ExamFact, ObservationFact, Ref, Setting, UnsignedFact
from app.domain.recall import Piece, without
from app.domain.requirements import Outcome
from app.domain.standing import DecisionFact, observes
from app.quizzes.queries import quiz_titles
from app.records.queries import papers_of
from app.supervision.queries import approvals_of, observations_of


@dataclass(slots=True)
class _Collected:
    exams: list[ExamFact] = field(default_factory=list)
    observations: list[ObservationFact] = field(default_factory=list)
    competencies: list[CompetencyFact] = field(default_factory=list)
    documents: list[DocumentFact] = field(default_factory=list)
    unsigned: list[UnsignedFact] = field(default_factory=list)


def evidence_of(session: Session, person_ids: Collection[int], known: datetime) -> dict[int, Evidence]:
    """Everything about some people that was on record at an instant."""
    found: dict[int, _Collected] = defaultdict(_Collected)
    _add_exams(session, person_ids, known, found)
    _add_observations(session, person_ids, known, found)
    for approval in (a for a in approvals_of(session, person_ids) if a.approved_at <= known):
        fact = CompetencyFact(
            approval.id, approval.competency, approval.verdict, approval.approver_id, approval.approved_at, approval.until,
            digest({"approval": approval.id, "signature": approval.signature_id}),
        )  # fmt: skip
        found[approval.person_id].competencies.append(fact)
    for paper in papers_of(session, person_ids, known):
        d, v = paper.document, paper.verification
        fact_ = DocumentFact(
            d.id, d.kind, d.jurisdiction, d.valid_from, d.valid_until, v.verified_at if v and v.verdict == "verified" else None,
            v is not None and v.verdict == "refused", digest({"document": d.id, "verification": v.signature_id if v else None}),
        )  # fmt: skip
        found[d.holder_id].documents.append(fact_)
    gone = voided_of(session, person_ids, known)
    return {
        person_id: without(
            Evidence(
                tuple(found[person_id].exams), tuple(found[person_id].observations), tuple(found[person_id].competencies),
                tuple(found[person_id].documents), unsigned=tuple(found[person_id].unsigned),
            ),
            gone[person_id],
        )
        for person_id in person_ids
    }  # fmt: skip


def voided_of(session: Session, person_ids: Collection[int], known: datetime) -> dict[int, set[Piece]]:
    """What had been called back by an instant, of some people."""
    query = select(EvidenceVoid.person_id, EvidenceVoid.kind, EvidenceVoid.record_id)
    found: dict[int, set[Piece]] = defaultdict(set)
    for person_id, kind, record_id in session.execute(
        query.where(EvidenceVoid.person_id.in_(person_ids), EvidenceVoid.voided_at <= known)
    ):
        found[person_id].add((kind, record_id))
    return found


def _add_exams(session: Session, person_ids: Collection[int], known: datetime, found: dict[int, _Collected]) -> None:
    for attempt, grade in graded_attempts(session, person_ids, known):
        fact = ExamFact(
            attempt.id, attempt.quiz_id, grade.passed, grade.critical_errors, attempt.closed_at or attempt.deadline_at,
            digest({"attempt": attempt.id, "grade": grade.id}), grade.pass_held_until,
        )  # fmt: skip
        found[attempt.person_id].exams.append(fact)


def _add_observations(session: Session, person_ids: Collection[int], known: datetime, found: dict[int, _Collected]) -> None:
    watched = observations_of(session, person_ids, known)
    signed = [(w.observation, w.record) for w in watched if w.record is not None and w.record.signed_at <= known]
    for w in watched:
        o = w.observation
        if o.purpose == "assessment" and o.opened_at <= known and (w.record is None or w.record.signed_at > known):
            found[o.trainee_id].unsigned.append(UnsignedFact(o.id, o.region, o.opened_at, w.void_at))
    grants: dict[int, list[Decision]] = defaultdict(list)
    catalogue = catalogue_in_force(session).catalogue
    every = observer_grants(session, {r.observer_id for _, r in signed})
    for decision in (d for d in every if d.recorded_at <= known):
        grants[decision.person_id].append(decision)
    rights: dict[tuple[int, int, str], list[DecisionFact]] = {}
    for o, r in signed:
        key = (r.observer_id, o.site_id, catalogue.group_of(o.region).id)
        if key not in rights:
            rights[key] = facts_at(grants[r.observer_id], site_id=o.site_id, group=key[2])
        eligible = all(observes(rights[key], o.region, at=at) for at in (o.opened_at, r.signed_at))
        fact = ObservationFact(
            r.id, o.region, o.purpose, o.subject, r.presence, r.outcome, r.rating, bool(json.loads(r.auto_fail)), r.observer_id,
            r.observer.printed_name, eligible, o.opened_at, r.signed_at, digest({"record": r.id, "signature": r.signature_id}),
        )  # fmt: skip
        found[o.trainee_id].observations.append(fact)


def exams_of_decisions(
    session: Session, evidence: Mapping[int, Evidence], decisions: Collection[Decision]
) -> dict[int, frozenset[int]]:
    """The attempts that decisions rest on, by decision; asked only where somebody lost a pass to a correction."""
    if not any(exam.held_until is not None for found in evidence.values() for exam in found.exams):
        return {}
    rows = session.execute(
        select(DecisionEvidence.decision_id, DecisionEvidence.reference).where(
            DecisionEvidence.decision_id.in_([d.id for d in decisions]), DecisionEvidence.kind == "exam"
        )
    )
    by_decision: dict[int, set[int]] = defaultdict(set)
    for decision_id, reference in rows:
        by_decision[decision_id].add(int(reference))
    return {decision_id: frozenset(ids) for decision_id, ids in by_decision.items()}


def setting_for(
    session: Session, catalogue: Catalogue, site: Site, person_id: int, group: str, regions: Collection[str]
) -> Setting:
    """Where the requirements of a group are asked."""
    return Setting(
        person_id=person_id,
        group=group,
        group_regions=frozenset(catalogue.regions_of(group)),
        regions=frozenset(regions),
        time_zone=site.time_zone,
        jurisdiction=site.jurisdiction,
        critical_competencies=tuple(catalogue.critical_competencies),
        names=names_of(session, catalogue),
    )


def names_of(session: Session, catalogue: Catalogue) -> dict[str, str]:
    """Slug → name of regions, groups, competencies and (as quiz:slug) quizzes."""
    quizzes = {f"quiz:{quiz_id}": title for quiz_id, title in quiz_titles(session).items()}
    return {**catalogue.names, **quizzes}


def snapshot(outcomes: Collection[Outcome]) -> tuple[list[Ref], str]:
    """The evidence that some outcomes rest on, and the digest of its sorted ids and digests."""
    refs = sorted({ref for o in outcomes for ref in o.evidence}, key=lambda r: (r.kind, r.id))
    return refs, digest([[r.kind, r.id, r.sha256] for r in refs])
