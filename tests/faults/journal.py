"""The client's own record: on disk before anything is sent, and again as soon as it is acknowledged."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


class Journal:
    """A file of JSON lines; whoever writes comes back only after the disk has them."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")

    def write(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Append entries and wait for the disk."""
        lines = [json.dumps(entry, sort_keys=True) + "\n" for entry in entries]
        if lines:
            self._file.write("".join(lines).encode())
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """No more entries."""
        self._file.close()


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The entries in order."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
