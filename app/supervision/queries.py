"""Read observations, drafts and competency approvals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person
from app.domain.canonical import digest
from app.domain.catalogue import Catalogue
from app.domain.codes import plain_code
from app.domain.errors import NotFound
from app.domain.observing import RECIPROCAL_MONTHS, SIGN_WITHIN_DAYS, Pair, Watching, reciprocal_pairs, void_at
from app.domain.permissions import WatchFacts
from app.supervision.models import CompetencyApproval, Observation, ObservationDraft, ObservationRecord

_NOT_VOID_LONGER = timedelta(days=SIGN_WITHIN_DAYS + 1)
"""Whatever was opened longer ago is void in every time zone."""
RATING_WORDS = {
    1: "I did it",
    2: "I guided each step",
    3: "I prompted at times",
    4: "I was needed in the room",
    5: "I was not needed",
}
PRESENCE_WORDS = {
    "in_room": "In the room",
    "live_video": "By live video: counts only where the policy allows it",
    "not_seen": "Not seen: counts zero",
}
SUBJECT_WORDS = {"patient": "Patient", "peer": "Peer", "cadaver": "Cadaver", "simulator": "Simulator"}
PURPOSE_WORDS = {
    "coaching": "Coaching: private to trainee and observer, meets no requirement",
    "assessment": "Assessment: it counts, however it goes",
}
ROW_WORDS = {0: "Not done", 1: "Done with prompting", 2: "Done"}


@dataclass(frozen=True, slots=True)
class Watched:
    """An observation with its signed record, if there is one, and what it is now."""

    observation: Observation
    record: ObservationRecord | None
    state: str
    """open, signed or void"""

    @property
    def void_at(self) -> datetime:
        """From when it is void if nobody signs."""
        return void_at(self.observation.opened_at, self.observation.site.time_zone)

    @property
    def facts(self) -> WatchFacts:
        """What permissions look at."""
        o, observer = self.observation, self.record.observer_id if self.record is not None else None
        return WatchFacts(o.trainee_id, o.site_id, o.purpose, self.state, observer)


def code_sha256(code: str) -> str:
    """The stored form of an observation's code."""
    return hashlib.sha256(f"observation:{plain_code(code)}".encode()).hexdigest()


def _watched(observation: Observation, record: ObservationRecord | None, now: datetime) -> Watched:
    if record is not None:
        return Watched(observation, record, "signed")
    return Watched(observation, None, "void" if now >= void_at(observation.opened_at, observation.site.time_zone) else "open")


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


def shown_to(watched: Collection[Watched], reader_id: int) -> list[Watched]:
    """Those of somebody's observations that a reader of their record sees: coaching is its trainee's and its observer's alone."""
    return [w for w in watched if w.observation.purpose != "coaching" or reader_id in (w.facts.trainee_id, w.facts.observer_id)]


def open_observations_at(session: Session, site_ids: Collection[int], now: datetime) -> list[Watched]:
    """Observations at some sites that wait for a signature, the oldest first."""
    query = select(Observation).where(Observation.site_id.in_(site_ids), Observation.opened_at > now - _NOT_VOID_LONGER)
    return [w for w in _list(session, query.order_by(Observation.id), now) if w.state == "open"]


def find_draft(session: Session, observation_id: int, observer_id: int) -> dict[str, Any] | None:
    """What an observer has filled in so far."""
    draft = session.get(ObservationDraft, (observation_id, observer_id))
    return json.loads(draft.content) if draft is not None else None


def form_sha256(catalogue: Catalogue) -> str:
    """The digest of the rows that an observer is asked about: a form of other rows is not signed for these."""
    return digest({"auto_fail": list(catalogue.auto_fail), "rows": list(catalogue.form_rows)})


def find_draft_time(session: Session, observation_id: int, observer_id: int) -> datetime | None:
    """When an observer's draft was kept here last."""
    draft = session.get(ObservationDraft, (observation_id, observer_id))
    return draft.saved_at if draft is not None else None


@dataclass(frozen=True, slots=True)
class InTurn:
    """Somebody with whom a person watched procedures in turn, by name."""

    name: str
    pair: Pair


def watched_in_turn(session: Session, person_id: int, *, at: datetime, time_zone: str) -> list[InTurn]:
    """With whom a person watched assessments in turn lately, for those who decide; one statement."""
    record = ObservationRecord
    observers = select(record.observer_id).where(record.trainee_id == person_id)
    lately = (
        select(record.observer_id, record.trainee_id, record.signed_at, Person.printed_name)
        .join(Observation, Observation.id == record.observation_id)
        .where(Observation.purpose == "assessment", record.signed_at <= at)
        .where(record.signed_at > at - timedelta(days=31 * RECIPROCAL_MONTHS))
    )
    watched = lately.join(Person, Person.id == record.observer_id).where(record.trainee_id == person_id)
    watching = lately.join(Person, Person.id == record.trainee_id).where(
        record.observer_id == person_id, record.trainee_id.in_(observers)
    )
    rows = session.execute(union_all(watched, watching)).all()  # two searches by an index; `or` reads the whole table
    names = {row.observer_id + row.trainee_id - person_id: row.printed_name for row in rows}
    watchings = [Watching(row.observer_id, row.trainee_id, row.signed_at) for row in rows]
    return [InTurn(names[p.other_id], p) for p in reciprocal_pairs(person_id, watchings, at=at, time_zone=time_zone)]


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
