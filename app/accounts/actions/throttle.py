"""Count refused tries, and say when there were too many."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from app.accounts.models import SignInFailure
from app.accounts.queries import THROTTLE_LIMIT, THROTTLE_WINDOW, throttle_key
from app.database import connection_of, table_of
from app.domain.errors import TooMany

_FAILURES = table_of(SignInFailure)
_TRIES = (  # built once, on the table: every check asks it
    select(func.count())
    .select_from(_FAILURES)
    .where(_FAILURES.c.key_sha256 == bindparam("key"), _FAILURES.c.at > bindparam("since"))
)


def _throttled(account: str | None, address: str) -> list[tuple[str, str]]:
    """What is counted: the address, and the account if there is one."""
    return [("address", address)] if account is None else [("account", account), ("address", address)]


def check_throttle(session: Session, *, account: str | None, address: str, now: datetime) -> None:
    """Raise TooMany after 8 refused tries for an account, or 40 from an address, within 15 minutes."""
    since, connection = now - THROTTLE_WINDOW, connection_of(session)
    for kind, value in _throttled(account, address):
        tries = connection.execute(_TRIES, {"key": throttle_key(kind, value), "since": since}).scalar_one()
        if tries >= THROTTLE_LIMIT[kind]:
            raise TooMany("Too many tries. Wait 15 minutes, then try again, or ask an admin for a reset link.")


def note_failure(session: Session, *, account: str | None, address: str, now: datetime) -> None:
    """Count a refused try, and forget those that no longer matter."""
    session.execute(delete(SignInFailure).where(SignInFailure.at < now - THROTTLE_WINDOW))
    session.add_all(SignInFailure(key_sha256=throttle_key(k, v), at=now) for k, v in _throttled(account, address))
    session.flush()
