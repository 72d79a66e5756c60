"""A table as XLSX: every cell is text, also one that begins like a formula; equal tables have equal bytes."""

from __future__ import annotations

import importlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from app.formats.table import Table
from app.formats.zip_file import zip_bytes

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MADE = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms)")
_LONGEST = 32_767
"""As many characters as a cell can hold."""


def xlsx_bytes(table: Table) -> bytes:
    """The file: a sheet of rows, and one that says what was asked."""
    book = importlib.import_module("openpyxl").Workbook(write_only=True)  # slow to import, needed by few requests
    _sheet(book, "Rows", [table.head, *table.rows], frozen=True)
    _sheet(book, "About", [("Title", table.title), *table.facts, ("Note", table.line)])
    out = io.BytesIO()
    book.save(out)
    return _still(out.getvalue())


def written(text: str) -> str:
    """A text as a cell holds it: control characters, which no such file may have, are replaced."""
    return _UNWRITABLE.sub("\ufffd", text)[:_LONGEST]


def _sheet(book: Any, title: str, rows: Sequence[Sequence[str]], *, frozen: bool = False) -> None:
    sheet = book.create_sheet(title)
    if frozen:
        sheet.freeze_panes = "A2"
    for number in range(len(rows[0])):
        widest = max(len(row[number]) for row in rows)
        sheet.column_dimensions["ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number]].width = min(60, max(10, widest + 2))
    for row in rows:
        sheet.append(list(_cells(sheet, row)))


def _cells(sheet: Any, row: Sequence[str]) -> Iterator[Any]:
    make = importlib.import_module("openpyxl.cell").WriteOnlyCell
    for text in row:
        cell = make(sheet, value=written(text))
        cell.data_type = "s"  # otherwise a text with = in front becomes a formula
        cell.quotePrefix = True  # and stays text when somebody edits it
        yield cell


def _still(raw: bytes) -> bytes:
    """The same file without the instants at which it was made."""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    files["docProps/core.xml"] = _MADE.sub(rb"\g<1>1980-01-01T00:00:00Z\g<3>", files["docProps/core.xml"])
    return zip_bytes(files, any_name=True)
