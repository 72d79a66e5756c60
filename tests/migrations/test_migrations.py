"""The migrations, run on nothing, leave exactly what the models ask for: tables, constraints, indexes, triggers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, inspect, text

from app.database import app_metadata, db
from app.database.triggers import create_triggers, missing_triggers
from tests.clock import FakeClock
from tests.conftest import DATABASES, empty_database, make_app

_SQLITE_TRIGGERS = "SELECT name, sql AS body FROM sqlite_master WHERE type = 'trigger'"
_POSTGRES_TRIGGERS = (
    "SELECT t.tgname AS name, pg_get_triggerdef(t.oid) || pg_get_functiondef(t.tgfoid) AS body FROM pg_trigger t "
    "WHERE NOT t.tgisinternal"
)


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path, empty_postgres: str) -> Iterator[Flask]:
    """An application on a database that holds nothing at all."""
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}" if request.param == "sqlite" else empty_postgres
    app = make_app(url, FakeClock())
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def empty_postgres(postgres_server: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    with empty_database(postgres_server) as url:
        yield url


def _words(found: Any) -> str:
    """The same words for the same thing: mappings in order, clauses as their SQL."""
    if isinstance(found, dict):
        return str(sorted((k, _words(v)) for k, v in found.items()))
    return str([_words(v) for v in found]) if isinstance(found, list | tuple) else str(found)


def _sorted(found: list[Any]) -> list[str]:
    return sorted(_words(one) for one in found)


def schema_of(connection: Connection) -> dict[str, Any]:
    """Everything that a database holds besides rows, in comparable words."""
    seen, found = inspect(connection), {}
    for table in sorted(set(seen.get_table_names()) - {"alembic_version"}):
        found[table] = {
            "columns": [_words(c) for c in seen.get_columns(table)],
            "key": _words(seen.get_pk_constraint(table)),
            "foreign": _sorted(seen.get_foreign_keys(table)),
            "unique": _sorted(seen.get_unique_constraints(table)),
            "checks": _sorted(seen.get_check_constraints(table)),
            "indexes": _sorted(seen.get_indexes(table)),
        }
    query = _SQLITE_TRIGGERS if connection.dialect.name == "sqlite" else _POSTGRES_TRIGGERS
    found["triggers"] = {row.name: row.body for row in connection.execute(text(query))}
    return found


def test_migrations_on_an_empty_database_leave_what_the_models_ask_for(empty: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), app_metadata) == []
        assert missing_triggers(connection, app_metadata) == []
        migrated = schema_of(connection)
    _wipe()
    app_metadata.create_all(db.engine)
    with db.engine.begin() as connection:
        create_triggers(connection, app_metadata)
    with db.engine.connect() as connection:
        made = schema_of(connection)
    assert migrated.keys() == made.keys()
    for name, parts in made.items():
        assert migrated[name] == parts, name
    assert len(made) == len(app_metadata.tables) + 1


def _wipe() -> None:
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            return
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table in reversed(app_metadata.sorted_tables):
            connection.exec_driver_sql(f'DROP TABLE "{table.name}"')
        connection.exec_driver_sql("DROP TABLE alembic_version")


def test_the_comparison_sees_one_missing_check(empty: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        whole = schema_of(connection)
        assert any("two_people" in check for check in whole["decision"]["checks"])
        assert any("recommendation_id" in unique for unique in whole["decision"]["unique"])


def test_migrations_go_back_to_nothing_and_forward_again(empty: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    with db.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    upgrade()
    with db.engine.connect() as connection:
        assert missing_triggers(connection, app_metadata) == []
