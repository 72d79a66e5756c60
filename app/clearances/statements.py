"""What the wide statements of this room share: parameters, and words of our own."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, String, bindparam, cast, literal_column, null
from sqlalchemy.types import TypeEngine

from app.database import UtcDateTime

PEOPLE_AT_ONCE = 5000
"""How many people one statement names: a database takes a limited number of parameters, and one of these names them four times."""
PEOPLE: BindParameter[Any] = bindparam("people", expanding=True)
KNOWN = bindparam("known", type_=UtcDateTime)
"""By when a row was recorded."""


def word(text: str) -> ColumnElement[str]:
    """A word of our own in a statement, where a parameter would have to be worked out at every execution.

    Raises ValueError for anything but small letters and _: nothing that a request brings gets in here.
    """
    if not re.fullmatch("[a-z_]*", text):
        raise ValueError(f"{text!r} is no word of ours; make it a parameter.")
    return literal_column(f"'{text}'", String)


def nothing(kind: type[TypeEngine[Any]]) -> ColumnElement[Any]:
    """No value of a type, where another part of a union has one."""
    return cast(null(), kind)


def parts_of(person_ids: Collection[int]) -> list[list[int]]:
    """As many people at once as a statement can name."""
    ids = list(person_ids)
    return [ids[first : first + PEOPLE_AT_ONCE] for first in range(0, len(ids), PEOPLE_AT_ONCE)]
