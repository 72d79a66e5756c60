"""Read the trail and derive its chains again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, func, select, type_coerce
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent, StreamHead
from app.database import table_of
from app.domain.chain import GENESIS, link
from app.formats.checkpoint_file import Checkpoint


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: how much was read, and every fault in words."""

    events: int
    streams: int
    faults: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.faults


_EVENTS = table_of(AuditEvent)
_IN_ORDER = select(
    _EVENTS.c.stream, _EVENTS.c.seq, type_coerce(_EVENTS.c.at, DateTime(timezone=True)).label("at"), _EVENTS.c.act,
    _EVENTS.c.actor_id, _EVENTS.c.actor_name, _EVENTS.c.payload, _EVENTS.c.previous_sha256, _EVENTS.c.sha256,
).order_by(_EVENTS.c.stream, _EVENTS.c.seq)  # fmt: skip
AT_ONCE = 2000
"""How many events are held in memory."""
_BEFORE_ALL = (0, GENESIS)
_DECODE = json.JSONDecoder().raw_decode


def verify(session: Session, checkpoint: Checkpoint | None = None) -> Verdict:
    """Derive every chain again from the stored bytes and compare columns, order and heads with them.

    Against a checkpoint it also finds what was rewritten consistently, and a tail that was cut together with its head.
    """
    faults: list[str] = []
    last: dict[str, tuple[int, str]] = {}
    kept = dict(checkpoint.heads) if checkpoint is not None else {}
    events = 0
    for event in session.execute(_IN_ORDER, execution_options={"yield_per": AT_ONCE}):
        events += 1
        stream, seq, sha256 = event[0], event[1], event[8]
        before = last.get(stream, _BEFORE_ALL)
        if not _sound(event, before):
            faults.extend(_faults_of(event, *before))
        last[stream] = (seq, sha256)
        if stream in kept and kept[stream][0] == seq and kept.pop(stream)[1] != sha256:
            faults.append(f"stream {stream}, event {seq}: is not the one that the checkpoint holds; it was rewritten")
    faults.extend(_head_faults(session, last))
    faults.extend(f"stream {name}: event {seq} of the checkpoint is missing; the tail was cut" for name, (seq, _) in kept.items())
    return Verdict(events, len(last), tuple(faults))


def _sound(event: Any, before: tuple[int, str]) -> bool:
    """Whether nothing is wrong with an event, in one look; where this is in doubt, `_faults_of` says what."""
    stream, seq, at, act, actor_id, actor_name, payload, previous, sha256 = event
    if (seq - 1, previous) != before or link(previous, payload.encode()) != sha256:
        return False
    try:
        body, end = _DECODE(payload)
        said = (body["act"], body["actor_id"], body["actor_name"], body["at"], body["seq"], body["stream"])
    except (ValueError, KeyError, TypeError):
        return False
    return end == len(payload) and said == (act, actor_id, actor_name, _instant(at), seq, stream)


def _instant(at: datetime) -> str:
    """An instant as the signed bytes have it; one database gives it back without its zone, which is UTC."""
    return f"{at.isoformat()}+00:00" if at.tzinfo is None else at.astimezone(UTC).isoformat()


def _columns(event: Any) -> dict[str, object]:
    """What the columns say, as the signed bytes have it."""
    return {
        "act": event.act, "actor_id": event.actor_id, "actor_name": event.actor_name, "at": _instant(event.at),
        "seq": event.seq, "stream": event.stream,
    }  # fmt: skip


def _faults_of(event: Any, seq: int, sha256: str) -> Iterator[str]:
    where = f"stream {event.stream}, event {event.seq}"
    if event.seq != seq + 1:
        yield f"{where}: follows number {seq}; something is missing or out of order"
    if event.previous_sha256 != sha256:
        yield f"{where}: does not continue the event before it"
    if event.sha256 != link(event.previous_sha256, event.payload.encode()):
        yield f"{where}: the stored bytes do not have the stored digest"
    try:
        body = json.loads(event.payload)
    except ValueError:
        yield f"{where}: the stored bytes are no JSON"
        return
    if not isinstance(body, dict):
        yield f"{where}: the stored bytes are no event"
        return
    for name, value in _columns(event).items():
        if body.get(name, ...) != value:
            yield f"{where}: column {name} differs from the signed bytes"


def _head_faults(session: Session, last: dict[str, tuple[int, str]]) -> Iterator[str]:
    stored = heads(session)
    for stream in sorted(stored.keys() | last.keys()):
        if stored.get(stream) != last.get(stream):
            yield f"stream {stream}: its head does not fit its last event; the tail was cut or the head was changed"


def heads(session: Session) -> dict[str, tuple[int, str]]:
    """The last event of every stream."""
    return {h.stream: (h.seq, h.sha256) for h in session.scalars(select(StreamHead))}


def count_events(session: Session) -> int:
    """How many events the trail holds."""
    return session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def list_events(session: Session, *, act: str | None = None, before_id: int | None = None, limit: int = 50) -> list[AuditEvent]:
    """The newest events first, at most `limit`, optionally of one act or before one id."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)
    if act:
        query = query.where(AuditEvent.act == act)
    if before_id:
        query = query.where(AuditEvent.id < before_id)
    return list(session.scalars(query))


def list_acts(session: Session) -> list[str]:
    """The acts that occur in the trail, for the filter."""
    return list(session.scalars(select(AuditEvent.act).distinct().order_by(AuditEvent.act)))
