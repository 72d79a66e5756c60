"""The database is away: every page and every save says so in words, whoever is signed in, and all is well once it is back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event

from app.database import db
from app.database.failpoints import HOOKS
from tests.attempts.sitting import sit
from tests.builders import Clinic

REQUESTS = (
    ("GET", "/home"), ("GET", "/quizzes"), ("POST", "/quizzes/complication-response/start"), ("GET", "/attempts/1"),
    ("PUT", "/attempts/1/responses/1"), ("POST", "/attempts/1?q=1"), ("POST", "/attempts/1/submit"), ("GET", "/no-such-page"),
)  # fmt: skip


@contextmanager
def database_away(app: Flask) -> Iterator[None]:
    """No connection is left, and none can be made."""
    engine = db.engine

    def refuse(dialect: object, *_rest: object) -> None:
        raise dialect.loaded_dbapi.OperationalError("the server is not there")  # type: ignore[attr-defined]

    db.session.remove()
    engine.dispose()
    event.listen(engine, "do_connect", refuse)
    try:
        yield
    finally:
        event.remove(engine, "do_connect", refuse)


def test_a_signed_in_person_is_told_in_words_and_finds_everything_once_it_is_back(clinic_app: Flask, clinic: Clinic) -> None:
    browser = clinic.client(clinic_app, "trainee")
    attempt_id = sit(browser).attempt_id
    with database_away(clinic_app):
        for method, path in REQUESTS:
            address = path.replace("/1", f"/{attempt_id}", 1)
            answer = browser.open(address, method=method, json={"op_id": "op-of-away"} if method == "PUT" else None)
            assert answer.status_code == 503, (method, path)
            assert "The database did not answer" in answer.text or "The database does not answer" in answer.text
            assert "Nothing was saved" not in answer.text
    assert browser.get(f"/attempts/{attempt_id}").status_code == 200


def test_it_may_go_away_while_a_refusal_is_being_answered(
    clinic_app: Flask, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = clinic.client(clinic_app, "trainee")
    sitting = sit(browser)
    away = database_away(clinic_app)
    monkeypatch.setitem(HOOKS, "answer.before_lock", away.__enter__)
    answer = sitting.put(1, {"choice": "o1"})
    away.__exit__(None, None, None)
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
