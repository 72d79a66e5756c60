"""Random changes behind the program's back are found, each of them: by the chains alone, or against a checkpoint kept elsewhere."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from app.audit.actions import make_checkpoint
from app.audit.models import AuditEvent, StreamHead
from app.audit.queries import verify
from app.database import app_metadata, db
from app.domain.chain import link
from app.domain.errors import InvalidInput
from app.domain.permissions import SYSTEM
from app.formats.checkpoint_file import Checkpoint, read_checkpoint, write_checkpoint
from tests.clearances.builders import Clinic
from tests.clearances.test_trail import disarm

TAMPERINGS = int(os.environ.get("DEEP_TAMPERINGS", "60"))
SEED = os.environ.get("DEEP_SEED", "1")
EVENTS, HEADS = app_metadata.tables[AuditEvent.__tablename__], app_metadata.tables[StreamHead.__tablename__]


@dataclass
class Hand:
    """Somebody with the database's password, in one transaction that is rolled back."""

    session: Any
    rng: random.Random
    events: list[Any]

    def one(self) -> Any:
        return self.rng.choice(self.events)

    def set(self, event: Any, **values: Any) -> None:
        self.session.execute(update(EVENTS).where(EVENTS.c.id == event.id).values(**values))

    def drop(self, *events: Any) -> None:
        self.session.execute(delete(EVENTS).where(EVENTS.c.id.in_([e.id for e in events])))

    def after(self, event: Any) -> list[Any]:
        """This event and those that follow it in its stream."""
        return [e for e in self.events if e.stream == event.stream and e.seq >= event.seq]

    def head(self, stream: str, seq: int, sha256: str) -> None:
        self.session.execute(update(HEADS).where(HEADS.c.stream == stream).values(seq=seq, sha256=sha256))

    def edit_bytes(self) -> None:
        event = self.one()
        at = self.rng.randrange(len(event.payload))
        other = self.rng.choice([c for c in "abc019 {}" if c != event.payload[at]])
        self.set(event, payload=event.payload[:at] + other + event.payload[at + 1 :])

    def edit_column(self) -> None:
        event, name = self.one(), self.rng.choice(["act", "actor_id", "actor_name", "sha256", "previous_sha256"])
        was = getattr(event, name)
        self.set(event, **{name: (was or 0) + 1 if name == "actor_id" else f"{was[:-1]}{'x' if was[-1:] != 'x' else 'y'}"})

    def delete_some(self) -> None:
        self.drop(*self.rng.sample(self.events, self.rng.randrange(1, 5)))

    def swap(self) -> None:
        event = self.one()
        others = [e for e in self.events if e.stream == event.stream and e.seq != event.seq]
        if not others:
            self.drop(event)
            return
        other = self.rng.choice(others)
        self.set(event, seq=10**6)
        self.set(other, seq=event.seq)
        self.set(event, seq=other.seq)

    def move(self) -> None:
        self.set(self.one(), stream=f"person:{10**6}")

    def forge(self) -> None:
        """An event more, rightly chained, whose head nobody moved."""
        event = self.after(self.one())[-1]
        payload = event.payload.replace(f'"seq":{event.seq}', f'"seq":{event.seq + 1}')
        row = {c.name: getattr(event, c.name) for c in EVENTS.columns if c.name != "id"}
        row |= {
            "seq": event.seq + 1,
            "payload": payload,
            "previous_sha256": event.sha256,
            "sha256": link(event.sha256, payload.encode()),
        }
        self.session.execute(insert(EVENTS).values(**row))

    def cut_tail(self) -> None:
        """The last events of a stream, with the head moved back so that the chain alone fits."""
        gone = self.after(self.one())
        self.drop(*gone)
        if gone[0].seq == 1:
            self.session.execute(delete(HEADS).where(HEADS.c.stream == gone[0].stream))
        else:
            self.head(gone[0].stream, gone[0].seq - 1, gone[0].previous_sha256)

    def rewrite(self) -> None:
        """Another actor in one event, every later link derived again, and the head with them."""
        first, *later = self.after(self.one())
        payload = first.payload.replace(f'"actor_name":"{first.actor_name}"', '"actor_name":"Somebody Else"')
        sha256 = link(first.previous_sha256, payload.encode())
        self.set(first, payload=payload, actor_name="Somebody Else", sha256=sha256)
        for event in later:
            previous, sha256 = sha256, link(sha256, event.payload.encode())
            self.set(event, previous_sha256=previous, sha256=sha256)
        self.head(first.stream, (later or [first])[-1].seq, sha256)


OPEN: dict[str, Callable[[Hand], None]] = {
    "edit bytes": Hand.edit_bytes, "edit column": Hand.edit_column, "delete": Hand.delete_some, "reorder": Hand.swap,
    "move": Hand.move, "forge": Hand.forge,
}  # fmt: skip
"""What the chains alone betray."""
HIDDEN: dict[str, Callable[[Hand], None]] = {"cut tail": Hand.cut_tail, "rewrite": Hand.rewrite}
"""What fits in itself, and is found against a checkpoint."""


def test_every_random_tampering_is_found(clinic: Clinic) -> None:
    clinic.granted()
    with clinic.act() as session:
        checkpoint = make_checkpoint(session, actor=SYSTEM, now=clinic.clock.at)
    disarm(clinic)
    done: Counter[str] = Counter()
    with clinic.app.app_context():
        events = list(db.session.execute(select(EVENTS)))
        covered = [e for e in events if e.seq <= checkpoint.heads.get(e.stream, (0, ""))[0]]
        assert verify(db.session, checkpoint).clean
        for number in range(TAMPERINGS):
            rng = random.Random(f"{SEED}-{number}")
            name = rng.choice(sorted(OPEN | HIDDEN))
            (OPEN | HIDDEN)[name](Hand(db.session, rng, covered))
            found, alone = verify(db.session, checkpoint), verify(db.session)
            db.session.rollback()
            assert not found.clean, f"{SEED}-{number}: {name} was not found"
            assert name in HIDDEN or not alone.clean, f"{SEED}-{number}: {name} was not found by the chains alone"
            done[name] += 1
        assert verify(db.session, checkpoint).clean
    assert len(done) == len(OPEN | HIDDEN), done


def test_a_checkpoint_is_written_and_verified_against_by_commands(clinic: Clinic, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.json"
    made = clinic.command("audit", "checkpoint", "--out", str(path))
    assert (made.exit_code, clinic.count("audit_event WHERE act = 'trail.checkpoint'")) == (0, 1), made.output
    clinic.granted()  # what came after it is no fault
    assert clinic.command("audit", "verify", "--checkpoint", str(path)).exit_code == 0
    disarm(clinic)
    with clinic.act() as session:
        stream = f"person:{clinic.ids['beginner']}"
        session.execute(delete(EVENTS).where(EVENTS.c.stream == stream))
        session.execute(delete(HEADS).where(HEADS.c.stream == stream))
    assert clinic.command("audit", "verify").exit_code == 0  # the chains alone cannot know
    found = clinic.command("audit", "verify", "--checkpoint", str(path))
    assert (found.exit_code, "the tail was cut" in found.output) == (1, True)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"nothing", b"\xff", b'{"heads": {"a": 1}, "made_at": "x"}', b"[" * 100_000])
def test_what_is_no_checkpoint_is_refused_with_words(raw: bytes, clinic_of_module: Clinic, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no checkpoint"):
        read_checkpoint(raw)
    path = tmp_path / "wrong.json"
    path.write_bytes(raw)
    found = clinic_of_module.command("audit", "verify", "--checkpoint", str(path))
    assert (found.exit_code, "no checkpoint" in found.output) == (1, True)


def test_a_checkpoint_with_another_byte_is_refused(clinic_of_module: Clinic) -> None:
    raw = write_checkpoint(Checkpoint(clinic_of_module.clock.at, {"person:1": (3, "a" * 64)}))
    assert read_checkpoint(raw).heads == {"person:1": (3, "a" * 64)}
    with pytest.raises(InvalidInput):
        read_checkpoint(raw.replace(b"3", b"2"))


def test_a_checkpoint_file_that_is_not_there_is_said(clinic_of_module: Clinic, tmp_path: Path) -> None:
    found = clinic_of_module.command("audit", "verify", "--checkpoint", str(tmp_path / "none.json"))
    assert (found.exit_code, "cannot be read" in found.output) == (1, True)
