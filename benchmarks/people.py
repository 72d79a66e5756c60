"""People who sit exams in a benchmark, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody with a running attempt, and an answer to one of its places."""

    person_id: int
    session_key: str
    attempt_id: int
    position: int
    answer: dict[str, Any]
