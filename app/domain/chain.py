"""Hash chains: each link's digest covers the one before it."""

from __future__ import annotations

import hashlib

GENESIS = "0" * 64
"""What the first link of every chain follows."""


def link(previous_sha256: str, payload: bytes) -> str:
    """The digest of one link: SHA-256 (hex) over the previous digest (hex, ASCII) followed by the payload's bytes."""
    return hashlib.sha256(previous_sha256.encode() + payload).hexdigest()
