"""Numbers from addresses and forms: keys, never larger than a database holds, and decimals as people type them."""

from __future__ import annotations

import re

from werkzeug.routing import IntegerConverter

LARGEST = 2**31 - 1
_DECIMAL = re.compile(r"[-+]?\d{1,6}(\.\d{1,6})?", re.ASCII)


class KeyConverter(IntegerConverter):
    """`<int:…>` of routes: a number that no key can have is an address that does not exist."""

    def __init__(self, map, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: A002  (werkzeug's own signature)
        kwargs.setdefault("max", LARGEST)
        super().__init__(map, *args, **kwargs)


def whole_number(text: str | None) -> int | None:
    """A whole number of at most 9 digits, or None."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) <= 9 else None


def decimal_number(value: object) -> float | None:
    """A number as people type it (`17,5`, `−4`, `+3.5`), or a plain number; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = value.strip().replace("\u2212", "-").replace(",", ".") if isinstance(value, str) else ""
    return float(text) if _DECIMAL.fullmatch(text) else None
