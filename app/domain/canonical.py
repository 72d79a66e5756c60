"""Canonical JSON bytes and their digest: the one form that is hashed and signed."""

from __future__ import annotations

import hashlib
import json


def canonical_bytes(value: object) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8; NaN and infinities are refused (ValueError)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(value: object) -> str:
    """SHA-256 (hex) of the canonical bytes."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()
