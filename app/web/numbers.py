"""Whole numbers from addresses and forms, never larger than a database key."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter

LARGEST = 2**31 - 1


class KeyConverter(IntegerConverter):
    """`<int:…>` of routes: a number that no key can have is an address that does not exist."""

    def __init__(self, map, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: A002  (werkzeug's own signature)
        kwargs.setdefault("max", LARGEST)
        super().__init__(map, *args, **kwargs)


def whole_number(text: str | None) -> int | None:
    """A whole number of at most 9 digits, or None."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) <= 9 else None
