"""What is wrong with a file: where, what, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from app.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One problem. A problem of the whole file has line 1 and no field; a field is named like options.0.text."""

    file: str
    line: int
    field: str
    message: str
    cure: str

    def as_json(self) -> dict[str, str | int]:
        """As plain JSON."""
        return asdict(self)


class BrokenFile(InvalidInput):
    """A file that is refused; `file_problems` lists every reason."""

    def __init__(self, problems: Sequence[FileProblem]) -> None:
        super().__init__((p.field, f"{p.message} {p.cure}") for p in problems)
        self.file_problems = tuple(problems)
