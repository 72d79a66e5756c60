"""The trail: how many events a verification reads again in a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from app.audit.models import AuditEvent, StreamHead
from app.audit.queries import verify
from app.database import app_metadata, db
from app.domain.canonical import canonical_bytes
from app.domain.chain import GENESIS, link
from app.web.clockwork import now
from benchmarks.pictures import report as report_figures

STREAMS, EVENTS_EACH, CHUNK = 2000, 60, 5000


def _chain(number: int) -> Iterator[dict[str, Any]]:
    """The events of one stream, each following the one before."""
    stream, before, began = f"bench:{number}", GENESIS, now() - timedelta(days=1)
    for seq in range(1, EVENTS_EACH + 1):
        at = began + timedelta(seconds=seq)
        facts = {"decision": seq, "evidence_sha256": GENESIS, "regions": ["deltoid-rotator", "rhomboids-levator"], "site": 1}
        columns = {
            "act": "decision.grant",
            "actor_id": number,
            "actor_name": f"Practitioner {number:06d}",
            "seq": seq,
            "stream": stream,
        }
        payload = canonical_bytes({**columns, "at": at.isoformat(), "facts": facts})
        sha256 = link(before, payload)
        yield {**columns, "at": at, "payload": payload.decode(), "previous_sha256": before, "sha256": sha256}
        before = sha256


def fill() -> int:
    """Add many streams by bulk inserts; how many events."""
    rows, tables = [row for n in range(STREAMS) for row in _chain(n)], app_metadata.tables
    for first in range(0, len(rows), CHUNK):
        db.session.execute(insert(tables[AuditEvent.__tablename__]), rows[first : first + CHUNK])
    last = [{k: row[k] for k in ("stream", "seq", "sha256")} for row in rows if row["seq"] == EVENTS_EACH]
    db.session.execute(insert(tables[StreamHead.__tablename__]), last)
    db.session.commit()
    return len(rows)


def verification() -> dict[str, Any]:
    """The best of three runs in wall time, with the CPU of this process for the same."""
    fill()
    runs = []
    for _ in range(3):
        began, cpu = time.perf_counter(), time.process_time()
        found = verify(db.session)
        runs.append((time.perf_counter() - began, time.process_time() - cpu))
        assert found.clean, found.faults[:3]
        db.session.rollback()
    wall, cpu = min(runs)
    return {"events": found.events, "streams": found.streams, "seconds": round(wall, 2), "per_second": round(found.events / wall),
            "per_cpu_second": round(found.events / cpu)}  # fmt: skip


def report() -> None:
    """One JSON line."""
    report_figures({"the trail verified": verification()})
