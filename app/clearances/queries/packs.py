"""Everything that one clearance rests on, as plain data for an evidence pack; no key of an item is ever read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Site
from app.accounts.queries import get_person, get_site
from app.attempts.models import Attempt, Grade
from app.audit.models import AuditEvent
from app.catalogue.queries import catalogue_in_force
from app.clearances.models import POLICY_STREAM, DecisionEvidence
from app.clearances.queries.pack_summary import summary_of
from app.clearances.queries.policies import get_policy
from app.clearances.queries.seals import sealed_rows, signatures_by_id
from app.clearances.queries.standings import standings
from app.database import table_of
from app.decisions.models import Decision
from app.decisions.queries import regions_of
from app.domain.canonical import digest
from app.domain.errors import NotFound
from app.domain.sealing import Row, seal_of, signed_part
from app.domain.standing import GRANTS
from app.formats.evidence_pack import Parts
from app.quizzes.models import QuizVersion
from app.records.models import DocumentVerification
from app.supervision.models import CompetencyApproval, ObservationRecord

SCHEMA = "evidence-pack/1"
SHOWN_ACTS = ("decision.", "observation.", "competency.", "document.", "evidence.", "application.")
"""What of a person's stream a pack shows in full; of every other event it holds the digest alone."""
_EVENT = table_of(AuditEvent)
_TABLES = {
    "observation": ("observation_record", ObservationRecord.id, "record"),
    "competency": ("competency_approval", CompetencyApproval.id, "approval"),
    "document": ("document_verification", DocumentVerification.document_id, "document"),
}
"""Kind of evidence → its signed table, the column that the reference names, and what its digest calls it."""


def find_clearance(session: Session, decision_id: int) -> Decision:
    """The grant or renewal that a pack is about; raises NotFound."""
    found = session.get(Decision, decision_id)
    if found is None or found.kind not in GRANTS:
        raise NotFound("There is no such clearance.")
    return found


def pack_of(session: Session, decision: Decision, *, organisation: str, line: str, now: datetime) -> Parts:
    """The parts of the pack about one clearance, as it is known now."""
    signed: list[tuple[str, Row]] = []
    site, pieces = get_site(session, decision.site_id), _pieces(session, decision, signed)
    decisions = _decisions(session, decision, signed)
    wanted = {d["signature"] for d in decisions} | {p["signature"] for p in pieces if p["signature"] is not None}
    rows = signatures_by_id(session, wanted)
    signatures = [_signature(row) for _, row in sorted(rows.items())]
    broken = {r["signature_id"] for table, r in signed if not seal_of(table, r, rows.get(r["signature_id"])).whole}
    policy = get_policy(session, decision.policy_version_id) if decision.policy_version_id is not None else None
    streams = [f"person:{decision.person_id}", "trail", *([POLICY_STREAM] if policy is not None else [])]
    clearance = _clearance(session, decision, site, now) | {"line": line, "organisation": organisation}
    clearance["policy"] = {"title": policy.title, "number": policy.number, "sha256": policy.sha256} if policy else None
    evidence = {"pieces": pieces, "snapshot_sha256": decision.evidence_sha256}
    trail, names = _trail(session, streams), catalogue_in_force(session).catalogue.names
    return Parts(
        clearance, decisions, evidence, signatures, policy.content if policy is not None else "null", trail,
        summary_of(clearance, decisions, evidence, signatures, trail, broken=broken & wanted, names=names),
    )  # fmt: skip


def _clearance(session: Session, decision: Decision, site: Site, now: datetime) -> dict[str, Any]:
    """What was granted, and how it stands now."""
    person, pack = get_person(session, decision.person_id), catalogue_in_force(session).catalogue
    by_region = standings(session, [person], site, at=now, now=now, level=decision.level)[0].by_region
    names = pack.names
    return {
        "schema": SCHEMA, "made_at": now.isoformat(), "decision": decision.id, "kind": decision.kind, "level": decision.level,
        "tier": decision.tier, "person": {"id": person.id, "printed_name": person.printed_name, "profession": person.profession},
        "site": {"id": site.id, "name": site.name, "jurisdiction": site.jurisdiction, "time_zone": site.time_zone},
        "group": {"id": decision.group_slug, "name": names.get(decision.group_slug, decision.group_slug)},
        "regions": [{"id": r, "name": names.get(r, r)} for r in regions_of(decision)], "limits": json.loads(decision.limits),
        "until": decision.until.isoformat() if decision.until is not None else None, "evidence_sha256": decision.evidence_sha256,
        "standing_when_made": [
            {"region": r, "word": s.word, "state": s.state, "reasons": list(s.reasons),
             "cleared_until": s.cleared_until.isoformat() if s.cleared_until is not None else None}
            for r, s in by_region.items() if r in regions_of(decision)
        ],
    }  # fmt: skip


def _decisions(session: Session, decision: Decision, signed: list[tuple[str, Row]]) -> list[dict[str, Any]]:
    """Every decision about the same person, site, group and level, oldest first; its rows are added to `signed`."""
    place = (Decision.person_id, Decision.site_id, Decision.group_slug, Decision.level)
    same = [column == getattr(decision, column.key) for column in place]
    rows = sealed_rows(session, "decision", *same)
    signed += [("decision", r) for r in rows]
    return [{"id": r["id"], "kind": r["kind"], **signed_part("decision", r)} for r in rows]


def _pieces(session: Session, decision: Decision, signed: list[tuple[str, Row]]) -> list[dict[str, Any]]:
    """The evidence that the decision was signed on, each piece with what its digest covers; its rows are added to `signed`."""
    bound = list(session.scalars(select(DecisionEvidence).where(DecisionEvidence.decision_id == decision.id)))
    found = {(e.kind, int(e.reference)): e.sha256 for e in bound}
    records = {kind: _signed(session, kind, [n for k, n in found if k == kind], signed) for kind in _TABLES}
    exams = _exams(session, [n for k, n in found if k == "exam"])
    pieces = []
    for (kind, number), sha256 in sorted(found.items()):
        known = records.get(kind, exams).get(number, []) if kind in (*_TABLES, "exam") else []
        piece = next((p for p in known if digest(p["of"]) == sha256), {"of": None, "signature": None})
        pieces.append({"kind": kind, "id": number, "sha256": sha256, **piece})
    return pieces


def _signed(session: Session, kind: str, ids: Collection[int], signed: list[tuple[str, Row]]) -> dict[int, list[dict[str, Any]]]:
    """Signed records by the id that a reference gives; a document may have been looked at twice."""
    table, column, name = _TABLES[kind]
    found: dict[int, list[dict[str, Any]]] = {}
    for r in sealed_rows(session, table, column.in_(ids)) if ids else []:
        number = r[column.key]
        signed.append((table, r))
        of = {name: number, "verification" if kind == "document" else "signature": r["signature_id"]}
        found.setdefault(number, []).append({"of": of, **signed_part(table, r)})
    return found


def _exams(session: Session, ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """The outcome of attempts, run by run: no items, no answers, no keys."""
    query = (
        select(Grade, Attempt, QuizVersion)
        .join(Attempt, Attempt.id == Grade.attempt_id)
        .join(QuizVersion, QuizVersion.id == Attempt.quiz_version_id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for grade, attempt, quiz in session.execute(query.where(Attempt.id.in_(ids))) if ids else []:
        result = {
            "quiz": attempt.quiz_id, "title": quiz.title, "version": quiz.number, "finished_at": _when(attempt),
            "passed": grade.passed, "critical_errors": grade.critical_errors, "run": grade.run,
        }  # fmt: skip
        piece = {"of": {"attempt": attempt.id, "grade": grade.id}, "signature": None, "result": result}
        found.setdefault(attempt.id, []).append(piece)
    return found


def _when(attempt: Attempt) -> str:
    return (attempt.closed_at or attempt.deadline_at).isoformat()


def _signature(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"], "signer": row["signer_id"], "printed_name": row["printed_name"], "meaning": row["meaning"],
        "subject": row["subject"], "signed_at": row["signed_at"].isoformat(), "time_zone": row["time_zone"],
        "method": row["method"], "payload": row["payload"], "sha256": row["sha256"],
    }  # fmt: skip


def _trail(session: Session, streams: Collection[str]) -> dict[str, Any]:
    """The chains of some streams, and the checkpoint that was taken last."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in streams}
    events = session.execute(select(_EVENT).where(_EVENT.c.stream.in_(streams)).order_by(_EVENT.c.stream, _EVENT.c.seq))
    for e in events:
        link = {"seq": e.seq, "previous_sha256": e.previous_sha256, "sha256": e.sha256}
        shown = not e.stream.startswith("person:") or e.act.startswith(SHOWN_ACTS)
        found[e.stream].append({**link, "payload": e.payload} if shown else link)
    heads = {name: [len(links), links[-1]["sha256"]] for name, links in found.items() if links}
    return {"heads": heads, "streams": {name: links for name, links in found.items() if links}, **_checkpoint(found["trail"])}


def _checkpoint(events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    noted = [json.loads(e["payload"]) for e in events]
    latest = next((e for e in reversed(noted) if e["act"] == "trail.checkpoint"), None)
    return {"latest_checkpoint": {"at": latest["at"], **latest["facts"]} if latest is not None else None}
