"""The demonstration clinic on a fresh database of either kind, with a table for the floor of a save."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import Column, Integer, MetaData, String, Table, Text

from app import create_app
from app.cli.bank import load_bank
from app.database import app_metadata, db
from app.database.triggers import create_triggers
from app.demonstration.actions import build_demonstration
from app.demonstration.making import DAYS_OF_HISTORY
from app.operations.queries import expected_revision
from app.web.clockwork import new_token, now
from config import ROOT, Config
from tests.postgres import postgres_of_our_own

_EXTRA = MetaData()
FLOOR = Table("bench_floor", _EXTRA, Column("id", Integer, primary_key=True), Column("body", Text))
_REVISION = Table("alembic_version", _EXTRA, Column("version_num", String(32), primary_key=True))


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The address of an empty database in a temporary folder; both kinds wait for its disk at every commit."""
    if kind == "postgresql":
        with postgres_of_our_own(durable=True) as server:
            yield server.url
        return
    instance = Path(ROOT) / "instance"
    with tempfile.TemporaryDirectory(dir=instance if instance.is_dir() else None) as folder:
        yield f"sqlite:///{folder}/bench.sqlite"


def make(url: str) -> Flask:
    """The demonstration clinic."""
    app = create_app(Config(database_url=url, secret_key="x" * 40, password_profile="cheap", testing=True), rng=random.Random(1))
    with app.app_context():
        app_metadata.create_all(db.engine)
        _EXTRA.create_all(db.engine)
        with db.engine.begin() as connection:
            create_triggers(connection, app_metadata)
            connection.execute(_REVISION.insert(), {"version_num": expected_revision()})
        load_bank(now() - timedelta(days=DAYS_OF_HISTORY + 1))
        build_demonstration(
            db.session,
            passphrase="only for this run",
            passwords=app.extensions["needle_clearance.passwords"],
            tokens=new_token,
            today=now(),
        )
        db.session.commit()
    return app
