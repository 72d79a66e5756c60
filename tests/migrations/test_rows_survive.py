"""A migration that rebuilds a table keeps its rows, what refers to them, and the triggers; a broken reference takes it back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database import app_metadata, db
from app.database.triggers import missing_triggers
from tests.builders import Clinic, answer_all, days_ago, decide, make_ready, start, submit_and_grade
from tests.clock import START

BEFORE_PRACTICE = "3f2c9a7d5e10"
BEFORE_OBSERVATIONS = "2f7a90c4e1bd"
KEPT = ("attempt", "attempt_item", "response_revision", "grade", "graded_item", "item_version")


Rows = dict[str, list[dict[str, Any]]]


def rows() -> Rows:
    """Every row of the tables that are kept, with the columns that it has now."""
    found = {name: [dict(row) for row in db.session.execute(text(f"SELECT * FROM {name}")).mappings()] for name in KEPT}
    db.session.rollback()
    return found


def shared(these: Rows, others: Rows) -> dict[str, list[str]]:
    """The rows as far as the others have their columns too, in an order of their own."""
    found = {}
    for name, some in these.items():
        columns = sorted(set(some[0]) & set(others[name][0]))
        found[name] = sorted(repr([row[c] for c in columns]) for row in some)
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
    earlier = rows()
    assert shared(earlier, before) == shared(before, earlier)
    db.session.remove()
    upgrade()
    for row in before["attempt"]:
        row["time_zone"] = None  # which the earlier schema had no room for
    assert shared(rows(), before) == shared(before, before)
    assert set(db.session.scalars(text("SELECT pool FROM attempt_item"))) == {"exam"}
    db.session.remove()
    with db.engine.connect() as connection:
        assert missing_triggers(connection, app_metadata) == []
    for statement in ("DELETE FROM attempt_item", "UPDATE response_revision SET certainty = 'sure'"):
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_signed_observations_and_what_rests_on_them_come_through_a_migration_there_and_back(
    clinic: Clinic, clinic_app: Flask
) -> None:
    decide(clinic, make_ready(clinic, "trainee", "thorax"), "recommend", "observer1", days_ago(1))
    db.session.commit()
    tables = ("observation_record", "decision_evidence", "observation")
    before = {t: db.session.execute(text(f"SELECT * FROM {t} ORDER BY id")).mappings().all() for t in tables}
    assert all(before.values())
    db.session.remove()
    downgrade(revision=BEFORE_OBSERVATIONS)
    upgrade()
    after = {t: db.session.execute(text(f"SELECT * FROM {t} ORDER BY id")).mappings().all() for t in tables}
    assert {row["form_sha256"] for row in after["observation_record"]} == {""}, "which the earlier schema had no room for"
    for table in tables:
        assert [{**row, "form_sha256": ""} for row in before[table]] == [{**row, "form_sha256": ""} for row in after[table]]
    db.session.remove()
    with db.engine.connect() as connection:
        assert missing_triggers(connection, app_metadata) == []


def test_references_are_watched_again_after_a_migration(sat: Clinic) -> None:
    db.session.remove()
    downgrade(revision=BEFORE_PRACTICE)
    upgrade()
    with pytest.raises(DBAPIError, match="(?i)foreign key"):
        db.session.execute(
            text("INSERT INTO practice_note (person_id, item_id, words, updated_at) VALUES (1, 'no', 'x', '2026-11-24')")
        )
    db.session.rollback()
