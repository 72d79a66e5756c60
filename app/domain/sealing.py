"""Whether a signature is what was signed: its bytes, its columns, and the record that it stands under. Rows in, faults out.

A fault names what does not fit. In doubt a signature is broken: whoever looks then sees a warning where a name would stand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.domain.canonical import canonical_bytes
from app.domain.standing import takes_effect_at

Row = Mapping[str, Any]
NO_SIGNATURE = "there is no such signature"
BROKEN = "Broken signature: what is stored is not what was signed"


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature as it is shown: who, when, what it means; or that it is broken."""

    printed_name: str
    signed_at: datetime
    meaning: str
    sha256: str
    faults: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the stored bytes are those that were signed, and sign this very record."""
        return not self.faults

    @property
    def at_words(self) -> str:
        """The instant with its offset."""
        return instant_words(self.signed_at)

    @property
    def words(self) -> str:
        """One line: printed name, instant, meaning; a warning in their place where the bytes do not match."""
        return f"{self.printed_name}, {self.at_words}: {self.meaning}" if self.whole else f"{BROKEN}."


def instant_words(at: datetime) -> str:
    """`24 Nov 2026, 09:00:10 UTC+00:00`: an instant that reads the same everywhere."""
    there = at.astimezone(UTC)
    return f"{there.day} {there:%b %Y, %H:%M:%S} UTC+00:00"


def signature_faults(row: Row) -> list[str]:
    """What of a signature's columns does not fit its signed bytes."""
    faults = []
    if hashlib.sha256(row["payload"].encode()).hexdigest() != row["sha256"]:
        faults.append("the signed bytes do not have the stored digest")
    body = _read(row["payload"])
    if body is None:
        return [*faults, "the signed bytes are not in their canonical form"]
    columns = {
        "meaning": row["meaning"], "method": row["method"], "printed_name": row["printed_name"],
        "signed_at": row["signed_at"].isoformat(), "signer": row["signer_id"], "subject": row["subject"],
        "time_zone": row["time_zone"],
    }  # fmt: skip
    return faults + [f"column {name} differs from the signed bytes" for name, v in columns.items() if body.get(name, ...) != v]


def _read(payload: str) -> dict[str, Any] | None:
    """What signed bytes say, if they are in their canonical form."""
    try:
        body = json.loads(payload)
        same = canonical_bytes(body) == payload.encode()
    except (ValueError, RecursionError):
        return None
    return body if same and isinstance(body, dict) else None


def binding_faults(table: str, record: Row, signature: Row | None) -> list[str]:
    """What of a record does not fit what its signature says was shown and signed."""
    if signature is None:
        return [NO_SIGNATURE]
    signer, at, subject = _SIGNED_BY[table](record)
    body = _read(signature["payload"]) or {}
    faults = [] if signature["signer_id"] == signer else ["somebody else signed it"]
    faults += [] if signature["signed_at"] == at else ["it was signed at another instant"]
    faults += [] if signature["subject"] == subject else ["it was signed for another record"]
    faults += _time_faults(record, signature) if table == "decision" else []
    shown = body.get("shown")
    if not isinstance(shown, dict):
        return [*faults, "the signed bytes show nothing"]
    return faults + [
        f"{name} is not what was signed"
        for name, v in _SHOWN[table](record).items()
        if shown.get(name, None if v is None else ...) != v
    ]


def signed_part(table: str, record: Row) -> dict[str, Any]:
    """Of a record, what its signature covers, who signed it, when and for what; as plain data."""
    signer, at, subject = _SIGNED_BY[table](record)
    return {
        "shown": _SHOWN[table](record), "signature": record["signature_id"], "signed_at": at.isoformat(), "signer": signer,
        "subject": subject,
    }  # fmt: skip


def _time_faults(decision: Row, signature: Row) -> list[str]:
    """What of a decision's times does not follow from when and where it was signed."""
    at = decision["occurred_at"]
    derived = {"recorded_at": at, "effective_at": takes_effect_at(decision["kind"], at), "time_zone": signature["time_zone"]}
    return [f"{name} does not follow from its signature" for name, value in derived.items() if decision[name] != value]


def seal_of(table: str, record: Row, signature: Row | None) -> Seal:
    """The signature under a record as it is shown."""
    faults = (signature_faults(signature) if signature is not None else []) + binding_faults(table, record, signature)
    if signature is None:
        return Seal("", datetime.min.replace(tzinfo=UTC), "", "", tuple(faults))
    return Seal(signature["printed_name"], signature["signed_at"], signature["meaning"], signature["sha256"], tuple(faults))


def _iso(value: Any) -> str | None:
    return None if value is None else str(value.isoformat())


def _parsed(text: str) -> object:
    """What a stored text of JSON says; the text itself where it is none, which nobody signed."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _decision(r: Row) -> dict[str, object]:
    return {
        "about": r["about_decision_id"], "act": r["kind"], "evidence": r["evidence_sha256"], "founding": r["founding"],
        "group": r["group_slug"], "level": r["level"], "limits": _parsed(r["limits"]), "person": r["person_id"],
        "policy_version": r["policy_version_id"], "reason": r["reason"], "recommendation": r["recommendation_id"],
        "regions": _parsed(r["regions"]), "site": r["site_id"], "tier": r["tier"], "until": _iso(r["until"]),
        "with_observer": r["with_observer"], **({"missing": sorted(r["missing"].split(","))} if r.get("missing") else {}),
    }  # fmt: skip


def _observation(r: Row) -> dict[str, object]:
    """An observation's record, with the columns of the observation beside it; of what was not seen nobody keeps a rating."""
    found: dict[str, object] = {
        "auto_fail": _parsed(r["auto_fail"]), "done_well": r["done_well"], "observation": r["observation_id"],
        "opened_at": _iso(r["opened_at"]), "outcome": r["outcome"], "presence": r["presence"], "purpose": r["purpose"],
        "region": r["region"], "rows": _parsed(r["rows"]), "subject": r["subject"], "technique": r["technique"],
        "form": r["form_sha256"], "site": r["site_id"], "to_change": r["to_change"], "trainee": r["trainee_id"],
    }  # fmt: skip
    return found if r["presence"] == "not_seen" else {**found, "rating": r["rating"]}


def _competency(r: Row) -> dict[str, object]:
    return {
        "competency": r["competency"], "evidence": r["evidence"], "mode": r["mode"], "person": r["person_id"],
        "site": r["site_id"], "until": _iso(r["until"]), "verdict": r["verdict"],
    }  # fmt: skip


def _document(r: Row) -> dict[str, object]:
    """A verification, with the columns of the document beside it."""
    return {
        "document": r["document_id"], "holder": r["holder_id"], "how": r["how"], "issuer": r["issuer"],
        "jurisdiction": r["jurisdiction"], "kind": r["kind"], "reference": r["reference"], "title": r["title"],
        "valid_from": _iso(r["valid_from"]), "valid_until": _iso(r["valid_until"]), "verdict": r["verdict"],
    }  # fmt: skip


def _void(r: Row) -> dict[str, object]:
    return {
        "kind": r["kind"], "person": r["person_id"], "reason": r["reason"], "record": r["record_id"], "site": r["site_id"],
    }  # fmt: skip


_SHOWN: dict[str, Callable[[Row], dict[str, object]]] = {
    "decision": _decision, "observation_record": _observation, "competency_approval": _competency,
    "document_verification": _document, "evidence_void": _void,
}  # fmt: skip
_SIGNED_BY: dict[str, Callable[[Row], tuple[int, datetime, str]]] = {
    "decision": lambda r: (r["signer_id"], r["occurred_at"], f"person:{r['person_id']}"),
    "observation_record": lambda r: (r["observer_id"], r["signed_at"], f"observation:{r['observation_id']}"),
    "competency_approval": lambda r: (r["approver_id"], r["approved_at"], f"person:{r['person_id']}"),
    "document_verification": lambda r: (r["verified_by_id"], r["verified_at"], f"document:{r['document_id']}"),
    "evidence_void": lambda r: (r["voided_by_id"], r["voided_at"], f"{r['kind']}:{r['record_id']}"),
}
"""Table → (who signed, when, for what) as the record's own columns have it."""
