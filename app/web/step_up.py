"""When the person in this browser last proved who they are."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import session as cookie

FRESH_FOR = timedelta(minutes=5)
_KEY = "step_up"


def is_fresh(person_id: int, now: datetime) -> bool:
    """Whether this person re-authenticated in this browser within 5 minutes."""
    stored = cookie.get(_KEY)
    if not isinstance(stored, list) or len(stored) != 2 or stored[0] != person_id:
        return False
    age = now - datetime.fromisoformat(stored[1])
    return timedelta(0) <= age <= FRESH_FOR


def mark_fresh(person_id: int, now: datetime) -> None:
    """Remember a re-authentication."""
    cookie[_KEY] = [person_id, now.isoformat()]


def forget() -> None:
    """Ask for the password at the next signature."""
    cookie.pop(_KEY, None)
