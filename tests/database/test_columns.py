"""What a column may hold fits into it: PostgreSQL counts letters, SQLite does not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import CheckConstraint, String

from app.database import app_metadata

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
