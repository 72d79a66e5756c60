"""A table as CSV (RFC 4180): no cell that a spreadsheet takes for a formula, every line as long as the first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from app.formats.table import Table

PART = 500
FORMULA_MARKS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What may begin a formula, the wide forms too."""


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in FORMULA_MARKS or text.lstrip()[:1] in FORMULA_MARKS else text


def csv_parts(table: Table) -> Iterator[bytes]:
    """The file part by part: the heads, the rows, then what was asked, how many rows there are, and the closing line."""
    width = len(table.head)
    yield _lines([table.head])
    for start in range(0, len(table.rows), PART):
        yield _lines(table.rows[start : start + PART])
    closing = [*table.facts, ("Note", table.line)]
    yield _lines([(name, value, *[""] * (width - 2)) for name, value in closing])


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([[safe_cell(cell) for cell in row] for row in rows])
    return out.getvalue().encode()
