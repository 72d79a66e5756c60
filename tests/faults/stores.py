"""The two databases under test: made once, put back before each round, read by the checker, and hurt."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from app.accounts.actions import add_person
from app.accounts.passwords import Passwords
from app.database import db
from tests.builders import PASSPHRASE, QUESTION_BANK, Clinic, email_of, find_clinic, give_role
from tests.clock import START, FakeClock
from tests.conftest import _build_schema as build_schema
from tests.conftest import _fill_clinic as fill_clinic
from tests.conftest import make_app
from tests.faults.history import read_tables
from tests.postgres import Server

CANDIDATES = tuple(f"candidate{number}" for number in range(1, 9))
TABLES = dict[str, list[dict[str, Any]]]


class SqliteStore:
    """A file; the app's own pragmas stand, and there is no server to hurt."""

    kind = "sqlite"

    def __init__(self, folder: Path, clinic: Path | None = None) -> None:
        """`clinic` is a file that holds the clinic of tests/builders.py already."""
        self._template, self._live = folder / "template.sqlite", folder / "live.sqlite"
        self.url, template = f"sqlite:///{self._live}", f"sqlite:///{self._template}"
        if clinic is None:
            build(template)
        else:
            shutil.copy(clinic, self._template)
        add_candidates(template)

    def put_back(self) -> None:
        """The clinic as it was made."""
        for end in ("", "-wal", "-shm"):
            Path(f"{self._live}{end}").unlink(missing_ok=True)
        shutil.copy(self._template, self._live)

    def read(self) -> TABLES:
        """Every row that the checker wants."""
        with closing(sqlite3.connect(self._live)) as connection:
            return read_tables(connection)


class PostgresStore:
    """A database of a server of our own that waits for the disk at every commit."""

    kind = "postgresql"

    def __init__(self, server: Server) -> None:
        self._server, url = server, make_url(server.url)
        self._host = str(url.query["host"])
        self.url = url.set(database="live").render_as_string(hide_password=False)
        self._command("CREATE DATABASE template_clinic")
        template = url.set(database="template_clinic").render_as_string(hide_password=False)
        build(template)
        add_candidates(template)

    def put_back(self) -> None:
        """The clinic as it was made."""
        self._command("DROP DATABASE IF EXISTS live WITH (FORCE)")
        self._command("CREATE DATABASE live TEMPLATE template_clinic STRATEGY FILE_COPY")

    def read(self) -> TABLES:
        """Every row that the checker wants, once no dead worker's statement is still at work."""
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'live'"
        until = time.monotonic() + 30
        while self._command(query) != 0 and time.monotonic() < until:
            time.sleep(0.005)
        with psycopg.connect(host=self._host, user="tester", dbname="live") as connection:
            return read_tables(connection)

    def stop(self) -> None:
        """The server ends where it stands."""
        self._server.stop_at_once()

    def start(self) -> None:
        """And recovers."""
        self._server.start()

    def end_backends(self) -> None:
        """Every connection of the app is ended by an administrator."""
        self._command("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'live'")

    def _command(self, statement: str) -> Any:
        with psycopg.connect(host=self._host, user="tester", dbname="postgres", autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None  # type: ignore[index]


def build(url: str) -> None:
    """The clinic of tests/builders.py."""
    build_schema(url)
    fill_clinic(url, QUESTION_BANK)


def add_candidates(url: str) -> None:
    """Eight people more, who may sit exams."""
    with _clinic(url) as clinic:
        admin = clinic.actor("admin")
        for number, key in enumerate(CANDIDATES):
            clinic.people[key] = add_person(  # type: ignore[index]
                clinic.session, email=email_of(key), printed_name=f"Cara Candidate {number}", profession="Physiotherapist",
                session_key=f"key-{number:02d}-of-faults", actor=admin, now=START,
            )  # fmt: skip
            clinic.people[key].password_hash = Passwords("cheap").hash(PASSPHRASE)
            clinic.session.flush()
            give_role(clinic, key, "trainee", at=START)
        clinic.session.commit()


@contextmanager
def _clinic(url: str) -> Iterator[Clinic]:
    with make_app(url, FakeClock()).app_context():
        yield find_clinic(db.session)
        db.session.remove()
        db.engine.dispose()
