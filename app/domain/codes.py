"""Codes that people read out and type: unmistakable capital letters and digits."""

from __future__ import annotations

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""31 characters without 0, 1, I, L and O: about 4.95 bits each."""


def code_from(token: str, length: int) -> str:
    """A code of `length` characters made of a random token, which must hold at least as many bits."""
    number, letters = int.from_bytes(token.encode(), "big"), []
    for _ in range(length):
        number, rest = divmod(number, len(LETTERS))
        letters.append(LETTERS[rest])
    return "".join(letters)


def plain_code(typed: str) -> str:
    """A code as it was made, from what somebody typed: capitals, without spaces and hyphens."""
    return "".join(typed.split()).replace("-", "").upper()
