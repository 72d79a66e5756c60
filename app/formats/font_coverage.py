"""Which characters the fonts of printed files can show, read from the fonts themselves (OpenType `cmap`, formats 4 and 12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

FONTS = Path(__file__).parent / "vendor" / "dejavu-fonts"
MISSING = "\u25af"
"""▯ stands for a character that the fonts do not have."""
BREAK_AFTER = 22
"""As many letters without a space as a narrow column holds."""


@lru_cache(maxsize=1)
def covered() -> frozenset[int]:
    """The characters that the regular and the bold face both have."""
    faces = [frozenset(_characters((FONTS / f"DejaVuSans{face}.ttf").read_bytes())) for face in ("", "-Bold")]
    return faces[0] & faces[1]


def printable(text: str) -> tuple[str, bool]:
    """A text as the fonts print it, and whether a character had to be replaced; line ends and tabs become spaces."""
    shown = "".join(c if ord(c) in covered() and c.isprintable() else MISSING for c in " ".join(text.split()))
    return shown, MISSING in shown


def _characters(font: bytes) -> Iterator[int]:
    """Every character that some table of the font leads from."""
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4sLLL", font, 12 + 16 * n) for n in range(tables))
    start = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    (count,) = struct.unpack_from(">H", font, start + 2)
    for n in range(count):
        (at,) = struct.unpack_from(">L", font, start + 4 + 8 * n + 4)
        (kind,) = struct.unpack_from(">H", font, start + at)
        if kind in (4, 12):
            yield from (_segments if kind == 4 else _ranges)(font, start + at)


def _segments(font: bytes, at: int) -> Iterator[int]:
    """Format 4: characters of the first plane, whose glyph is not 0."""
    (twice,) = struct.unpack_from(">H", font, at + 6)
    ends, starts, deltas, offsets = (at + 14 + (twice * n) + (2 if n else 0) for n in range(4))
    for n in range(0, twice, 2):
        first, last, delta, offset = (struct.unpack_from(">H", font, base + n)[0] for base in (starts, ends, deltas, offsets))
        for c in range(first, min(last, 0xFFFE) + 1):
            glyph = c + delta
            if offset:
                (glyph,) = struct.unpack_from(">H", font, offsets + n + offset + 2 * (c - first))
                glyph = glyph and glyph + delta
            if glyph % 65536:
                yield c


def _ranges(font: bytes, at: int) -> Iterator[int]:
    """Format 12: ranges of characters of every plane."""
    (count,) = struct.unpack_from(">L", font, at + 12)
    for n in range(count):
        first, last, glyph = struct.unpack_from(">LLL", font, at + 16 + 12 * n)
        yield from range(first if glyph else first + 1, last + 1)
