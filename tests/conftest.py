"""Fixtures of every test: an application on each database, a still clock, people to act as."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from app import create_app
from app.bank.files import read_bank
from app.database import app_metadata, db
from app.database.triggers import create_triggers
from config import Config
from tests.branches import branch
from tests.builders import QUESTION_BANK, Clinic, find_clinic, make_clinic
from tests.clock import FakeClock, NumberedTokens
from tests.compiled import compile_templates_once
from tests.postgres import running_postgres
from tests.routes import compose_once
from tests.turned import secrets_of, write_turned_bank

compose_once()
settings.register_profile("deep", max_examples=int(os.environ.get("DEEP_EXAMPLES", "10000")), deadline=None)
settings.register_profile("sample", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "sample"))

DATABASES = ("sqlite", "postgresql")
LONG = (
    "web/test_bad_input.py", "journeys/test_accessibility.py", "faults/test_rig.py", "journeys/test_unsent.py",
    "journeys/test_saving.py", "journeys/test_copies.py", "attempts/test_failpoints.py", "journeys/test_exam_states.py",
    "regrades/test_failpoints.py", "attempts/test_non_interference.py", "practice/test_keys_closed.py",
)  # fmt: skip
"""Modules that take longest: they begin first, so that at the end no worker waits for another one's."""
SECRET = "a secret of tests, long enough to sign with"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long modules first, everything else in the order that chance has given it."""
    items.sort(key=lambda item: next((n for n, name in enumerate(LONG) if str(item.path).endswith(name)), len(LONG)))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Half as many again as there are processors: a journey waits for its page's timers most of the time."""
    return (os.cpu_count() or 1) * 3 // 2


def make_app(database_url: str, clock: FakeClock, **settings: object) -> Flask:
    """An application for tests: cheap passwords, numbered tokens, seeded chance."""
    options: dict[str, object] = {
        "secret_key": SECRET,
        "secure_cookies": False,
        "password_profile": "cheap",
        "testing": True,
    }
    config = Config(database_url=database_url, **{**options, **settings})  # type: ignore[arg-type]
    return compile_templates_once(create_app(config, clock, random.Random(20261124), NumberedTokens()))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server: TEST_DATABASE_URL, or one of our own for this run."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with running_postgres() as url:
        yield url


def _build_schema(url: str) -> None:
    """All tables and triggers as the migrations leave them (tests/migrations proves that they agree)."""
    app = make_app(url, FakeClock())
    with app.app_context():
        app_metadata.create_all(db.engine)
        with db.engine.begin() as connection:
            create_triggers(connection, app_metadata)
            connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": _revision()})
        db.engine.dispose()


def _revision() -> str:
    from app.operations.queries import expected_revision

    return expected_revision()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    _build_schema(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of an empty, migrated database, cloned for each test."""
    name = f"template_{os.getpid()}"
    _admin(postgres_server, f"CREATE DATABASE {name}")
    _build_schema(_named(postgres_server, name))
    return name


def _named(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _admin(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """A PostgreSQL database that holds nothing, for as long as the block runs."""
    name = f"empty_{os.getpid()}"
    _admin(server, f"CREATE DATABASE {name}")
    yield _named(server, name)
    _admin(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated, empty database, once of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "test.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**9}"
    _admin(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield _named(server, name)
    _admin(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def clock() -> FakeClock:
    """The still clock of this test."""
    return FakeClock()


@pytest.fixture
def app(database_url: str, clock: FakeClock) -> Iterator[Flask]:
    """The application on a fresh database."""
    application = make_app(database_url, clock)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_clinic(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the real bank and the clinic of tests/builders.py, copied for each test."""
    return _sqlite_filled(sqlite_template, tmp_path_factory.mktemp("clinic") / "clinic.sqlite", QUESTION_BANK)


@pytest.fixture(scope="session")
def postgres_clinic(postgres_server: str, postgres_template: str) -> str:
    """The name of a database with the real bank and the clinic of tests/builders.py, cloned for each test."""
    return _postgres_filled(postgres_server, postgres_template, f"clinic_{os.getpid()}", QUESTION_BANK)


def _sqlite_filled(template: Path, path: Path, bank: Path) -> Path:
    shutil.copy(template, path)
    _fill_clinic(f"sqlite:///{path}", bank)
    return path


def _postgres_filled(server: str, template: str, name: str, bank: Path) -> str:
    _admin(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    _fill_clinic(_named(server, name), bank)
    return name


def _fill_clinic(url: str, folder: Path) -> None:
    application = make_app(url, FakeClock())
    with application.app_context():
        make_clinic(db.session, folder=folder)
        db.session.commit()
        db.session.remove()
        db.engine.dispose()  # the last connection moves SQLite's log into the file


@pytest.fixture(params=DATABASES)
def clinic_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh copy of the clinic's database, once of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "clinic.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_clinic"), path)
        yield f"sqlite:///{path}"
        return
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_clinic")
    name = f"clinic_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**9}"
    _admin(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield _named(server, name)
    _admin(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def clinic_app(clinic_url: str, clock: FakeClock) -> Iterator[Flask]:
    """The application on a fresh copy of the clinic's database."""
    application = make_app(clinic_url, clock)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def clinic(clinic_app: Flask) -> Clinic:
    """The clinic in `clinic_app`'s database: site, people and roles on the real bank."""
    return find_clinic(db.session)


@pytest.fixture(scope="session")
def turned_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the bank that tests/turned.py turns round."""
    return write_turned_bank(tmp_path_factory.mktemp("turned") / "bank")


@pytest.fixture(scope="session")
def hidden(turned_bank: Path) -> set[str]:
    """Every text of either bank that nobody may see before an answer is given or an attempt is over."""
    return {text for folder in (QUESTION_BANK, turned_bank) for item in read_bank(folder).items for text in secrets_of(item)}


@pytest.fixture(scope="session")
def sqlite_turned(sqlite_template: Path, turned_bank: Path) -> Path:
    """The clinic's SQLite file on the bank that is turned round, copied for each module."""
    return _sqlite_filled(sqlite_template, turned_bank.parent / "turned.sqlite", turned_bank)


@pytest.fixture(scope="session")
def postgres_turned(postgres_server: str, postgres_template: str, turned_bank: Path) -> str:
    """The name of the clinic's database on the bank that is turned round, cloned for each module."""
    return _postgres_filled(postgres_server, postgres_template, f"turned_{os.getpid()}", turned_bank)


@pytest.fixture(scope="module")
def both_banks(request: pytest.FixtureRequest) -> Iterator[tuple[Flask, Flask]]:
    """The clinic twice on one kind of database: on the real bank and on the one turned round."""
    if request.param == "sqlite":
        urls = [f"sqlite:///{request.getfixturevalue(f'sqlite_{name}')}" for name in ("clinic", "turned")]
    else:
        server = request.getfixturevalue("postgres_server")
        urls = [_named(server, request.getfixturevalue(f"postgres_{name}")) for name in ("clinic", "turned")]
    with branch(urls[0]) as real, branch(urls[1]) as turned_round:
        found = make_app(real, FakeClock()), make_app(turned_round, FakeClock())
        yield found
        for application in found:
            with application.app_context():
                db.engine.dispose()
