"""Read observations, drafts and competency approvals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.codes import plain_code
from app.domain.errors import NotFound
from app.supervision.models import CompetencyApproval, Observation, ObservationDraft, ObservationRecord

VOID_AFTER = timedelta(days=14)
RATING_WORDS = {
    1: "I did it",
    2: "I guided each step",
    3: "I prompted at times",
    4: "I was needed in the room",
    5: "I was not needed",
}
PRESENCE_WORDS = {"in_room": "In the room", "live_video": "By live video", "not_seen": "Not seen: counts zero"}
SUBJECT_WORDS = {"patient": "Patient", "peer": "Peer", "cadaver": "Cadaver", "simulator": "Simulator"}
PURPOSE_WORDS = {"coaching": "Coaching (private, never counted)", "assessment": "Assessment"}
ROW_WORDS = {0: "Not done", 1: "Done with prompting", 2: "Done"}


@dataclass(frozen=True, slots=True)
class Watched:
    """An observation with its signed record, if there is one, and what it is now."""

    observation: Observation
    record: ObservationRecord | None
    state: str
    """open, signed or void"""


def code_sha256(code: str) -> str:
    """The stored form of an observation's code."""
    return hashlib.sha256(f"observation:{plain_code(code)}".encode()).hexdigest()


def _watched(observation: Observation, record: ObservationRecord | None, now: datetime) -> Watched:
    if record is not None:
        return Watched(observation, record, "signed")
    return Watched(observation, None, "void" if now >= observation.opened_at + VOID_AFTER else "open")


def get_observation(session: Session, observation_id: int, now: datetime) -> Watched:
    """One observation; raises NotFound."""
    observation = session.get(Observation, observation_id, options=[joinedload(Observation.trainee), joinedload(Observation.site)])
    if observation is None:
        raise NotFound("There is no such observation.")
    return _watched(observation, find_record(session, observation_id), now)


def find_record(session: Session, observation_id: int) -> ObservationRecord | None:
    """The signed record of an observation."""
    query = select(ObservationRecord).where(ObservationRecord.observation_id == observation_id)
    return session.scalar(query.options(joinedload(ObservationRecord.observer)))


def find_by_code(session: Session, code: str) -> Observation | None:
    """The observation behind a code that a trainee showed."""
    return session.scalar(select(Observation).where(Observation.code_sha256 == code_sha256(code)))


def _list(session: Session, query: Any, now: datetime) -> list[Watched]:
    options = (joinedload(Observation.trainee), joinedload(Observation.site))
    observations = list(session.scalars(query.options(*options)))
    ids = [o.id for o in observations]
    records = session.scalars(
        select(ObservationRecord).where(ObservationRecord.observation_id.in_(ids)).options(joinedload(ObservationRecord.observer))
    )
    by_observation = {r.observation_id: r for r in records}
    return [_watched(o, by_observation.get(o.id), now) for o in observations]


def observations_of(session: Session, person_ids: Collection[int], now: datetime) -> list[Watched]:
    """All observations of some people, the newest first; void and abandoned ones included."""
    return _list(session, select(Observation).where(Observation.trainee_id.in_(person_ids)).order_by(Observation.id.desc()), now)


def open_observations_at(session: Session, site_ids: Collection[int], now: datetime) -> list[Watched]:
    """Observations at some sites that wait for a signature, the oldest first."""
    query = select(Observation).where(Observation.site_id.in_(site_ids), Observation.opened_at > now - VOID_AFTER)
    return [w for w in _list(session, query.order_by(Observation.id), now) if w.state == "open"]


def find_draft(session: Session, observation_id: int, observer_id: int) -> dict[str, Any] | None:
    """What an observer has filled in so far."""
    draft = session.get(ObservationDraft, (observation_id, observer_id))
    return json.loads(draft.content) if draft is not None else None


def approvals_of(session: Session, person_ids: Collection[int]) -> list[CompetencyApproval]:
    """All verdicts on competencies of some people, oldest first."""
    query = (
        select(CompetencyApproval)
        .where(CompetencyApproval.person_id.in_(person_ids))
        .options(joinedload(CompetencyApproval.approver))
        .order_by(CompetencyApproval.approved_at, CompetencyApproval.id)
    )
    return list(session.scalars(query))


def newest_approvals(session: Session, person_id: int) -> dict[str, CompetencyApproval]:
    """The newest verdict on each competency of a person."""
    return {a.competency: a for a in approvals_of(session, [person_id])}
