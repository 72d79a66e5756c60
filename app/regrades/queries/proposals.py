"""Regrades as they stand: proposed, committed or withdrawn; and which versions of an item were answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.attempts.models import Attempt, AttemptItem, Grade
from app.bank.models import ItemVersion
from app.domain.errors import NotFound
from app.regrades.models import Regrade, RegradeEvent, RegradePreview, RegradeVersion

STATE_WORDS = {"proposed": "Waits for a second person", "committed": "Committed", "withdrawn": "Withdrawn"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A regrade with the versions that it scores anew, the end it came to, and how far its preview is."""

    regrade: Regrade
    versions: tuple[ItemVersion, ...]
    event: RegradeEvent | None
    preview: RegradePreview | None

    @property
    def state(self) -> str:
        """proposed, committed or withdrawn."""
        return self.event.kind if self.event is not None else "proposed"

    @property
    def version_ids(self) -> tuple[int, ...]:
        """The versions whose answers are scored anew."""
        return tuple(v.id for v in self.versions)


def get_proposal(session: Session, regrade_id: int) -> Proposal:
    """One regrade; raises NotFound."""
    regrade = session.get(Regrade, regrade_id, options=[joinedload(Regrade.proposer), joinedload(Regrade.to_version)])
    if regrade is None:
        raise NotFound("There is no such regrade.")
    return _proposals(session, [regrade])[0]


def list_proposals(session: Session, item_id: str | None = None) -> list[Proposal]:
    """All regrades, or those of one item, the newest first."""
    query = select(Regrade).options(joinedload(Regrade.proposer), joinedload(Regrade.to_version)).order_by(Regrade.id.desc())
    return _proposals(session, list(session.scalars(query if item_id is None else query.where(Regrade.item_id == item_id))))


def _proposals(session: Session, regrades: Sequence[Regrade]) -> list[Proposal]:
    ids = [r.id for r in regrades]
    events = session.scalars(select(RegradeEvent).where(RegradeEvent.regrade_id.in_(ids)).options(joinedload(RegradeEvent.actor)))
    ends = {e.regrade_id: e for e in events}
    previews = {p.regrade_id: p for p in session.scalars(select(RegradePreview).where(RegradePreview.regrade_id.in_(ids)))}
    rows = session.execute(
        select(RegradeVersion.regrade_id, ItemVersion)
        .join(ItemVersion, ItemVersion.id == RegradeVersion.version_id)
        .where(RegradeVersion.regrade_id.in_(ids))
        .order_by(ItemVersion.number)
    )
    versions: dict[int, list[ItemVersion]] = defaultdict(list)
    for regrade_id, version in rows:
        versions[regrade_id].append(version)
    return [Proposal(r, tuple(versions[r.id]), ends.get(r.id), previews.get(r.id)) for r in regrades]


def open_regrade_id(session: Session, item_id: str) -> int | None:
    """The regrade of an item that waits for its second person, if any."""
    ended = select(RegradeEvent.regrade_id)
    return session.scalar(select(Regrade.id).where(Regrade.item_id == item_id, Regrade.id.not_in(ended)).limit(1))


def waiting_count(session: Session) -> int:
    """How many regrades wait for a second person."""
    ended = select(RegradeEvent.regrade_id)
    return session.scalar(select(func.count()).select_from(Regrade).where(Regrade.id.not_in(ended))) or 0


@dataclass(frozen=True, slots=True)
class Use:
    """One version of an item and how many attempts hold it: closed, and running now."""

    version: ItemVersion
    closed: int
    running: int


def uses_of(session: Session, item_id: str) -> list[Use]:
    """Every version of an item with the attempts that hold it, the newest first."""
    rows = session.execute(
        select(AttemptItem.item_version_id, Attempt.state, func.count())
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(AttemptItem.item_id == item_id)
        .group_by(AttemptItem.item_version_id, Attempt.state)
    )
    counts = {(version_id, state): count for version_id, state, count in rows}
    versions = session.scalars(select(ItemVersion).where(ItemVersion.item_id == item_id).order_by(ItemVersion.number.desc()))
    return [Use(v, counts.get((v.id, "closed"), 0), counts.get((v.id, "open"), 0)) for v in versions]


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Attempts that were running while a regrade was committed, and were graded with the old key since."""

    item_id: str
    regrade_id: int
    attempts: int


def left_over(session: Session) -> list[LeftOver]:
    """Answers to versions that were regraded, first graded after the newest regrade of their version; by item."""
    newest = (
        select(RegradeVersion.version_id, func.max(RegradeEvent.regrade_id).label("regrade_id"))
        .join(RegradeEvent, (RegradeEvent.regrade_id == RegradeVersion.regrade_id) & (RegradeEvent.kind == "committed"))
        .group_by(RegradeVersion.version_id)
        .subquery()
    )
    rows = session.execute(
        select(Regrade.item_id, Regrade.id, func.count())
        .join(newest, newest.c.regrade_id == Regrade.id)
        .join(RegradeEvent, RegradeEvent.regrade_id == Regrade.id)
        .join(AttemptItem, (AttemptItem.item_version_id == newest.c.version_id) & (AttemptItem.item_id == Regrade.item_id))
        .join(Grade, (Grade.attempt_id == AttemptItem.attempt_id) & (Grade.run == 1))
        .where(Grade.graded_at > RegradeEvent.at)
        .group_by(Regrade.item_id, Regrade.id)
        .order_by(Regrade.item_id, Regrade.id)
    )
    return [LeftOver(*row) for row in rows]


def items_sat_now(session: Session, person_id: int) -> frozenset[str]:
    """The items in a person's running attempts: their keys, and what others say of them, stay closed until they are handed in."""
    query = (
        select(AttemptItem.item_id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(Attempt.person_id == person_id, Attempt.state == "open")
    )
    return frozenset(session.scalars(query))


def versions_among(session: Session, version_ids: Collection[int]) -> list[ItemVersion]:
    """Some versions by number."""
    return list(session.scalars(select(ItemVersion).where(ItemVersion.id.in_(version_ids)).order_by(ItemVersion.number)))
