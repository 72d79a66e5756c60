"""What the wide statements of this room share: tables, parameters, words of our own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, String, bindparam, cast, literal_column, null
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from app.database import UtcDateTime, app_metadata

PEOPLE_AT_ONCE = 5000
"""How many people one statement names: a database takes a limited number of parameters, and one of these names them four times."""
PEOPLE: BindParameter[Any] = bindparam("people", expanding=True)
KNOWN = bindparam("known", type_=UtcDateTime)
"""By when a row was recorded."""


def table(model: Any) -> Any:
    """The table of a model: statements on tables give plain rows, which cost less than objects of the session."""
    return app_metadata.tables[model.__tablename__]


def word(text: str) -> ColumnElement[str]:
    """A word of our own in a statement; a parameter would have to be worked out at every execution. Never of a request."""
    return literal_column(f"'{text}'", String)


def nothing(kind: type[TypeEngine[Any]]) -> ColumnElement[Any]:
    """No value of a type, where another part of a union has one."""
    return cast(null(), kind)


def connection_of(session: Session) -> Connection:
    """The connection of a session, which has written what it holds: a statement on tables does not see to that by itself."""
    session.flush()
    return session.connection()


def parts_of(person_ids: Collection[int]) -> list[list[int]]:
    """As many people at once as a statement can name."""
    ids = list(person_ids)
    return [ids[first : first + PEOPLE_AT_ONCE] for first in range(0, len(ids), PEOPLE_AT_ONCE)]
