"""The stored preview of a regrade: its digest, its counts, and its lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.canonical import canonical_bytes
from app.domain.chain import GENESIS, link
from app.regrades.models import RegradeEffect, RegradeMove, RegradePreview
from app.regrades.queries.effects import Effect
from app.regrades.queries.proposals import Proposal
from app.regrades.queries.scoring import fingerprint

AT_ONCE = 500


def preview_digest(session: Session, proposal: Proposal, touched: tuple[int, int], effects: Iterable[tuple[int, int, str]]) -> str:
    """What a preview says, as one digest: what is proposed, which grades it stands on, every move, every effect."""
    r = proposal.regrade
    head: dict[str, Any] = {
        "regrade": r.id, "item": r.item_id, "policy": r.policy, "from": [v.sha256 for v in proposal.versions],
        "to": r.to_version.sha256 if r.to_version is not None else None, "notice_days": r.notice_days, "touched": list(touched),
    }  # fmt: skip
    digest = link(GENESIS, canonical_bytes(head))
    for move in stored_moves(session, r.id):
        digest = link(digest, move.content.encode())
    for person_id, site_id, content in effects:
        digest = link(digest, canonical_bytes([person_id, site_id, content]))
    return digest


def stored_moves(session: Session, regrade_id: int) -> Iterator[RegradeMove]:
    """Every move of a preview in the order of the attempts, read in portions."""
    last = 0
    while True:
        query = select(RegradeMove).where(RegradeMove.regrade_id == regrade_id, RegradeMove.attempt_id > last)
        rows = session.scalars(query.order_by(RegradeMove.attempt_id).limit(AT_ONCE)).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].attempt_id


def stored_effects(session: Session, regrade_id: int) -> list[RegradeEffect]:
    """Every effect of a preview, by person and site."""
    query = select(RegradeEffect).where(RegradeEffect.regrade_id == regrade_id).options(joinedload(RegradeEffect.person))
    return list(session.scalars(query.order_by(RegradeEffect.person_id, RegradeEffect.site_id)))


def as_lines(effects: Sequence[Effect]) -> list[tuple[int, int, str]]:
    """Effects as the digest reads them."""
    return [(e.person_id, e.site_id, e.content) for e in effects]


def is_stale(session: Session, proposal: Proposal, preview: RegradePreview) -> bool:
    """Whether an attempt was closed or graded since the preview was begun."""
    return fingerprint(session, proposal.version_ids, proposal.regrade.item_id) != (preview.affected, preview.grade_sum)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many results would move, and how."""

    moved: int = 0
    gains: int = 0
    loses: int = 0
    appear: int = 0
    vanish: int = 0
    unreadable: int = 0
    quiet: int = 0
    """results that move and cross nothing"""

    @property
    def crossing(self) -> int:
        """Results across the standard or with other critical errors, and answers that cannot be read."""
        return self.moved + self.unreadable - self.quiet


def counts_of(session: Session, regrade_id: int) -> Counts:
    """Count the moves of a preview by what they are."""
    rows = session.execute(
        select(RegradeMove.crosses, RegradeMove.errors, RegradeMove.unreadable, func.count())
        .where(RegradeMove.regrade_id == regrade_id)
        .group_by(RegradeMove.crosses, RegradeMove.errors, RegradeMove.unreadable)
    ).all()

    def total(**wanted: object) -> int:
        return sum(r[3] for r in rows if all(getattr(r, key) == value for key, value in wanted.items()))

    return Counts(
        total(unreadable=False), total(crosses="gains"), total(crosses="loses"), total(errors="appear"),
        total(errors="vanish"), total(unreadable=True), total(crosses="", errors="", unreadable=False),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One move as a page shows it."""

    move: RegradeMove
    content: dict[str, Any]

    @property
    def before_percent(self) -> int:
        """The score before, rounded down."""
        return _percent(self.content["before"])

    @property
    def after_percent(self) -> int:
        """The score after, rounded down."""
        return _percent(self.content["after"])


def _percent(result: dict[str, Any]) -> int:
    num, den = result["points"]
    return int(num * 100 // (den * result["max_points"])) if result["max_points"] else 0


def crossing_lines(session: Session, regrade_id: int, *, offset: int, limit: int) -> list[Line]:
    """A page of the moves across the standard, of critical errors that appear or vanish, of answers that cannot be read.

    What cannot be read comes first, then whoever loses a pass.
    """
    query = _lines_query(regrade_id).where((RegradeMove.crosses != "") | (RegradeMove.errors != "") | RegradeMove.unreadable)
    order = (RegradeMove.unreadable.desc(), RegradeMove.crosses.desc(), RegradeMove.attempt_id)
    return _lines(session, query.order_by(*order).offset(offset).limit(limit))


def other_lines(session: Session, regrade_id: int, *, offset: int, limit: int) -> list[Line]:
    """A page of the moves that cross nothing."""
    query = _lines_query(regrade_id).where(RegradeMove.crosses == "", RegradeMove.errors == "", RegradeMove.unreadable.is_(False))
    return _lines(session, query.order_by(RegradeMove.attempt_id).offset(offset).limit(limit))


def _lines(session: Session, query: Any) -> list[Line]:
    return [Line(m, json.loads(m.content)) for m in session.scalars(query)]


def _lines_query(regrade_id: int) -> Any:
    whole = (joinedload(RegradeMove.person), joinedload(RegradeMove.attempt))
    return select(RegradeMove).where(RegradeMove.regrade_id == regrade_id).options(*whole)


def moved_people(session: Session, regrade_id: int) -> dict[int, bool]:
    """Everybody of whom a result would move, and whether one of them would become better."""
    query = select(RegradeMove.person_id, func.max(case((RegradeMove.better, 1), else_=0)))
    rows = session.execute(query.where(RegradeMove.regrade_id == regrade_id).group_by(RegradeMove.person_id))
    return {person_id: bool(better) for person_id, better in rows}
