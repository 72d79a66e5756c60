"""Publish item versions: from files, and from the desk."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import record
from app.bank.models import Item, ItemChange, ItemDraft, ItemVersion, SceneVersion
from app.bank.queries import find_open_draft, last_version
from app.domain.canonical import canonical_bytes, digest
from app.domain.items import ItemContent, item_json, without_scene
from app.domain.permissions import Actor
from app.domain.scenes import Scene, scene_json


@dataclass(slots=True)
class LoadReport:
    """What a load did to each item, by id."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def load_items(session: Session, items: Iterable[ItemContent], *, actor: Actor, now: datetime) -> LoadReport:
    """Bring the files' items in: unchanged → nothing, changed → a version, changed under a later desk version → a conflict."""
    report = LoadReport()
    for content in items:
        body = item_json(content)
        newest, newest_file = last_version(session, content.id), last_version(session, content.id, "file")
        if newest_file is not None and newest_file.sha256 == digest(body):
            report.unchanged.append(content.id)
        elif newest is not None and newest.origin != "file":
            _keep_conflict(session, content, newest, now)
            report.conflicts.append(content.id)
        else:
            (report.changed if newest else report.added).append(content.id)
            publish_version(session, content, origin="file", author_id=None, reason="from the bank's files", actor=actor, now=now)
    return report


def load_scenes(session: Session, scenes: Iterable[Scene], *, actor: Actor, now: datetime) -> list[str]:
    """Keep each scene that is new or has changed as its next version; the ids of those."""
    new = []
    for scene in scenes:
        body = scene_json(scene)
        sha256 = digest(body)
        newest = session.scalar(
            select(SceneVersion).where(SceneVersion.scene_id == scene.id).order_by(SceneVersion.number.desc()).limit(1)
        )
        if newest is not None and newest.sha256 == sha256:
            continue
        number = newest.number + 1 if newest is not None else 1
        text = canonical_bytes(body).decode()
        session.add(SceneVersion(scene_id=scene.id, number=number, content=text, sha256=sha256, loaded_at=now))
        session.flush()
        facts = {"scene": scene.id, "number": number, "sha256": sha256}
        record(session, stream="bank", act="scene.loaded", actor=actor, now=now, facts=facts)
        new.append(scene.id)
    return new


def _keep_conflict(session: Session, content: ItemContent, newest: ItemVersion, now: datetime) -> None:
    """Set the file's text beside the desk's as a draft; nothing is published over somebody's edit."""
    if find_open_draft(session, content.id) is not None:
        return
    words = (
        f"The file changed after version {newest.number} was edited at the desk. Compare both, then publish or discard this draft."
    )
    session.add(
        ItemDraft(
            item_id=content.id,
            based_on_version_id=newest.id,
            content=canonical_bytes(without_scene(item_json(content))).decode(),
            state="conflict",
            note=words,
            created_at=now,
            updated_at=now,
        )
    )
    session.flush()


def publish_version(
    session: Session,
    content: ItemContent,
    *,
    origin: str,
    author_id: int | None,
    reason: str,
    actor: Actor,
    now: datetime,
    editor_ids: Collection[int] = (),
) -> ItemVersion:
    """Add the next immutable version of an item and make it the current one."""
    body = item_json(content)
    item = session.get(Item, content.id)
    if item is None:
        item = Item(id=content.id, created_at=now)
        session.add(item)
        session.flush()
    before = last_version(session, content.id)
    version = ItemVersion(
        item_id=content.id,
        number=(before.number if before else 0) + 1,
        type=content.type,
        domain=content.domain,
        topic=content.topic,
        pool=content.pool,
        critical=content.critical,
        content=canonical_bytes(body).decode(),
        sha256=digest(body),
        origin=origin,
        author_id=author_id,
        editor_ids=json.dumps(sorted(editor_ids)),
        published_at=now,
    )
    session.add(version)
    session.flush()
    set_state(session, item, version_id=version.id, state="published", reason=reason, actor=actor, now=now)
    return version


def set_state(
    session: Session, item: Item, *, version_id: int | None, state: str, reason: str, actor: Actor, now: datetime
) -> None:
    """Record a change of an item's state and let the item's row repeat it."""
    item.state = state
    item.current_version_id = version_id if version_id is not None else item.current_version_id
    change = ItemChange(item_id=item.id, version_id=item.current_version_id, state=state, reason=reason, by_id=actor.id, at=now)
    session.add(change)
    session.flush()
    facts = {"item": item.id, "version": item.current_version_id, "state": state}
    record(session, stream=f"item:{item.id}", act=f"item.{state}", actor=actor, now=now, facts=facts)
