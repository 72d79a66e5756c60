"""Read the trail and derive its chains again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent, StreamHead
from app.domain.chain import GENESIS, link


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


def verify(session: Session) -> Verdict:
    """Derive every chain again from the stored bytes and compare columns, order and heads with them."""
    faults: list[str] = []
    last: dict[str, tuple[int, str]] = {}
    events = 0
    for event in session.scalars(select(AuditEvent).order_by(AuditEvent.stream, AuditEvent.seq)).yield_per(1000):
        events += 1
        seq, sha256 = last.get(event.stream, (0, GENESIS))
        faults.extend(_faults_of(event, seq, sha256))
        last[event.stream] = (event.seq, event.sha256)
    faults.extend(_head_faults(session, last))
    return Verdict(events, len(last), tuple(faults))


def _faults_of(event: AuditEvent, seq: int, sha256: str) -> Iterator[str]:
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
    columns = {
        "act": event.act,
        "actor_id": event.actor_id,
        "actor_name": event.actor_name,
        "at": event.at.isoformat(),
        "seq": event.seq,
        "stream": event.stream,
    }
    for name, value in columns.items():
        if body.get(name) != value:
            yield f"{where}: column {name} differs from the signed bytes"


def _head_faults(session: Session, last: dict[str, tuple[int, str]]) -> Iterator[str]:
    heads = {h.stream: (h.seq, h.sha256) for h in session.scalars(select(StreamHead))}
    for stream in sorted(heads.keys() | last.keys()):
        if heads.get(stream) != last.get(stream):
            yield f"stream {stream}: its head does not fit its last event; the tail was cut or the head was changed"


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
