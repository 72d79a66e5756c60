"""When the person in this browser last proved who they are, kept in the session cookie."""

from __future__ import annotations

from datetime import datetime

from flask import session as cookie

from app.domain.step_up import proofs_asked

_KEY = "step_up"


def asked(person_id: int, roles: str, now: datetime) -> frozenset[str]:
    """What a signing form must ask for; `roles` is a digest of the roles the person has now."""
    stored = _stored(person_id)
    return proofs_asked(
        password_at=_instant(stored.get("password")),
        code_at=_instant(stored.get("code")),
        same_roles=stored.get("roles") == roles,
        now=now,
    )


def mark_password(person_id: int, now: datetime) -> None:
    """Remember a sign-in: the password, and nothing else yet."""
    cookie[_KEY] = {"person": person_id, "password": now.isoformat()}


def mark_proved(person_id: int, roles: str, now: datetime) -> None:
    """Remember that both components have been proved, the code just now."""
    cookie[_KEY] = {**_stored(person_id), "person": person_id, "code": now.isoformat(), "roles": roles}


def forget() -> None:
    """Ask for everything at the next signature."""
    cookie.pop(_KEY, None)


def _stored(person_id: int) -> dict[str, str]:
    found = cookie.get(_KEY)
    return found if isinstance(found, dict) and found.get("person") == person_id else {}


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
