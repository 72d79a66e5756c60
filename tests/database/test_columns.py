"""What a column may hold fits into it, and comes back as it was: PostgreSQL counts letters, SQLite knows no zones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import CheckConstraint, String, literal, select, text
from sqlalchemy.exc import StatementError

from app.database import UtcDateTime, app_metadata, db

ONE_OF = re.compile(r"(\w+) (?:NOT )?IN \(([^)]*)\)")


def closed_lists() -> Iterator[tuple[str, String, list[str]]]:
    """Column, its type, and the words that a check allows in it."""
    for table in app_metadata.sorted_tables:
        for check in table.constraints:
            for column, words in ONE_OF.findall(str(check.sqltext)) if isinstance(check, CheckConstraint) else ():
                kind = table.columns[column].type
                if isinstance(kind, String):
                    yield f"{table.name}.{column}", kind, re.findall(r"'([^']*)'", words)


def test_every_word_of_a_closed_list_fits_its_column() -> None:
    found = list(closed_lists())
    assert len(found) > 5
    assert [(name, word) for name, kind, words in found for word in words if kind.length and len(word) > kind.length] == []


INSTANT = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=ZoneInfo("Pacific/Auckland"))


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_an_instant_comes_back_as_the_same_one_in_utc_whatever_the_zone_of_the_connection(app: Flask, zone: str) -> None:
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"SET TIME ZONE '{zone}'"))
    asked = select(literal(INSTANT, UtcDateTime), literal(None, UtcDateTime))
    found, nothing = db.session.execute(asked).one()
    assert (found, found.tzinfo, nothing) == (INSTANT, UTC, None)


def test_an_instant_without_a_zone_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="naive"):
        db.session.execute(select(literal(INSTANT.replace(tzinfo=None), UtcDateTime)))
