"""What the summary of an evidence pack says on paper, from the same plain data as its other files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from app.domain.sealing import BROKEN, instant_words
from app.domain.standing import Limits
from app.formats.evidence_pack import CANNOT_SHOW

KINDS = {"exam": "Exam", "observation": "Observed procedure", "competency": "Competency", "document": "Document"}
DRAFT = "Educational draft: no clinician has reviewed the contents of this installation."
_LEVELS = {"independent": "Independent practice", "may_observe": "May observe"}


def summary_of(
    clearance: Mapping[str, Any], decisions: list[dict[str, Any]], evidence: Mapping[str, Any], signatures: list[dict[str, Any]],
    trail: Mapping[str, Any], *, broken: Collection[int], names: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    """Title, facts, evidence, signatures and what the pack cannot show, all as text; a broken signature is called so."""
    by_id = {s["id"]: f"{BROKEN}." if s["id"] in broken else signature_words(s) for s in signatures}
    c = clearance
    return {
        "title": f"Evidence for one clearance: {c['person']['printed_name']}, {c['group']['name']}",
        "facts": _facts(c, trail),
        "standing": [[_region(c, s["region"]), s["word"], " ".join(s["reasons"])] for s in c["standing_when_made"]],
        "evidence": [[KINDS.get(p["kind"], p["kind"].capitalize()), _words(p, names), by_id.get(p["signature"], "Not signed")]
                     for p in evidence["pieces"]],
        "decisions": [[d["kind"].capitalize(), d["shown"]["reason"], by_id.get(d["signature"], "No signature")] for d in decisions],
        "cannot": list(CANNOT_SHOW), "line": c["line"], "draft": DRAFT,
    }  # fmt: skip


def signature_words(signature: Mapping[str, Any]) -> str:
    """Printed name, instant with offset, and meaning."""
    at = instant_words(datetime.fromisoformat(signature["signed_at"]))
    return f"{signature['printed_name']}, {at}: {signature['meaning']}"


def _facts(c: Mapping[str, Any], trail: Mapping[str, Any]) -> list[list[str]]:
    checkpoint, limits = trail["latest_checkpoint"], Limits(**{**c["limits"], "excluded": tuple(c["limits"]["excluded"])})
    policy = f"{c['policy']['title']}, version {c['policy']['number']}" if c["policy"] else "none"
    taken = f"{checkpoint['at']}, {checkpoint['events']} events, SHA-256 {checkpoint['sha256']}" if checkpoint else "none was taken"
    return [
        ["Holder", ", ".join(filter(None, (c["person"]["printed_name"], c["person"]["profession"])))],
        ["What", f"{_LEVELS[c['level']]}: {', '.join(r['name'] for r in c['regions'])}"],
        ["Limits", "; ".join(limits.words())],
        ["Hazard", c["tier"].capitalize()],
        ["Site", f"{c['site']['name']} ({c['site']['jurisdiction']})"],
        ["Term ends", _instant(c["until"])],
        ["Policy", policy],
        ["Evidence snapshot", c["evidence_sha256"]],
        ["Log", f"{sum(n for n, _ in trail['heads'].values())} events in {len(trail['heads'])} chains"],
        ["Latest checkpoint", taken],
        ["Made", _instant(c["made_at"])],
    ]


def _instant(text: str | None) -> str:
    return instant_words(datetime.fromisoformat(text)) if text is not None else "no end"


def _region(c: Mapping[str, Any], slug: str) -> str:
    return next((str(r["name"]) for r in c["regions"] if r["id"] == slug), slug)


def _words(piece: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """One piece in a line."""
    if piece["kind"] == "exam" and "result" in piece:
        r = piece["result"]
        passed = "passed" if r["passed"] else "not passed"
        return f"{r['title']}, {passed}, {r['critical_errors']} critical errors, {_instant(r['finished_at'])}"
    shown = piece.get("shown", {})
    told = [_told(part, shown[part], names) for part in _TOLD.get(piece["kind"], ()) if shown.get(part)]
    return ", ".join(told) or f"record {piece['id']}"


def _told(part: str, value: object, names: Mapping[str, str]) -> str:
    if part == "rating":
        return f"{value} of 5"
    return names.get(str(value), str(value)) if part in ("region", "competency") else str(value)


_TOLD = {
    "observation": ("region", "technique", "outcome", "rating"),
    "competency": ("competency", "verdict", "evidence"),
    "document": ("title", "issuer", "reference", "valid_until"),
}
"""What of a signed piece is told on paper."""
