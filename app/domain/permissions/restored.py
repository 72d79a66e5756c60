"""What a database that came back from a backup may not do before somebody has confirmed it."""

from __future__ import annotations

from app.domain.errors import Conflict

NOT_CONFIRMED = (
    "This installation was restored from a backup and is not confirmed yet, so nothing can be signed that a clearance would "
    "rest on. Nothing was signed. A clearance can still be stopped. An admin confirms the installation."
)
NO_OBSERVING = "This installation was restored from a backup and is not confirmed yet: nobody can be confirmed as an observer now."


def is_restored(mode: str | None) -> bool:
    """Whether nothing here can be confirmed: after a restore, and where it is not known what this database is."""
    return mode != "normal"


def refuse_while_restored(mode: str | None) -> None:
    """Raise Conflict where something would be signed that gives a clearance or that one would rest on."""
    if is_restored(mode):
        raise Conflict(NOT_CONFIRMED)
