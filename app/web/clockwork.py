"""Clock, chance and tokens as create_app was given them; one `now` for each request, and the steady time of exams."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app, g, has_request_context

from app.domain.steady import Steady, observe

KEY = "needle_clearance.clockwork"


class ExamClock:
    """The steady time of this process: what it saw last, behind a lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: Steady | None = None

    @property
    def held(self) -> bool:
        """Whether time was carried on past a jump when it was last looked at."""
        return self._seen is not None and self._seen.held

    def look(self, wall: datetime, monotonic_s: float) -> tuple[datetime, bool]:
        """(the time that counts in exams, whether a hold has just begun)."""
        with self._lock:
            was = self.held
            self._seen, told = observe(self._seen, wall, monotonic_s)
            return told, self.held and not was


@dataclass(frozen=True, slots=True)
class Clockwork:
    """What makes a run differ from another; `monotonic` counts seconds that no operator can move, or is None in a still world."""

    clock: Callable[[], datetime]
    rng: random.Random
    ids: Callable[[], str]
    monotonic: Callable[[], float] | None = None
    exam_clock: ExamClock = field(default_factory=lambda: ExamClock())


def _clockwork() -> Clockwork:
    found: Clockwork = current_app.extensions[KEY]
    return found


def now() -> datetime:
    """The instant of this request (or of this call, in a command)."""
    if not has_request_context():
        return _clockwork().clock()
    if "now" not in g:
        g.now = _clockwork().clock()
    instant: datetime = g.now
    return instant


def exam_now() -> datetime:
    """The instant that counts for a running attempt: that of this request, unless the computer's clock has just jumped."""
    if not has_request_context():
        return _look_at_both()
    if "exam_now" not in g:
        g.exam_now = _look_at_both()
    instant: datetime = g.exam_now
    return instant


def _look_at_both() -> datetime:
    work = _clockwork()
    if work.monotonic is None:
        return now()
    told, begins = work.exam_clock.look(now(), work.monotonic())
    if begins:
        current_app.logger.warning("The clock of this computer jumped. Exams keep the time from before for ten minutes.")
    return told


def exam_clock_held() -> bool:
    """Whether exams keep the time from before a jump."""
    exam_now()
    return _clockwork().exam_clock.held


def new_token() -> str:
    """A fresh random token of at least 128 bits."""
    return _clockwork().ids()


def rng() -> random.Random:
    """The source of chance, for seeds that are then stored."""
    return _clockwork().rng
