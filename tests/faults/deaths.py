"""Where the next worker dies: memory that the client shares with its workers, and the hooks that look into it.

Kill points are the named failpoints of the app, and every tick of its database: before and after each statement (BEGIN
included), before and after each commit.
"""

from __future__ import annotations

import mmap
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine, event

from app.database.failpoints import HOOKS, NAMES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK, _ARMED, _TICKS_LEFT, _TICKS, _FIRST_NAME = range(5)


class Fate:
    """The clock of all workers, where the next of them dies, and how often each kill point was passed."""

    def __init__(self, at: datetime) -> None:
        self._cells = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("q")
        self._client = os.getpid()
        self.set_clock(at)

    def now(self) -> datetime:
        """The instant that the app is told."""
        return EPOCH + timedelta(microseconds=self._cells[_CLOCK])

    def set_clock(self, at: datetime) -> None:
        """Move the clock of all workers, the living ones too."""
        self._cells[_CLOCK] = (at - EPOCH) // timedelta(microseconds=1)

    def arm_name(self, name: str) -> None:
        """The worker dies at this failpoint."""
        self._cells[_ARMED] = NAMES.index(name) + 1

    def arm_tick(self, number: int) -> None:
        """The worker dies at this tick of the database, counted from now."""
        self._cells[_TICKS_LEFT] = number

    def disarm(self) -> None:
        """Let the worker live."""
        self._cells[_ARMED] = self._cells[_TICKS_LEFT] = 0

    def passed(self) -> tuple[int, dict[str, int]]:
        """Ticks and failpoints passed so far by all processes."""
        return self._cells[_TICKS], {name: self._cells[_FIRST_NAME + number] for number, name in enumerate(NAMES)}

    def pass_name(self, number: int) -> None:
        """A failpoint is passed."""
        self._cells[_FIRST_NAME + number] += 1
        if self._cells[_ARMED] == number + 1:
            self._die()

    def tick(self, *_: Any) -> None:
        """A statement or a commit begins or has ended."""
        self._cells[_TICKS] += 1
        if self._cells[_TICKS_LEFT] > 0:
            self._cells[_TICKS_LEFT] -= 1
            if self._cells[_TICKS_LEFT] == 0:
                self._die()

    def _die(self) -> None:
        if os.getpid() != self._client:
            os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def deadly(engine: Engine, session: Any, fate: Fate) -> Iterator[None]:
    """Let every failpoint and every tick of an engine look into `fate`, in this process and in those it forks."""
    hooks: dict[str, Callable[[], None]] = {name: partial(fate.pass_name, number) for number, name in enumerate(NAMES)}
    ticks = [(engine, "before_cursor_execute"), (engine, "after_cursor_execute"), (engine, "commit"), (session, "after_commit")]
    HOOKS.update(hooks)
    for target, name in ticks:
        event.listen(target, name, fate.tick)
    try:
        yield
    finally:
        HOOKS.clear()
        for target, name in ticks:
            event.remove(target, name, fate.tick)
