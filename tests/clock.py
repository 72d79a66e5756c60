"""A clock that stands still until a test moves it, and tokens that come in order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class FakeClock:
    """Call it for the instant; `advance` moves it."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **spans: float) -> datetime:
        """Move on by timedelta(**spans) and return the new instant."""
        self.at += timedelta(**spans)
        return self.at


class NumberedTokens:
    """Tokens token-000001, token-000002, …"""

    def __init__(self) -> None:
        self._count = itertools.count(1)

    def __call__(self) -> str:
        return f"token-{next(self._count):06d}-{'x' * 16}"
