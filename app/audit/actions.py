"""Write the trail: every act adds one link to its stream, in the act's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent, StreamHead
from app.domain.canonical import canonical_bytes
from app.domain.chain import GENESIS, link
from app.domain.permissions import Actor


def hold_stream(session: Session, stream: str) -> None:
    """Let nobody else act on a stream until this transaction ends: for acts that first look, then write."""
    session.execute(select(StreamHead.stream).where(StreamHead.stream == stream).with_for_update())


def record(session: Session, *, stream: str, act: str, actor: Actor, now: datetime, facts: Mapping[str, object]) -> AuditEvent:
    """Append one event to `stream`; `facts` hold ids, words of closed lists and digests, never personal text."""
    head = session.execute(select(StreamHead).where(StreamHead.stream == stream).with_for_update()).scalar_one_or_none()
    if head is None:
        head = StreamHead(stream=stream, seq=0, sha256=GENESIS)
        session.add(head)
    body = {
        "act": act,
        "actor_id": actor.id,
        "actor_name": actor.printed_name,
        "at": now.isoformat(),
        "facts": dict(facts),
        "seq": head.seq + 1,
        "stream": stream,
    }
    payload = canonical_bytes(body)
    event = AuditEvent(
        stream=stream,
        seq=head.seq + 1,
        at=now,
        act=act,
        actor_id=actor.id,
        actor_name=actor.printed_name,
        payload=payload.decode(),
        previous_sha256=head.sha256,
        sha256=link(head.sha256, payload),
    )
    session.add(event)
    head.seq, head.sha256 = event.seq, event.sha256
    session.flush()
    return event
