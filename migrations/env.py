"""Run migrations with the application's own engine and models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from app.accounts import models as _accounts  # noqa: F401  (every room's tables must be known here)
from app.attempts import models as _attempts  # noqa: F401
from app.audit import models as _audit  # noqa: F401
from app.bank import models as _bank  # noqa: F401
from app.catalogue import models as _catalogue  # noqa: F401
from app.clearances import models as _clearances  # noqa: F401
from app.database import app_metadata, db
from app.database.triggers import create_triggers
from app.decisions import models as _decisions  # noqa: F401
from app.practice import models as _practice  # noqa: F401
from app.quizzes import models as _quizzes  # noqa: F401
from app.records import models as _records  # noqa: F401
from app.regrades import models as _regrades  # noqa: F401
from app.signatures import models as _signatures  # noqa: F401
from app.supervision import models as _supervision  # noqa: F401


def run() -> None:
    """Migrate, then put back every trigger: Alembic's batch mode on SQLite drops them with the table it rebuilds."""
    if context.is_offline_mode():
        raise SystemExit("Migrations run against a database only: set DATABASE_URL and leave out --sql.")
    configured = current_app.extensions["migrate"].configure_args
    with db.engine.connect() as connection, references_aside(connection):
        context.configure(connection=connection, target_metadata=app_metadata, **configured)
        with context.begin_transaction():
            context.run_migrations()
            refuse_broken_references(connection)
        connection.commit()
    with db.engine.begin() as connection:
        create_triggers(connection, app_metadata)


@contextmanager
def references_aside(connection: Connection) -> Iterator[None]:
    """On SQLite a table that others refer to can be rebuilt only while references are not watched; they are checked after."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.cursor()  # by the driver's own cursor, since no transaction may have begun
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        raw.execute("PRAGMA foreign_keys=ON")
        raw.close()


def refuse_broken_references(connection: Connection) -> None:
    """Nothing is kept of a migration that leaves a row without what it refers to."""
    if connection.dialect.name == "sqlite" and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
        raise SystemExit(f"The migration would break references and was taken back: {broken[:3]}")


run()
