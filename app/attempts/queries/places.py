"""Read the places of a form: the question as its candidate may see it, and what was last saved there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.attempts.models import (
    AttemptItem,
    ResponseRevision,
)
from app.bank.models import ItemVersion
from app.bank.queries import parse_stored
from app.domain.items import ItemContent, Presentation, Variant, presentation, wire_answer


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a form as its candidate may see it: the question, and what was last saved there."""

    position: int
    shown: Presentation
    seq: int
    answer: Any
    struck: tuple[str, ...]
    flagged: bool
    certainty: str | None
    saved_at: datetime | None

    @property
    def answered(self) -> bool:
        """Whether an answer is saved here."""
        return self.answer is not None


@dataclass(frozen=True, slots=True)
class KeyedPlace:
    """One place with its full content, key included: for wire conversion and grading, never handed to a template."""

    place: Place
    content: ItemContent
    variant: Variant
    version_id: int


def keyed_places(session: Session, attempt_id: int) -> list[KeyedPlace]:
    """Every place of a form in order, with its newest counting answer."""
    rows = session.execute(
        select(AttemptItem.position, AttemptItem.variant, ItemVersion.id, ItemVersion.content)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .where(AttemptItem.attempt_id == attempt_id)
        .order_by(AttemptItem.position)
    ).all()
    saved = _newest_revisions(session, attempt_id)
    return [_place(*row, saved.get(row[0])) for row in rows]


def _newest_revisions(session: Session, attempt_id: int) -> dict[int, Any]:
    newest = (
        select(func.max(ResponseRevision.id))
        .where(ResponseRevision.attempt_id == attempt_id, ResponseRevision.kept == "current")
        .group_by(ResponseRevision.position)
    )
    rows = session.execute(
        select(
            ResponseRevision.position,
            ResponseRevision.seq,
            ResponseRevision.payload,
            ResponseRevision.certainty,
            ResponseRevision.received_at,
        ).where(ResponseRevision.id.in_(newest))
    )
    return {row.position: row for row in rows}


def _place(position: int, variant_text: str, version_id: int, content_text: str, row: Any) -> KeyedPlace:
    content, variant = parse_stored(content_text), Variant.from_json(json.loads(variant_text))
    body = json.loads(row.payload) if row is not None else {"answer": None, "struck": [], "flag": False}
    place = Place(
        position=position,
        shown=presentation(content, variant, body["answer"]),
        seq=row.seq if row is not None else 0,
        answer=body["answer"],
        struck=tuple(variant.key_of(option) for option in body["struck"]),
        flagged=body["flag"],
        certainty=row.certainty if row is not None else None,
        saved_at=row.received_at if row is not None else None,
    )
    return KeyedPlace(place, content, variant, version_id)


def wire_of(keyed: KeyedPlace) -> dict[str, Any]:
    """The saved answer of a place in display keys, for showing it again."""
    return wire_answer(keyed.content, keyed.variant, keyed.place.answer)
