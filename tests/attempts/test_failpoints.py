"""A death between any two statements of an act leaves the database as it was, and the act can be done again."""

from __future__ import annotations

import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import PendingRollbackError

from app.database import db
from app.database.engine import write_lock_of
from tests.attempts.acts import ACTS, GRANT, GRANT_ALONE, SAVE, Act, assert_nothing_is_half, die, prepare, run
from tests.branches import KILLED, Died, branch, dying_before, exit_at_once, in_a_child, raise_died, sizes, snapshot
from tests.clock import FakeClock
from tests.conftest import make_app


def name_of(act: Act) -> str:
    return act.name.replace(" ", "-")


@pytest.mark.parametrize("act", ACTS, ids=name_of)
def test_a_death_before_any_statement_changes_nothing_and_the_act_can_be_repeated(clinic_url: str, act: Act) -> None:
    prepare(clinic_url, act)
    before = snapshot(clinic_url)
    statements, after = _undisturbed(clinic_url, act)
    assert after != sizes(before)
    for number in range(1, len(statements) + 2):  # the last one is the commit
        die(clinic_url, act, number)
        assert snapshot(clinic_url) == before, (number, statements[number - 2 : number])
    assert_nothing_is_half(clinic_url)
    run(clinic_url, act)
    assert sizes(snapshot(clinic_url)) == after
    assert_nothing_is_half(clinic_url)


@pytest.mark.parametrize("act", [SAVE, GRANT_ALONE, GRANT], ids=name_of)
def test_a_killed_process_changes_nothing_and_the_act_can_be_repeated(clinic_url: str, act: Act) -> None:
    prepare(clinic_url, act)
    before = snapshot(clinic_url)
    statements, after = _undisturbed(clinic_url, act)
    commit = len(statements) + 1
    for number in sorted({2, commit // 2, commit - 1, commit}):
        assert in_a_child(partial(run, clinic_url, act, number, exit_at_once)) == KILLED, number
        assert snapshot(clinic_url) == before, number
    run(clinic_url, act)
    assert sizes(snapshot(clinic_url)) == after
    assert_nothing_is_half(clinic_url)


def _undisturbed(url: str, act: Act) -> tuple[list[str], dict[str, int]]:
    """The statements of an act and the sizes of the tables after it, found on a copy."""
    with branch(url) as copy:
        statements = run(copy, act)
        assert_nothing_is_half(copy)
        return statements, sizes(snapshot(copy))


def test_a_death_in_the_middle_of_a_statement_frees_the_write_lock_of_an_sqlite_file(sqlite_clinic: Path, tmp_path: Path) -> None:
    path = shutil.copy(sqlite_clinic, tmp_path / "lock.sqlite")
    with make_app(f"sqlite:///{path}", FakeClock()).app_context():
        lock = write_lock_of(db.engine)
        with pytest.raises(Died), dying_before(db.engine, 1, raise_died):
            db.session.execute(text("SELECT 1"))
        with suppress(PendingRollbackError):
            db.session.remove()
        db.engine.dispose()
        assert not lock._is_owned()  # type: ignore[attr-defined]


def test_the_checks_notice_an_attempt_without_its_whole_form(clinic_url: str) -> None:
    prepare(clinic_url, SAVE)
    assert_nothing_is_half(clinic_url)
    _spoil(clinic_url, "UPDATE attempt SET revision_count = revision_count + 1")
    with pytest.raises(AssertionError):
        assert_nothing_is_half(clinic_url)


def test_the_checks_notice_a_close_without_its_event(clinic_url: str) -> None:
    prepare(clinic_url, SAVE)
    _spoil(clinic_url, "UPDATE attempt SET state = 'closed', closed_at = deadline_at, closed_by = 'deadline'")
    with pytest.raises(AssertionError):
        assert_nothing_is_half(clinic_url)


def _spoil(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
