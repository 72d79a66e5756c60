"""Copies of a database, and the two ways in which a process may die in the middle of an act."""

from __future__ import annotations

import itertools
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, select, text
from sqlalchemy.engine import make_url

from app.database import app_metadata

_numbers = itertools.count(1)
OWN_WORDS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
KILLED = 9


class Died(BaseException):
    """The process ended here: nothing but the end of the process catches it."""


@contextmanager
def branch(url: str) -> Iterator[str]:
    """A copy of a database that nobody is connected to; it goes when the block ends."""
    parsed, number = make_url(url), next(_numbers)
    if parsed.get_backend_name() == "sqlite":
        copy = f"{parsed.database}.{number}"
        shutil.copy(str(parsed.database), copy)
        yield f"sqlite:///{copy}"
        return
    name = f"{parsed.database}_{number}"
    server = create_engine(parsed.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {parsed.database} STRATEGY FILE_COPY"))
        try:
            yield parsed.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@contextmanager
def dying_before(engine: Engine, number: int, how: Callable[[], None]) -> Iterator[list[str]]:
    """Call `how` before the statement of that number (the commit is the one after the last); yields what was sent."""
    sent: list[str] = []

    def statement(_connection: object, _cursor: object, text_: str, *_rest: object) -> None:
        if text_.split()[0].upper() in OWN_WORDS:
            return
        if len(sent) + 1 == number:
            how()
        sent.append(text_)

    def commit(_connection: object) -> None:
        if len(sent) + 1 == number:
            how()

    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", commit, insert=True)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", commit)


def raise_died() -> None:
    """End the act as a dying process would, but let the test go on."""
    raise Died


def exit_at_once() -> None:
    """End this process without a word: no rollback, no cleaning up."""
    os._exit(KILLED)


def in_a_child(act: Callable[[], object]) -> int:
    """Run `act` in a forked process and return its exit status: KILLED, 0 if it went through, 1 if it failed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of forks beside threads
        pid = os.fork()
    if pid == 0:
        try:
            act()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def snapshot(url: str) -> dict[str, list[Any]]:
    """Every row of every table, read by a connection of its own."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {table.name: sorted(map(repr, connection.execute(select(table)).all())) for table in app_metadata.sorted_tables}
    engine.dispose()
    return found


def sizes(rows: dict[str, list[Any]]) -> dict[str, int]:
    """The number of rows of each table of a snapshot."""
    return {table: len(found) for table, found in rows.items()}
