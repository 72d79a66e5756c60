"""Canonical JSON bytes and their digest: the one form that is hashed and signed."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal


def canonical_bytes(value: object) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8; a Decimal as its plain digits; NaN and infinities are refused (ValueError)."""
    return _ENCODER.encode(value).encode()


def _plain(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no canonical form: turn it into text or numbers first")
    if not value.is_finite():
        raise ValueError("a number that is not finite has no canonical form")
    return format(value, "f")


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain)


def digest(value: object) -> str:
    """SHA-256 (hex) of the canonical bytes."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()
