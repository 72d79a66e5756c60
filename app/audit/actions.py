"""Write the trail: every act adds one link to its stream, in the act's own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent, StreamHead
from app.database import table_of
from app.domain.canonical import canonical_bytes
from app.domain.chain import GENESIS, link
from app.domain.permissions import Actor
from app.formats.checkpoint_file import Checkpoint

# Built once, on tables: every act of the product writes here.
_HEADS, _EVENTS = (table_of(model) for model in (StreamHead, AuditEvent))
_HOLD = select(_HEADS).where(_HEADS.c.stream == bindparam("stream")).with_for_update()
_HOLD_MANY = (
    select(_HEADS).where(_HEADS.c.stream.in_(bindparam("streams", expanding=True))).order_by(_HEADS.c.stream).with_for_update()
)
_NEW_HEAD, _APPEND = insert(_HEADS), insert(_EVENTS)
_MOVE_HEAD = update(_HEADS).where(_HEADS.c.stream == bindparam("of")).values(seq=bindparam("to_seq"), sha256=bindparam("to_sha256"))


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a stream ends."""

    stream: str
    seq: int
    sha256: str


def hold_stream(session: Session, stream: str) -> None:
    """Let nobody else act on a stream until this transaction ends: for acts that first look, then write."""
    session.execute(_HOLD, {"stream": stream})


def record(session: Session, *, stream: str, act: str, actor: Actor, now: datetime, facts: Mapping[str, object]) -> None:
    """Append one event to `stream`; `facts` hold ids, words of closed lists and digests, never personal text."""
    found = session.execute(_HOLD, {"stream": stream}).one_or_none()
    head = _Head(stream, 0, GENESIS) if found is None else _Head(stream, found.seq, found.sha256)
    _append(session, [_next_event(head, act, actor, now, facts)], new={stream} if found is None else set())


@dataclass(frozen=True, slots=True)
class Event:
    """One event that is to be appended."""

    stream: str
    act: str
    actor: Actor
    facts: Mapping[str, object]


def record_many(
    session: Session, *, facts_by_stream: Mapping[str, Mapping[str, object]], act: str, actor: Actor, now: datetime
) -> None:
    """Append the same act to many streams, one event each."""
    record_all(session, [Event(name, act, actor, facts) for name, facts in facts_by_stream.items()], now=now)


def record_all(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """Append one event to each of several different streams, in a number of statements that does not grow with them.

    Raises ValueError where two events name one stream: their order would be a guess.
    """
    ordered = sorted(events, key=lambda e: e.stream)  # one order for everybody, so that two such acts cannot wait for each other
    streams = [e.stream for e in ordered]
    if len(set(streams)) < len(streams):
        raise ValueError("two events of one stream cannot be appended together: one head follows the other")
    heads = {h.stream: _Head(h.stream, h.seq, h.sha256) for h in session.execute(_HOLD_MANY, {"streams": streams})}
    new = {name for name in streams if name not in heads}
    heads |= {name: _Head(name, 0, GENESIS) for name in new}
    _append(session, [_next_event(heads[e.stream], e.act, e.actor, now, e.facts) for e in ordered], new=new)


def _append(session: Session, rows: Sequence[dict[str, Any]], *, new: Set[str]) -> None:
    """Write events after everything that they may name, and where each stream ends now."""
    session.flush()
    session.execute(_APPEND, rows)
    begun = [{"stream": r["stream"], "seq": r["seq"], "sha256": r["sha256"]} for r in rows if r["stream"] in new]
    moved = [{"of": r["stream"], "to_seq": r["seq"], "to_sha256": r["sha256"]} for r in rows if r["stream"] not in new]
    if begun:
        session.execute(_NEW_HEAD, begun)
    if moved:
        session.execute(_MOVE_HEAD, moved)


def _next_event(head: _Head, act: str, actor: Actor, now: datetime, facts: Mapping[str, object]) -> dict[str, Any]:
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


def make_checkpoint(session: Session, *, actor: Actor, now: datetime) -> Checkpoint:
    """Note the head of every stream, and that it was noted; the file belongs where the installation's own hands do not reach."""
    hold_stream(session, "trail")
    rows = session.execute(select(_HEADS))
    checkpoint = Checkpoint(now, {row.stream: (row.seq, row.sha256) for row in rows})
    facts = {"events": checkpoint.events, "sha256": checkpoint.sha256, "streams": len(checkpoint.heads)}
    record(session, stream="trail", act="trail.checkpoint", actor=actor, now=now, facts=facts)
    return checkpoint
