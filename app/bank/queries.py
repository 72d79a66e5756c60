"""Read items, their versions, drafts and clinical reviews."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, joinedload

from app.bank.models import ClinicalReview, Item, ItemChange, ItemDraft, ItemVersion, SceneVersion
from app.catalogue.models import CatalogueVersion
from app.database import table_of
from app.domain.errors import NotFound
from app.domain.items import Hotspot, ItemContent, NeedlePlacement, parse_item
from app.domain.scenes import Scene, parse_scene


@lru_cache(maxsize=4096)
def parse_stored(content: str) -> ItemContent:
    """The typed content of a stored version; a stored text never changes, so the answer is kept."""
    return parse_item(json.loads(content))


@dataclass(frozen=True, slots=True)
class PoolVersion:
    """A published version that an exam may draw, with its typed content."""

    version_id: int
    content: ItemContent
    reviewed: bool


def get_item(session: Session, item_id: str) -> Item:
    """One item; raises NotFound."""
    item = session.get(Item, item_id)
    if item is None:
        raise NotFound("There is no such item.")
    return item


def get_version(session: Session, version_id: int) -> ItemVersion:
    """One version; raises NotFound."""
    version = session.get(ItemVersion, version_id)
    if version is None:
        raise NotFound("There is no such version.")
    return version


def list_items(session: Session) -> list[Item]:
    """All items with their current versions, by id."""
    return list(session.scalars(select(Item).options(joinedload(Item.current_version)).order_by(Item.id)))


def list_versions(session: Session, item_id: str) -> list[ItemVersion]:
    """All versions of an item, the newest first."""
    query = select(ItemVersion).where(ItemVersion.item_id == item_id).order_by(ItemVersion.number.desc())
    return list(session.scalars(query))


def list_changes(session: Session, item_id: str) -> list[ItemChange]:
    """What happened to an item, the newest first."""
    return list(session.scalars(select(ItemChange).where(ItemChange.item_id == item_id).order_by(ItemChange.id.desc())))


def find_open_draft(session: Session, item_id: str) -> ItemDraft | None:
    """The draft that is being worked on, if any."""
    return session.scalar(select(ItemDraft).where(ItemDraft.item_id == item_id, ItemDraft.closed_at.is_(None)))


def list_open_drafts(session: Session) -> list[ItemDraft]:
    """All drafts that are being worked on, the oldest first."""
    return list(session.scalars(select(ItemDraft).where(ItemDraft.closed_at.is_(None)).order_by(ItemDraft.id)))


def last_version(session: Session, item_id: str, origin: str | None = None) -> ItemVersion | None:
    """The newest version of an item, of one origin or of any."""
    query = select(ItemVersion).where(ItemVersion.item_id == item_id).order_by(ItemVersion.number.desc()).limit(1)
    return session.scalar(query if origin is None else query.where(ItemVersion.origin == origin))


def accepted_version_ids(session: Session, on: date) -> frozenset[int]:
    """Versions whose newest clinical review is an acceptance that still holds on a day."""
    newest = select(func.max(ClinicalReview.id)).group_by(ClinicalReview.version_id)
    rows = session.execute(
        select(ClinicalReview.version_id).where(
            ClinicalReview.id.in_(newest), ClinicalReview.verdict == "accept", ClinicalReview.review_by >= on
        )
    )
    return frozenset(rows.scalars())


def published_pool(session: Session, on: date, pool: str = "exam") -> list[PoolVersion]:
    """Every published version of a pool, by item id, with whether a clinician's acceptance of it holds."""
    accepted = accepted_version_ids(session, on)
    return [PoolVersion(number, content, number in accepted) for number, content in published_contents(session, pool).items()]


def published_contents(session: Session, pool: str) -> dict[int, ItemContent]:
    """The published versions of a pool with their typed contents, by item id; whether anybody accepted them is not asked."""
    rows = session.execute(
        select(ItemVersion.id, ItemVersion.content)
        .join(Item, Item.current_version_id == ItemVersion.id)
        .where(Item.state == "published", ItemVersion.pool == pool)
        .order_by(Item.id)
    )
    return {version_id: parse_stored(content) for version_id, content in rows}


def bank_marks() -> list[ScalarSelect[int]]:
    """Numbers that change with everything a pool depends on: newest change of an item, newest review, newest catalogue."""
    tables = (table_of(model) for model in (ItemChange, ClinicalReview, CatalogueVersion))
    return [select(func.coalesce(func.max(table.c.id), 0)).scalar_subquery() for table in tables]


def contents(session: Session, version_ids: Collection[int]) -> dict[int, ItemContent]:
    """The typed contents (keys included) of some versions; for grading and for the desk, never for a candidate's page."""
    rows = session.execute(select(ItemVersion.id, ItemVersion.content).where(ItemVersion.id.in_(version_ids)))
    return {version_id: parse_stored(content) for version_id, content in rows}


def newer_rules(session: Session, version_ids: Collection[int]) -> dict[str, str]:
    """The safe-needle rule of every item among some versions that has another version in force now, by item id."""
    among = select(ItemVersion.item_id).where(ItemVersion.id.in_(version_ids))
    rows = session.execute(
        select(Item.id, ItemVersion.content)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(Item.id.in_(among), Item.state == "published", Item.current_version_id.not_in(version_ids))
    )
    return {item_id: parse_stored(content).safe_needle_rule for item_id, content in rows}


@lru_cache(maxsize=256)
def _parse_stored_scene(content: str) -> Scene:
    return parse_scene(json.loads(content))


def current_scenes(session: Session) -> dict[str, Scene]:
    """The newest version of every scene, by id."""
    newest = select(func.max(SceneVersion.id)).group_by(SceneVersion.scene_id)
    rows = session.execute(select(SceneVersion.scene_id, SceneVersion.content).where(SceneVersion.id.in_(newest)))
    return {scene_id: _parse_stored_scene(content) for scene_id, content in sorted(tuple(row) for row in rows)}


def get_scene(session: Session, scene_id: str) -> Scene:
    """The newest version of one scene; raises NotFound."""
    query = select(SceneVersion.content).where(SceneVersion.scene_id == scene_id).order_by(SceneVersion.number.desc()).limit(1)
    content = session.scalar(query)
    if content is None:
        raise NotFound("There is no such scene.")
    return _parse_stored_scene(content)


def scene_usage(session: Session) -> dict[str, list[str]]:
    """The ids of the published items that show each scene, by scene."""
    used: dict[str, list[str]] = {}
    for version in (*published_pool(session, date.min), *published_pool(session, date.min, "practice")):
        if isinstance(version.content, Hotspot | NeedlePlacement):
            used.setdefault(version.content.scene.id, []).append(version.content.id)
    return used


def reviews_of(session: Session, version_id: int) -> list[ClinicalReview]:
    """The clinical reviews of a version, the newest first."""
    query = (
        select(ClinicalReview)
        .where(ClinicalReview.version_id == version_id)
        .options(joinedload(ClinicalReview.reviewer))
        .order_by(ClinicalReview.id.desc())
    )
    return list(session.scalars(query))
