"""What a candidate gets to see of a closed attempt: the report and the receipt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.attempts.models import (
    Attempt,
    Grade,
    ResponseRevision,
)
from app.attempts.queries.history import graded_items
from app.attempts.queries.places import keyed_places
from app.bank.queries import newer_rules


@dataclass(frozen=True, slots=True)
class Report:
    """What the review rule lets a candidate see of a graded attempt: topics and safe-needle rules, never a key of the exam pool."""

    topics: tuple[tuple[str, int, int], ...]
    """(topic or domain, items with full marks, items)"""
    critical: tuple[tuple[int, str], ...]
    """(position, safe-needle rule) of each critical error"""
    missed_rules: tuple[str, ...]
    """the safe-needle rules of items without full marks"""
    sure_and_wrong: int


def released_report(session: Session, attempt: Attempt, grade: Grade) -> Report:
    """Build the report of a closed attempt from its grade; the rules are those that are in force now, not those of its day."""
    marks = {row.position: row for row in graded_items(session, grade.id)}
    topics: dict[str, list[int]] = {}
    critical, missed, sure = [], [], 0
    places = keyed_places(session, attempt.id)
    newer = newer_rules(session, [p.version_id for p in places])
    for keyed in places:
        rule = newer.get(keyed.content.id, keyed.content.safe_needle_rule)
        row, position = marks[keyed.place.position], keyed.place.position
        full = row.points_num == row.max_points * row.points_den
        counts = topics.setdefault(keyed.content.topic or keyed.content.domain, [0, 0])
        counts[0] += full
        counts[1] += 1
        if row.critical_errors:
            critical.append((position, rule))
        elif not full:
            missed.append(rule)
        sure += json.loads(row.findings)["sure_and_wrong"]
    rows = tuple((name, right, total) for name, (right, total) in sorted(topics.items()))
    return Report(rows, tuple(critical), tuple(dict.fromkeys(missed)), sure)


def receipt_of(session: Session, attempt: Attempt) -> dict[str, Any]:
    """The revisions of an attempt with their digests; the last digest is the attempt's head."""
    rows = session.scalars(
        select(ResponseRevision).where(ResponseRevision.attempt_id == attempt.id).order_by(ResponseRevision.number)
    )
    revisions = [
        {
            "attempt_id": r.attempt_id, "number": r.number, "position": r.position, "seq": r.seq, "base_seq": r.base_seq,
            "op_id": r.op_id, "kept": r.kept, "shown": r.shown, "certainty": r.certainty,
            "received_at": r.received_at.isoformat(), "previous_sha256": r.previous_sha256, "sha256": r.sha256,
        }
        for r in rows
    ]  # fmt: skip
    rule = "sha256(previous_sha256 + canonical JSON of the fields but the two digests), hex; keys sorted, no spaces, UTF-8"
    return {"attempt": attempt.id, "head": attempt.head_sha256, "rule": rule, "revisions": revisions}
