"""The evidence behind one clearance as files that a stranger can re-check: data, a summary to read, digests, and the script."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.canonical import canonical_bytes
from app.formats.pdf_file import pdf_bytes

_RECHECK = Path(__file__).parent / "recheck.py"
CANNOT_SHOW = (
    "that the log was not replaced as a whole before a checkpoint of it was taken and kept elsewhere",
    "that the people were who they said, or that what they signed was true",
    "that an exam result is right: the installation states it, nobody signed it",
    "that anything here is clinically right: the contents are an educational draft that no clinician has reviewed",
)
README = """Evidence pack of one clearance

clearance.json   what was granted, to whom, where, until when; how it stood when this was made
decisions.json   every decision about the same person, site, group and level, with what each signature shows
evidence.json    the evidence that the decision was signed on, piece by piece
signatures.json  each signature: printed name, instant with offset, meaning, and the very bytes that were signed
policy.json      the policy version that the decision was made under
trail.json       the log as a chain of digests; events that concern other things are shown as their digests alone
summary.pdf      the same for reading
digests.txt      SHA-256 of each file
recheck.py       re-checks all of it with Python's standard library alone

Unpack the zip, read recheck.py, then run:   python3 -I recheck.py
Do not take this copy of recheck.py on trust: compare it with the one in the program's published source.

What it cannot show:
- that the log was not replaced as a whole before a checkpoint of it was taken and kept elsewhere.
  Ask the installation's auditor for a checkpoint and run:   python3 -I recheck.py --checkpoint FILE
- that the people were who they said, or that what they signed was true;
- that an exam result is right: the installation states it, nobody signed it;
- that anything here is clinically right: the contents are an educational draft that no clinician has reviewed.

This is no licence, certification or proof of legal scope. Check the register of your jurisdiction.
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a pack is made of, as plain data."""

    clearance: Mapping[str, Any]
    decisions: list[dict[str, Any]]
    evidence: Mapping[str, Any]
    signatures: list[dict[str, Any]]
    policy: str
    """the policy's own canonical text"""
    trail: Mapping[str, Any]
    summary: Mapping[str, Any]
    """what the PDF shows"""


def pack_files(parts: Parts) -> dict[str, bytes]:
    """The files by name, their digests among them; equal parts make equal files."""
    data = {
        "clearance": parts.clearance, "decisions": parts.decisions, "evidence": parts.evidence, "signatures": parts.signatures,
        "trail": parts.trail,
    }  # fmt: skip
    files = {f"{name}.json": canonical_bytes(value) + b"\n" for name, value in data.items()}
    files |= {
        "policy.json": parts.policy.encode(), "summary.pdf": pdf_bytes("evidence", **parts.summary),
        "README.txt": README.encode(), "recheck.py": _RECHECK.read_bytes(),
    }  # fmt: skip
    listed = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    return {**dict(sorted(files.items())), "digests.txt": listed.encode()}
