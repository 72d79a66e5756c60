"""Read the places of a form: the question as its candidate may see it, and what was last saved there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.attempts.models import (
    AttemptItem,
    ResponseRevision,
)
from app.bank.models import ItemVersion
from app.bank.queries import parse_stored
from app.database import table_of
from app.domain.items import ItemContent, Presentation, Variant, presentation, wire_answer

# The two statements of every page of an attempt, built once.
_PLACES, _VERSIONS, _REVISIONS = (table_of(model) for model in (AttemptItem, ItemVersion, ResponseRevision))
_FORM = (
    select(_PLACES.c.position, _PLACES.c.variant, _VERSIONS.c.id, _VERSIONS.c.content)
    .join(_VERSIONS, _VERSIONS.c.id == _PLACES.c.item_version_id)
    .where(_PLACES.c.attempt_id == bindparam("attempt"))
    .order_by(_PLACES.c.position)
)
_NEWEST_IDS = (
    select(func.max(_REVISIONS.c.id))
    .where(_REVISIONS.c.attempt_id == bindparam("attempt"), _REVISIONS.c.kept == "current")
    .group_by(_REVISIONS.c.position)
)
_NEWEST = select(
    _REVISIONS.c.position, _REVISIONS.c.seq, _REVISIONS.c.payload, _REVISIONS.c.certainty, _REVISIONS.c.received_at
).where(_REVISIONS.c.id.in_(_NEWEST_IDS))  # fmt: skip


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
    rows = session.execute(_FORM, {"attempt": attempt_id}).all()
    saved = {row.position: row for row in session.execute(_NEWEST, {"attempt": attempt_id})}
    return [_place(*row, saved.get(row[0])) for row in rows]


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
