"""Text as a tagged PDF (PDF/UA-1) by our own templates: what people typed arrives as data and is never read as a template."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.domain.errors import InvalidInput
from app.formats.font_coverage import FONTS, MISSING, printable
from app.formats.table import Table

TEMPLATES = Path(__file__).parent / "typst"
MOST_ROWS = 10_000
FELL_BACK = f"{MISSING} stands for a character that the fonts of this file do not have. The page on screen shows it."
_LONG_WORD = re.compile(r"\S{23,}")
_BREAK = "\u200b"


def table_pdf(table: Table) -> bytes:
    """A table on as many pages as it needs; raises InvalidInput where it has too many rows to be read on paper."""
    if len(table.rows) > MOST_ROWS:
        raise InvalidInput(
            f"This would be {len(table.rows):,} rows on paper; a PDF holds {MOST_ROWS:,}. "
            "Choose a group, a person or only exceptions, or take the CSV or the XLSX."
        )
    return pdf_bytes("table", title=table.title, facts=table.facts, head=table.head, rows=table.rows, line=table.line)


def pdf_bytes(template: str, **data: object) -> bytes:
    """One of our templates filled with data; equal data make equal bytes."""
    fell_back: list[bool] = []
    shown: Mapping[str, Any] = {name: _shown(value, fell_back) for name, value in data.items()}
    note = FELL_BACK if any(fell_back) else ""
    typst, fonts = _typst()
    compiler = typst.Compiler(
        (TEMPLATES / f"{template}.typ").read_bytes(), root=str(TEMPLATES), font_paths=fonts, ignore_system_fonts=True,
        sys_inputs={"data": json.dumps({**shown, "fell_back": note}, ensure_ascii=False)},
    )  # fmt: skip
    made: bytes = compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=0)
    return made


@lru_cache(maxsize=1)
def _typst() -> tuple[Any, Any]:
    """The library and our fonts, read once: slow to import, needed by few requests."""
    typst = importlib.import_module("typst")
    return typst, typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def _shown(value: object, fell_back: list[bool]) -> object:
    """Data with every text as the fonts can print it; a very long word may be broken anywhere."""
    if isinstance(value, str):
        text, missing = printable(value)
        fell_back.append(missing)
        return _LONG_WORD.sub(lambda m: _BREAK.join(re.findall(r".{1,12}", m.group())), text)
    if isinstance(value, Mapping):
        return {str(key): _shown(inner, fell_back) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(inner, fell_back) for inner in value]
    return value
