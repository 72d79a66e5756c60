"""What somebody must prove again before they sign (21 CFR 11.200 a: both components first, then at least one)."""

from __future__ import annotations

from datetime import datetime, timedelta

FRESH_FOR = timedelta(minutes=5)
"""A signature needs a proof that is at most so old."""
UNBROKEN_FOR = timedelta(minutes=15)
"""After so long without a proof, both components are asked for again."""

BOTH = frozenset({"password", "code"})


def proofs_asked(*, password_at: datetime | None, code_at: datetime | None, same_roles: bool, now: datetime) -> frozenset[str]:
    """The components to ask for: a subset of {"password", "code"}.

    `code_at` is when a code was accepted last in a session in which the password was typed too; a change of the person's roles
    begins anew, as does an instant that lies after `now`.
    """
    password = _within(password_at, FRESH_FOR, now)
    if code_at is None or not same_roles or not _within(code_at, UNBROKEN_FOR, now):
        return frozenset({"code"}) if password and code_at is None else BOTH
    return frozenset() if _within(code_at, FRESH_FOR, now) else frozenset({"code"})


def _within(instant: datetime | None, span: timedelta, now: datetime) -> bool:
    return instant is not None and timedelta(0) <= now - instant <= span
