"""Previewing and committing send as many statements for 300 attempts as for 30: only batches and people's portions add any."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.attempts.models import Attempt
from app.database import db
from app.regrades.actions import advance_preview, begin_preview
from app.regrades.queries import BATCH
from benchmarks.crowd import crowd
from tests.clearances.builders import Clinic
from tests.regrades.builders import attempt_of, commit, correct, position_of, preview, propose
from tests.statements import assert_at_most, counted_statements

STEP = 60
"""Statements of the longest step: the standings of some people at a site, now and supposed."""
COMMIT = 80


def gather(clinic: Clinic, size: int) -> None:
    """Add finished attempts of a crowd at the northern site."""
    attempt_id = attempt_of(clinic)
    place = position_of(clinic, attempt_id)
    with clinic.act() as session:
        template = session.scalars(select(Attempt).where(Attempt.id == attempt_id)).one()
        crowd(session, template, place, size, site_id=clinic.sites["north"], now=clinic.clock.at - timedelta(days=9))


def steps_of(clinic: Clinic, regrade_id: int) -> tuple[list[int], int]:
    """(the statements of each step of a whole preview, how many attempts it looked at)."""
    sent = []
    with clinic.act() as session:
        begin_preview(session, regrade_id, now=clinic.clock.at)
        session.commit()
        while True:
            with counted_statements(db.engine) as seen:
                found = advance_preview(session, regrade_id, now=clinic.clock.at)
            sent.append(len(seen))
            phase, affected, moved = found.phase, found.affected, found.moved
            session.commit()
            if phase == "ready":
                assert moved > affected // 2
                return sent, affected


@pytest.fixture
def proposed(clinic: Clinic) -> int:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        return propose(clinic, session, "director").id


def test_a_preview_of_300_attempts_sends_as_many_statements_as_one_of_30(clinic: Clinic, proposed: int) -> None:
    gather(clinic, 30)
    few, seen = steps_of(clinic, proposed)
    assert seen == 33
    gather(clinic, 300)
    many, seen = steps_of(clinic, proposed)
    assert seen == 333
    assert many == few
    assert max(many) <= STEP


@pytest.mark.parametrize("size", [30, 300])
def test_a_commit_of_300_attempts_sends_as_many_statements_as_one_of_30(clinic: Clinic, proposed: int, size: int) -> None:
    gather(clinic, size)
    with clinic.act() as session:
        preview(clinic, session, proposed)
    with clinic.act() as session, counted_statements(db.engine) as seen:
        commit(clinic, session, "admin", proposed)
    assert_at_most(COMMIT, seen)


def test_a_second_batch_is_a_step_of_its_own(clinic: Clinic, proposed: int) -> None:
    gather(clinic, BATCH)
    sent, seen = steps_of(clinic, proposed)
    assert seen == BATCH + 3
    assert len(sent) == 3
    assert max(sent) <= STEP
