"""A migration that rebuilds a table keeps its rows, what refers to them, and the triggers; a broken reference takes it back."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database import app_metadata, db
from app.database.triggers import missing_triggers
from tests.builders import Clinic, answer_all, start, submit_and_grade
from tests.clock import START

BEFORE_PRACTICE = "3f2c9a7d5e10"
KEPT = ("attempt", "attempt_item", "response_revision", "grade", "graded_item", "item_version")


def rows() -> dict[str, list[str]]:
    """Every row of the tables that are kept, without the columns that practice added."""
    found = {}
    for name in KEPT:
        columns = ", ".join(c.name for c in app_metadata.tables[name].columns if (name, c.name) != ("attempt_item", "pool"))
        found[name] = sorted(map(repr, db.session.execute(text(f"SELECT {columns} FROM {name}")).all()))
    db.session.rollback()
    return found


@pytest.fixture
def sat(clinic: Clinic, clinic_app: Flask) -> Clinic:
    """The clinic after an exam that was passed, so that nothing of practice is stored yet."""
    attempt = start(clinic, "trainee", "complication-response", START)
    answer_all(clinic, attempt, START)
    submit_and_grade(clinic, attempt, START)
    db.session.commit()
    return clinic


def test_a_form_and_its_answers_come_through_the_rebuilding_of_their_tables(sat: Clinic) -> None:
    before = rows()
    assert all(before.values())
    db.session.remove()
    downgrade(revision=BEFORE_PRACTICE)
    assert rows() == before
    db.session.remove()
    upgrade()
    assert rows() == before
    assert set(db.session.scalars(text("SELECT pool FROM attempt_item"))) == {"exam"}
    db.session.remove()
    with db.engine.connect() as connection:
        assert missing_triggers(connection, app_metadata) == []
    for statement in ("DELETE FROM attempt_item", "UPDATE response_revision SET certainty = 'sure'"):
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_references_are_watched_again_after_a_migration(sat: Clinic) -> None:
    db.session.remove()
    downgrade(revision=BEFORE_PRACTICE)
    upgrade()
    with pytest.raises(DBAPIError, match="(?i)foreign key"):
        db.session.execute(
            text("INSERT INTO practice_note (person_id, item_id, words, updated_at) VALUES (1, 'no', 'x', '2026-11-24')")
        )
    db.session.rollback()
