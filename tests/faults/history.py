"""The client's journal and the database's rows, side by side: plain SQL and a few lines of its own, nothing of the app's code."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

Row = Mapping[str, Any]
GENESIS = "0" * 64
GRACE = timedelta(seconds=10)
TABLES = ("attempt", "attempt_item", "response_revision", "grade", "graded_item", "audit_event", "stream_head")


def read_tables(connection: Any) -> dict[str, list[dict[str, Any]]]:
    """Every row that the checker looks at, by a DB-API connection of its own."""
    found = {}
    for table in TABLES:
        cursor = connection.cursor()
        cursor.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        cursor.close()
    return found


def canonical(value: object) -> str:
    """JSON in the one form that is digested."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def instant(value: Any) -> datetime:
    """An instant as either database gives it."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class Story:
    """The journal and the rows, each where it is looked for."""

    def __init__(self, journal: Sequence[Row], tables: Mapping[str, Sequence[Row]]) -> None:
        self.sends = {entry["send"]: entry for entry in journal if "send" in entry}
        self.acks = [entry for entry in journal if "ack" in entry and entry["ack"] in self.sends]
        self.instants = sorted(instant(entry["at"]) for entry in journal if "send" in entry)
        self.attempts = {row["id"]: row for row in tables["attempt"]}
        self.revisions = grouped(tables["response_revision"], "attempt_id", "number")
        self.places = grouped(tables["attempt_item"], "attempt_id", "position")
        self.grades = grouped(tables["grade"], "attempt_id", "run")
        self.marks = grouped(tables["graded_item"], "grade_id", "position")
        self.by_op = {(row["attempt_id"], row["op_id"]): row for row in tables["response_revision"]}
        self.events: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in tables["audit_event"]:
            self.events[row["stream"], row["act"]].append(json.loads(row["payload"])["facts"])

    def sent(self, *acts: str) -> Iterator[Row]:
        """Entries of these acts."""
        return (entry for entry in self.sends.values() if entry["act"] in acts)


def grouped(rows: Iterable[Row], key: str, order: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: r[order]):
        found[row[key]].append(row)
    return found
