"""The rig itself: a sample of kill points on both databases, its words, and what it says of an app that really loses answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.attempts.actions import saving
from app.attempts.views import taking
from app.database import db
from config import ROOT
from tests.conftest import DATABASES
from tests.faults.rig import Outcome, Rig
from tests.faults.stores import SqliteStore

SAMPLE = {"N": "40", "FAULTS_STOPS": "2", "FAULTS_SEED": "20261130"}


@pytest.mark.timeout(600)
def test_no_fault_loses_an_acknowledged_answer_invents_one_or_leaves_half_of_anything() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults"], cwd=ROOT, env={**os.environ, **SAMPLE}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["database"] for line in lines] == list(DATABASES)
    for line in lines:
        assert line["points"] == 40
        assert line["acknowledged"] > 10
        assert {name: line[name] for name in ("lost", "phantom", "half", "unexpected")} == dict.fromkeys(
            ("lost", "phantom", "half", "unexpected"), 0
        )
    assert [line["stops"] for line in lines] == [0, 2]


def run_on(clinic: Path, folder: Path, points: int) -> Outcome:
    """Some kill points on a copy of the clinic."""
    return Rig(SqliteStore(folder, clinic), folder, seed=7, points=points, stops=0).run()


@pytest.fixture
def sabotage(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, Callable[[], object]], None]:
    """Do something wrong at a failpoint of a module, before the worker may die there."""

    def install(module: Any, name: str, wrong: Callable[[], object]) -> None:
        right = module.failpoint

        def failpoint(passed: str) -> None:
            if passed == name:
                wrong()
            right(passed)

        monkeypatch.setattr(module, "failpoint", failpoint)

    return install


def test_an_answer_in_two_transactions_is_found_half_written(
    sqlite_clinic: Path, tmp_path: Path, sabotage: Callable[[Any, str, Callable[[], object]], None]
) -> None:
    sabotage(saving, "answer.after_insert", lambda: db.session.commit())
    assert run_on(sqlite_clinic, tmp_path, 400).findings.half


def test_an_answer_that_is_acknowledged_and_then_undone_is_found_lost(
    sqlite_clinic: Path, tmp_path: Path, sabotage: Callable[[Any, str, Callable[[], object]], None]
) -> None:
    sabotage(taking, "answer.before_commit", lambda: db.session.rollback())
    assert run_on(sqlite_clinic, tmp_path, 1).findings.lost


def test_an_app_that_answers_with_an_error_of_its_own_is_found(
    sqlite_clinic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_rest: object) -> str:
        raise RuntimeError("a fault of the app's own")

    monkeypatch.setattr(taking, "_next_page", fail)
    assert any("500" in words for words in run_on(sqlite_clinic, tmp_path, 1).unexpected)
