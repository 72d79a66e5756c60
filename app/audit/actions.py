"""Write the trail: every act adds one link to its stream, in the act's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
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
    event = AuditEvent(**_next_event(head, act, actor, now, facts))
    session.add(event)
    head.seq, head.sha256 = event.seq, event.sha256
    session.flush()
    return event


def record_many(
    session: Session, *, facts_by_stream: Mapping[str, Mapping[str, object]], act: str, actor: Actor, now: datetime
) -> None:
    """Append the same act to many streams, one event each, in a number of statements that does not grow with them."""
    streams = sorted(facts_by_stream)  # one order for everybody, so that two such acts cannot wait for each other
    query = select(StreamHead).where(StreamHead.stream.in_(streams)).order_by(StreamHead.stream).with_for_update()
    heads = {head.stream: head for head in session.scalars(query)}
    new = {name: StreamHead(stream=name, seq=0, sha256=GENESIS) for name in streams if name not in heads}
    session.add_all(new.values())
    heads |= new
    rows = [_next_event(heads[name], act, actor, now, facts_by_stream[name]) for name in streams]
    for row in rows:
        heads[row["stream"]].seq, heads[row["stream"]].sha256 = row["seq"], row["sha256"]
    session.flush()
    session.execute(insert(AuditEvent), rows)


def _next_event(head: StreamHead, act: str, actor: Actor, now: datetime, facts: Mapping[str, object]) -> dict[str, Any]:
    """The columns of the event that follows a head."""
    body = {
        "act": act,
        "actor_id": actor.id,
        "actor_name": actor.printed_name,
        "at": now.isoformat(),
        "facts": dict(facts),
        "seq": head.seq + 1,
        "stream": head.stream,
    }
    payload = canonical_bytes(body)
    return {
        "stream": head.stream, "seq": head.seq + 1, "at": now, "act": act, "actor_id": actor.id, "actor_name": actor.printed_name,
        "payload": payload.decode(), "previous_sha256": head.sha256, "sha256": link(head.sha256, payload),
    }  # fmt: skip
