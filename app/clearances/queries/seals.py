"""The signatures under decisions and evidence, each compared with its bytes and with the record that it stands under."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.clearances.models import EvidenceVoid, ReturnedGap
from app.database import app_metadata, table_of
from app.decisions.models import Decision
from app.domain.sealing import Row, Seal, binding_faults, seal_of, signature_faults
from app.records.models import Document, DocumentVerification
from app.signatures.models import Signature
from app.supervision.models import CompetencyApproval, Observation, ObservationRecord

_SIGNATURE, _EVENT = table_of(Signature), table_of(AuditEvent)
_O, _R, _D, _V = table_of(Observation), table_of(ObservationRecord), table_of(Document), table_of(DocumentVerification)
_GAP = table_of(ReturnedGap)
_MISSING = (
    select(func.aggregate_strings(_GAP.c.requirement, ",")).where(_GAP.c.decision_id == table_of(Decision).c.id).scalar_subquery()
)
"""what a return names as missing, joined by commas"""
SEALED: dict[str, Select[Any]] = {
    "decision": select(table_of(Decision), _MISSING.label("missing")),
    "observation_record": select(
        _R, _O.c.site_id, _O.c.region, _O.c.technique, _O.c.purpose, _O.c.subject, _O.c.opened_at
    ).outerjoin(_O, _O.c.id == _R.c.observation_id),
    "competency_approval": select(table_of(CompetencyApproval)),
    "document_verification": select(
        _V, _D.c.kind, _D.c.title, _D.c.issuer, _D.c.reference, _D.c.jurisdiction, _D.c.valid_from, _D.c.valid_until
    ).outerjoin(_D, _D.c.id == _V.c.document_id),
    "evidence_void": select(table_of(EvidenceVoid)),
}  # fmt: skip
"""Table → its rows with everything beside them that their signature covers; a row whose other half is gone is read too."""


def sealed_rows(session: Session, table: str, *conditions: ColumnElement[bool]) -> list[Row]:
    """Rows of a signed table with what their signatures cover."""
    rows = session.execute(SEALED[table].where(*conditions).order_by(app_metadata.tables[table].c.id))
    return [dict(row) for row in rows.mappings()]


def signatures_by_id(session: Session, ids: Collection[int]) -> dict[int, Row]:
    """Some signatures as plain rows."""
    rows = session.execute(select(_SIGNATURE).where(_SIGNATURE.c.id.in_(ids))).mappings()
    return {row["id"]: dict(row) for row in rows}


def seals_of(session: Session, decisions: Collection[Decision]) -> dict[int, Seal]:
    """The signature under each of some decisions, as it is shown; in one statement."""
    if not decisions:
        return {}
    found = signatures_by_id(session, [d.signature_id for d in decisions])
    columns = [c.name for c in table_of(Decision).columns]
    rows = {d.id: {name: getattr(d, name) for name in columns} for d in decisions}
    return {d.id: seal_of("decision", rows[d.id], found.get(d.signature_id)) for d in decisions}


def seals_by_id(session: Session, decision_ids: Collection[int]) -> dict[int, Seal]:
    """The same for decisions that are known by their ids alone; in one statement too."""
    if not decision_ids:
        return {}
    decision = table_of(Decision)
    both = select(*(c.label(f"d_{c.name}") for c in decision.columns), *_SIGNATURE.columns).outerjoin(
        _SIGNATURE, _SIGNATURE.c.id == decision.c.signature_id
    )
    found = {}
    for row in session.execute(both.where(decision.c.id.in_(decision_ids))).mappings():
        record = {c.name: row[f"d_{c.name}"] for c in decision.columns}
        signature = {c.name: row[c.name] for c in _SIGNATURE.columns}
        found[record["id"]] = seal_of("decision", record, signature if signature["id"] is not None else None)
    return found


@dataclass(frozen=True, slots=True)
class SealVerdict:
    """What a look at every signature found."""

    signatures: int
    faults: tuple[str, ...]


def verify_seals(session: Session) -> SealVerdict:
    """Compare every signature with its bytes, with the records that name it, and with what the trail says was signed.

    Rows are read one after another; of each signature only the digest is kept.
    """
    digests: dict[int, str] = {}
    faults: list[str] = []
    for row in _one_by_one(session, select(_SIGNATURE)):
        digests[row["id"]] = row["sha256"]
        faults += [f"signature {row['id']}: {fault}" for fault in signature_faults(row)]
    faults += [fault for table in SEALED for fault in _unbound(session, table)]
    faults += _unlike_the_trail(session, digests)
    return SealVerdict(len(digests), tuple(faults))


def _one_by_one(session: Session, query: Select[Any]) -> Iterator[Row]:
    for row in session.execute(query.execution_options(yield_per=2000)).mappings():
        yield dict(row)


def _unbound(session: Session, table: str) -> Iterator[str]:
    """Records that are not what their signature says."""
    number = app_metadata.tables[table].c.signature_id
    beside = [c.label(f"s_{c.name}") for c in _SIGNATURE.columns]
    query = SEALED[table].add_columns(*beside).outerjoin(_SIGNATURE, _SIGNATURE.c.id == number)
    for row in _one_by_one(session, query):
        signature = {c.name: row[f"s_{c.name}"] for c in _SIGNATURE.columns}
        for fault in binding_faults(table, row, signature if signature["id"] is not None else None):
            yield f"{table} {row['id']}: {fault}"


def _unlike_the_trail(session: Session, digests: dict[int, str]) -> Iterator[str]:
    """Signatures that were rewritten, or taken away, together with everything that they are compared with."""
    noted = select(_EVENT.c.stream, _EVENT.c.seq, _EVENT.c.payload).where(_EVENT.c.payload.contains('"sealed":'))
    for event in _one_by_one(session, noted):
        facts = _facts(event["payload"])
        number = facts.get("signature")
        if "sealed" in facts and (not isinstance(number, int) or digests.get(number) != facts["sealed"]):
            where = f"stream {event['stream']}, event {event['seq']}"
            yield f"{where}: signature {number} is not the one that was made"


def _facts(payload: str) -> dict[str, Any]:
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        return {}  # the chains say that it was edited
    facts = body.get("facts") if isinstance(body, dict) else None
    return facts if isinstance(facts, dict) else {}
