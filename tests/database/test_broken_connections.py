"""A connection that breaks behind the last statement of a request: the reply stands, and the next request has another."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.database import db, let_go
from app.database.engine import write_lock_of
from app.database.failpoints import HOOKS
from tests.builders import Clinic


def break_the_connection() -> None:
    """Close it underneath the session, which has a transaction open."""
    db.session.execute(text("SELECT 1"))
    db.session.connection().connection.dbapi_connection.close()


def test_letting_go_of_a_broken_connection_raises_nothing_and_the_next_one_works(app: Flask) -> None:
    break_the_connection()
    let_go(db.session)
    sessions = db.session.registry
    assert not sessions.has()
    assert db.session.scalar(text("SELECT 1")) == 1
    let_go(db.session)
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        assert not write_lock_of(db.engine)._is_owned()  # type: ignore[attr-defined]


def test_a_connection_that_breaks_after_the_commit_takes_nothing_from_the_reply(
    clinic_app: Flask, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = clinic.client(clinic_app, "trainee")
    monkeypatch.setitem(HOOKS, "start.before_reply", break_the_connection)
    answer = browser.post("/quizzes/complication-response/start")
    assert answer.status_code == 302
    assert browser.get(answer.headers["Location"]).status_code == 200
