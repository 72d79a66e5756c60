"""A database that is not exactly what this code expects is not served; the words name the command that mends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from app.database import app_metadata, db
from app.database.triggers import required_triggers
from tests.clearances.builders import Clinic, words_of
from tests.conftest import make_app


def at_revision(clinic: Clinic, revision: str | None) -> None:
    """Say that the database stands at another migration."""
    with clinic.act() as session:
        session.execute(text("DELETE FROM alembic_version"))
        if revision is not None:
            session.execute(text("INSERT INTO alembic_version VALUES (:r)"), {"r": revision})


def drop_trigger(clinic: Clinic, table: str, name: str) -> None:
    """What an SQLite table rebuild does to a trigger."""
    with clinic.act() as session:
        on = f" ON {table}" if session.get_bind().dialect.name == "postgresql" else ""
        session.execute(text(f"DROP TRIGGER {name}{on}"))


@pytest.mark.parametrize("revision", [None, "0000", "somebody_elses"])
def test_a_database_at_another_migration_is_not_served(clinic: Clinic, revision: str | None) -> None:
    at_revision(clinic, revision)
    wrong = []
    for path in ("/", "/sign-in", "/home", "/check/NOSUCH", "/register", "/nothing"):
        answer = clinic.client().get(path)
        if answer.status_code != 503 or "flask --app app db upgrade" not in words_of(answer):
            wrong.append(f"{path}: {answer.status_code}")
        answer.close()
    assert wrong == []


def test_nothing_is_written_to_a_database_at_another_migration(clinic: Clinic) -> None:
    before = clinic.count("sign_in_failure")
    at_revision(clinic, "0000")
    assert clinic.client().post("/sign-in", data={"email": "x", "password": "y"}).status_code == 503
    assert clinic.count("sign_in_failure") == before


def test_it_is_served_as_soon_as_it_is_right_again(clinic: Clinic) -> None:
    right = clinic.scalar("SELECT version_num FROM alembic_version")
    at_revision(clinic, None)
    assert clinic.client().get("/sign-in").status_code == 503
    at_revision(clinic, right)
    assert clinic.client().get("/sign-in").status_code == 200


def test_readiness_names_the_migration_that_is_missing(clinic: Clinic) -> None:
    at_revision(clinic, "0000")
    answer = clinic.client().get("/readyz", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert "0000" in answer.get_data(as_text=True)
    assert "flask --app app db upgrade" in answer.get_data(as_text=True)


def test_readiness_is_ok_with_everything_in_place(clinic: Clinic) -> None:
    answer = clinic.client().get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json() | {"migration": ""} == {"status": "ok", "migration": "", "faults": [], "exam_clock": "steady"}


@pytest.mark.parametrize("warm", [False, True], ids=["before the first request", "while serving"])
def test_readiness_lists_every_missing_trigger(clinic: Clinic, warm: bool) -> None:
    if warm:
        assert clinic.client().get("/sign-in").status_code == 200
    dropped = ("decision_no_update", "audit_event_no_delete", "decision_granter_is_no_counted_observer")
    for name in dropped:
        drop_trigger(clinic, name.partition("_no_")[0] if "_no_" in name and "granter" not in name else "decision", name)
    answer = clinic.client().get("/readyz")
    assert answer.status_code == 503
    for name in dropped:
        assert name in answer.get_data(as_text=True)
    assert "flask --app app repair-triggers" in answer.get_data(as_text=True)


def test_a_database_without_its_triggers_is_not_served_until_they_are_repaired(clinic: Clinic) -> None:
    drop_trigger(clinic, "signature", "signature_no_update")
    answer = clinic.client().get("/sign-in")
    assert answer.status_code == 503
    assert "signature_no_update" in words_of(answer)
    assert clinic.command("repair-triggers").exit_code == 0
    assert clinic.client().get("/sign-in").status_code == 200


def test_the_process_says_that_it_lives_whatever_the_database_is_like(clinic: Clinic) -> None:
    at_revision(clinic, "0000")
    assert clinic.client().get("/healthz").status_code == 200


def test_a_database_that_is_not_there_is_503_with_words(clinic: Clinic) -> None:
    app = make_app("postgresql+psycopg://tester@/nothing?host=/nonexistent", clinic.clock)
    for path in ("/sign-in", "/readyz", "/home"):
        answer = app.test_client().get(path)
        assert answer.status_code == 503
        assert "DATABASE_URL" in answer.get_data(as_text=True)


def test_an_empty_database_is_503_with_the_command(clinic: Clinic, tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'empty.sqlite'}", clinic.clock)
    for path in ("/sign-in", "/", "/readyz"):
        answer = app.test_client().get(path)
        assert answer.status_code == 503
        assert "flask --app app db upgrade" in answer.get_data(as_text=True)
    with app.app_context():
        db.engine.dispose()


def test_every_kind_of_database_has_the_same_triggers() -> None:
    elsewhere = {name for name in required_triggers(app_metadata, "postgresql") if not name.endswith("_no_truncate")}
    assert set(required_triggers(app_metadata, "sqlite")) == elsewhere  # SQLite has no TRUNCATE
