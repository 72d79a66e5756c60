"""A checkpoint of the trail as a file: the head of every chain, kept where the installation's own hands do not reach."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.canonical import canonical_bytes, digest
from app.domain.errors import InvalidInput

SCHEMA = "checkpoint/1"
WRONG = "This is no checkpoint of a trail. Use a file that `flask audit checkpoint` wrote, unchanged."


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Stream → (number, digest) of its last event at an instant."""

    made_at: datetime
    heads: Mapping[str, tuple[int, str]]

    def body(self) -> dict[str, Any]:
        """What is written and hashed."""
        return {
            "schema": SCHEMA, "made_at": self.made_at.isoformat(), "events": self.events,
            "heads": {stream: list(head) for stream, head in self.heads.items()},
        }  # fmt: skip

    @property
    def events(self) -> int:
        """How many events it covers."""
        return sum(seq for seq, _ in self.heads.values())

    @property
    def sha256(self) -> str:
        """The digest of its canonical bytes."""
        return digest(self.body())


def write_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Canonical JSON with a digest of itself."""
    return canonical_bytes({**checkpoint.body(), "sha256": checkpoint.sha256}) + b"\n"


def read_checkpoint(raw: bytes) -> Checkpoint:
    """Read a file; raises InvalidInput where it is none or was changed."""
    try:
        body = json.loads(raw)
        heads = {str(stream): (int(seq), str(sha256)) for stream, (seq, sha256) in body["heads"].items()}
        found = Checkpoint(datetime.fromisoformat(body["made_at"]), heads)
        unchanged = body == {**found.body(), "sha256": found.sha256}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidInput(WRONG) from None
    if not unchanged:
        raise InvalidInput(WRONG)
    return found
