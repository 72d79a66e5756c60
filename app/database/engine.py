"""How a transaction begins: SQLite takes its one write lock at once, PostgreSQL waits for the disk at commit."""

from __future__ import annotations

import logging
import threading
from collections.abc import MutableMapping
from typing import Any

from flask import g, has_request_context, request
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import scoped_session

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOCK_WAIT_S = 30.0
log = logging.getLogger("needle_clearance")
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",  # INSERT OR REPLACE deletes, and must meet the trigger that forbids it
)


def write_lock_of(engine: Engine) -> threading.RLock:
    """The lock that lets one writer at a time reach an SQLite file within this process."""
    lock: threading.RLock = engine.__dict__.setdefault("_needle_write_lock", threading.RLock())
    return lock


def begin_rules(engine: Engine) -> None:
    """Install the rules of the engine's kind."""
    if engine.dialect.name == "sqlite":
        _sqlite_rules(engine)


def _sqlite_rules(engine: Engine) -> None:
    lock = write_lock_of(engine)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # this module begins transactions, not the driver
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not _writes():
            connection.exec_driver_sql("BEGIN")
            return
        if not lock.acquire(timeout=LOCK_WAIT_S):
            raise TimeoutError("The database stayed busy for 30 seconds.")
        connection.info["needle_write_lock"] = True
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            if not connection.invalidated:
                _release(connection.info, lock)
            raise

    @event.listens_for(engine, "commit")
    def committed(connection: Connection) -> None:
        _release(connection.info, lock)

    @event.listens_for(engine, "rollback")
    def rolled_back(connection: Connection) -> None:
        if not connection.invalidated:
            _release(connection.info, lock)

    @event.listens_for(engine.pool, "reset")
    def returned(_connection: Any, record: Any, _state: object) -> None:
        _release(record.info, lock)

    @event.listens_for(engine.pool, "invalidate")
    def given_up(_connection: Any, record: Any, _error: object) -> None:
        _release(record.info, lock)  # a connection that broke inside a statement comes back by no other way


def _writes() -> bool:
    """Reading requests share the file; everything else (and every command) takes the write lock at once."""
    return not has_request_context() or request.method not in SAFE_METHODS or bool(g.get("needle_writes"))


def write_from_here(session: scoped_session[Any]) -> None:
    """Let a reading request write (an attempt whose time is up closes when it is looked at): begin anew, with the lock."""
    session.rollback()
    if has_request_context():
        g.needle_writes = True


def let_go(session: scoped_session[Any]) -> None:
    """Give the connection back at the end of a request; one that broke meanwhile takes nothing from the reply, which stands."""
    try:
        session.remove()
    except DBAPIError as error:
        log.error("a connection broke before it was given back: %s", type(error.orig).__name__)
        session().invalidate()
        session.remove()


def _release(info: MutableMapping[Any, Any], lock: threading.RLock) -> None:
    if info.pop("needle_write_lock", None):
        lock.release()
