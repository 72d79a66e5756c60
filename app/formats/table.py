"""A table that is written to files: everything is text already, so that each file says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds: a title, what it was asked for, the rows under their heads, and the line that closes it."""

    title: str
    facts: tuple[tuple[str, str], ...]
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    line: str
