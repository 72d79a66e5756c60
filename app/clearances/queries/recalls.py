"""Evidence that might be called back, and the clearances that rest on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person, Site
from app.accounts.queries import get_site, sites_of
from app.attempts.models import Attempt
from app.catalogue.queries import catalogue_in_force
from app.clearances.evidence import evidence_of, setting_for
from app.clearances.models import DecisionEvidence, EvidenceVoid
from app.clearances.queries.policies import get_policy, policy_of
from app.decisions.models import Decision
from app.decisions.queries import decisions_about, fact_of, regions_of
from app.domain.canonical import digest
from app.domain.errors import NotFound
from app.domain.recall import Fall, falls
from app.domain.standing import GRANTS, DecisionFact, decide_from
from app.records.models import Document
from app.supervision.models import CompetencyApproval, Observation, ObservationRecord


@dataclass(frozen=True, slots=True)
class Called:
    """One piece of evidence: whose, of which site, and what it is in words."""

    kind: str
    record_id: int
    person_id: int
    site_id: int
    words: str


@dataclass(frozen=True, slots=True)
class Dependent:
    """A clearance that is held and rests on some of the pieces, and whether it stands without them."""

    decision: Decision
    person: Person
    site: Site
    regions: tuple[str, ...]
    fall: Fall


@dataclass(frozen=True, slots=True)
class Recall:
    """Pieces to be called back with every clearance that rests on them; `sha256` is of all that a page shows."""

    pieces: tuple[Called, ...]
    dependents: tuple[Dependent, ...]

    @property
    def below(self) -> list[Dependent]:
        """Those that fall below the bar."""
        return [d for d in self.dependents if d.fall.below]

    @property
    def sha256(self) -> str:
        """The digest of the pieces and of what becomes of the clearances."""
        pieces = [[p.kind, p.record_id] for p in self.pieces]
        return digest([pieces, [[d.decision.id, list(d.regions), d.fall.below] for d in self.dependents]])


def signed_by(session: Session, signer_id: int, site_ids: Collection[int]) -> list[Called]:
    """Every observation and every *met* that a person signed at some sites and that nobody has called back yet."""
    names = catalogue_in_force(session).catalogue.names
    records = session.execute(
        select(ObservationRecord, Observation).join(Observation, Observation.id == ObservationRecord.observation_id)
        .where(ObservationRecord.observer_id == signer_id, Observation.site_id.in_(site_ids)).order_by(ObservationRecord.id)
        .options(joinedload(Observation.trainee))
    )  # fmt: skip
    found = [_of_record(r, o, names) for r, o in records]
    approvals = session.scalars(
        select(CompetencyApproval).where(
            CompetencyApproval.approver_id == signer_id, CompetencyApproval.site_id.in_(site_ids),
            CompetencyApproval.verdict == "met",
        ).order_by(CompetencyApproval.id).options(joinedload(CompetencyApproval.person))
    )  # fmt: skip
    found += [_of_approval(a, names) for a in approvals]
    gone = _voided(session, found)
    return [p for p in found if (p.kind, p.record_id) not in gone]


def _of_record(record: ObservationRecord, observation: Observation, names: dict[str, str]) -> Called:
    words = f"Observation of {observation.trainee.printed_name}, {names.get(observation.region, observation.region)}"
    return Called("observation", record.id, observation.trainee_id, observation.site_id, words)


def _of_approval(approval: CompetencyApproval, names: dict[str, str]) -> Called:
    words = f"Competency of {approval.person.printed_name}: {names.get(approval.competency, approval.competency)}"
    return Called("competency", approval.id, approval.person_id, approval.site_id, words)


def _voided(session: Session, pieces: Sequence[Called]) -> set[tuple[str, int]]:
    named = _named(EvidenceVoid.kind, EvidenceVoid.record_id, [(p.kind, p.record_id) for p in pieces])
    rows = session.execute(select(EvidenceVoid.kind, EvidenceVoid.record_id).where(named))
    return {(kind, record_id) for kind, record_id in rows}


def _named(kind: Any, column: Any, keys: Iterable[tuple[str, Any]]) -> ColumnElement[bool]:
    """Whether a row names one of some pieces; kind by kind, since not every planner finds pairs of values by an index."""
    by_kind: dict[str, list[Any]] = {}
    for name, value in keys:
        by_kind.setdefault(name, []).append(value)
    return or_(false(), *(and_(kind == name, column.in_(values)) for name, values in by_kind.items()))


def get_piece(session: Session, kind: str, record_id: int, now: datetime, prefer: Collection[int] = ()) -> Called:
    """One piece of evidence that nobody has called back yet; raises NotFound.

    A paper and an exam belong to their holder at every site: they are named at one of the preferred sites, where there is one.
    """
    found = _piece(session, kind, record_id, now, prefer)
    if found is None or _voided(session, [found]):
        raise NotFound("There is no such evidence, or it was called back already.")
    return found


def _piece(session: Session, kind: str, record_id: int, now: datetime, prefer: Collection[int]) -> Called | None:
    names = catalogue_in_force(session).catalogue.names
    if kind == "observation" and (record := session.get(ObservationRecord, record_id)) is not None:
        return _of_record(record, session.get_one(Observation, record.observation_id), names)
    if kind == "competency" and (approval := session.get(CompetencyApproval, record_id)) is not None and approval.verdict == "met":
        return _of_approval(approval, names)
    if kind == "document" and (paper := session.get(Document, record_id)) is not None:
        return _at_a_site(session, kind, record_id, paper.holder_id, f"{paper.title} of {paper.holder.printed_name}", now, prefer)
    if kind == "exam" and (attempt := session.get(Attempt, record_id)) is not None and attempt.state == "closed":
        words = f"Attempt {record_id} of {attempt.person.printed_name}: {attempt.quiz_version.title}"
        return _at_a_site(session, kind, record_id, attempt.person_id, words, now, prefer)
    return None


def _at_a_site(
    session: Session, kind: str, record_id: int, person_id: int, words: str, now: datetime, prefer: Collection[int]
) -> Called | None:
    """A piece that belongs to a person alone, at one of their sites."""
    sites = sorted(sites_of(session, person_id, now), key=lambda s: s.id not in prefer)
    return Called(kind, record_id, person_id, sites[0].id, words) if sites else None


def recall_of(session: Session, pieces: Sequence[Called], now: datetime) -> Recall:
    """Every clearance held now that rests on some pieces, judged again without them."""
    named = _named(DecisionEvidence.kind, DecisionEvidence.reference, [(p.kind, str(p.record_id)) for p in pieces])
    rests = select(DecisionEvidence.decision_id).where(named)
    query = select(Decision).where(Decision.kind.in_(GRANTS), Decision.level == "independent", Decision.id.in_(rests))
    grants = session.scalars(query.order_by(Decision.id).options(joinedload(Decision.person)))
    found = [_dependent(session, grant, pieces, now) for grant in grants]
    return Recall(tuple(pieces), tuple(d for d in found if d is not None))


def _dependent(session: Session, grant: Decision, pieces: Sequence[Called], now: datetime) -> Dependent | None:
    about = decisions_about(session, [grant.person_id], grant.site_id)
    facts = [fact_of(d) for d in about if (d.group_slug, d.level) == (grant.group_slug, grant.level)]
    held = tuple(r for r in regions_of(grant) if _holds(facts, r, grant, now))
    if not held or grant.policy_version_id is None:
        return None
    catalogue, site = catalogue_in_force(session).catalogue, get_site(session, grant.site_id)
    setting = setting_for(session, catalogue, site, grant.person_id, grant.group_slug, regions_of(grant))
    policy = policy_of(get_policy(session, grant.policy_version_id))
    evidence = evidence_of(session, [grant.person_id], now)[grant.person_id]
    gone = [(p.kind, p.record_id) for p in pieces if p.person_id == grant.person_id]
    fall = falls(policy, grant.tier, evidence, gone, setting, granted_at=grant.effective_at, at=now)
    return Dependent(grant, grant.person, site, held, fall)


def _holds(facts: Sequence[DecisionFact], region: str, grant: Decision, now: datetime) -> bool:
    """Whether this grant is the one that a region is held by now, or will be in a moment."""
    at = max(now, grant.effective_at)
    found = decide_from(facts, region, at=at, known=now)
    return found.grant is not None and found.grant.id == grant.id and found.revoked is None and at < (grant.until or at)
