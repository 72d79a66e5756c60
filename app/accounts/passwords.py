"""Argon2id, wrapped once."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 12
_PROFILES = {
    "strong": PasswordHasher(),
    "cheap": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
}


class Passwords:
    """Hash and check passwords with one cost profile (`strong` outside tests)."""

    def __init__(self, profile: str) -> None:
        self._hasher = _PROFILES[profile]
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """The Argon2id hash of a password."""
        return self._hasher.hash(password)

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether the password fits; without a hash the same work is done and the answer is no."""
        try:
            fits = self._hasher.verify(hashed or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return fits and hashed is not None
