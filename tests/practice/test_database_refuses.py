"""Practice never counts towards clearance, and the database itself holds it: raw statements are refused on both kinds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.attempts.models import AttemptItem
from app.bank.models import ItemVersion
from app.database import db
from tests.builders import Clinic, start
from tests.clock import START
from tests.practice.practising import Learner, publish


def version_in(pool: str) -> ItemVersion:
    """Some version of a pool."""
    return db.session.scalars(select(ItemVersion).where(ItemVersion.pool == pool).order_by(ItemVersion.id)).first()


def refused(statement: str, **values: object) -> None:
    """The statement fails as a constraint, and leaves nothing."""
    with pytest.raises(DBAPIError, match="(?i)constraint|foreign key"):
        db.session.execute(text(statement), values)
    db.session.rollback()


@pytest.mark.parametrize("pool", ["'practice'", "'exam'", "NULL", "'other'"])
def test_no_practice_item_gets_into_the_form_of_an_attempt(clinic: Clinic, pool: str) -> None:
    attempt = start(clinic, "trainee", "thorax", START)
    db.session.commit()
    version = version_in("practice")
    before = db.session.query(AttemptItem).count()
    refused(
        "INSERT INTO attempt_item (attempt_id, position, item_id, item_version_id, variant, pool) "
        f"VALUES (:attempt, 99, :item, :version, '{{}}', {pool})",
        attempt=attempt.id, item=version.item_id, version=version.id,
    )  # fmt: skip
    assert db.session.query(AttemptItem).count() == before


def test_without_naming_a_pool_it_does_not_get_there_either(clinic: Clinic) -> None:
    attempt = start(clinic, "trainee", "thorax", START)
    db.session.commit()
    practice, exam = version_in("practice"), version_in("exam")
    insert = "INSERT INTO attempt_item (attempt_id, position, item_id, item_version_id, variant) VALUES (:a, 99, :i, :v, '{}')"
    refused(insert, a=attempt.id, i=practice.item_id, v=practice.id)
    db.session.execute(
        text(insert), {"a": attempt.id, "i": exam.item_id, "v": exam.id}
    )  # the same statement with an exam's item is taken


ANSWER = (
    "INSERT INTO practice_answer (session_id, person_id, number, op_id, item_id, item_version_id, variant, payload, mark_num, "
    "mark_den, dangerous, critical, shown_at, answered_at, pool) VALUES (:session, :person, 9, 'raw', :item, :version, '{}', "
    "'\"a\"', :num, :den, false, false, '2026-11-24 09:00:00', '2026-11-24 09:00:00', :pool)"
)


def answer_values(tom: Learner, **changes: object) -> dict[str, object]:
    """A practice answer that is taken as it stands."""
    version = version_in("practice")
    values = {
        "session": tom.session().id, "person": tom.person_id, "item": version.item_id, "version": version.id, "num": 1, "den": 2,
        "pool": "practice",
    }  # fmt: skip
    return {**values, **changes}


def test_no_exam_item_is_answered_or_shown_in_practice(tom: Learner) -> None:
    tom.start()
    exam = version_in("exam")
    for pool in ("practice", "exam", None):
        refused(ANSWER, **answer_values(tom, item=exam.item_id, version=exam.id, pool=pool))
    refused("UPDATE practice_session SET shown_version_id = :v", v=exam.id)
    refused("UPDATE practice_session SET shown_version_id = :v, pool = 'exam'", v=exam.id)
    db.session.execute(text(ANSWER), answer_values(tom))  # the same statement with a practice item is taken


def test_an_answer_belongs_to_the_person_of_its_session_and_has_a_mark_between_nothing_and_all(tom: Learner) -> None:
    tom.start()
    refused(ANSWER, **answer_values(tom, person=tom.person_id + 1))
    refused(ANSWER, **answer_values(tom, session=tom.session().id + 1))
    for num, den in ((-1, 2), (3, 2), (0, 0)):
        refused(ANSWER, **answer_values(tom, num=num, den=den))


def test_a_version_cannot_change_its_pool(tom: Learner) -> None:
    publish("one")
    db.session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("UPDATE item_version SET pool = 'exam' WHERE item_id = 'one'"))


def test_a_showing_is_answered_once_and_a_person_has_one_open_session(tom: Learner) -> None:
    tom.start()
    db.session.execute(text(ANSWER), answer_values(tom))
    db.session.commit()
    refused(ANSWER, **answer_values(tom))
    refused(
        "INSERT INTO practice_session (person_id, started_at, touched_at, used_s, shown_count) "
        "VALUES (:p, '2026-11-24 09:00:00', '2026-11-24 09:00:00', 0, 0)", p=tom.person_id,
    )  # fmt: skip


def test_practice_leaves_the_record_that_a_clearance_reads_as_it_was(tom: Learner, clinic: Clinic) -> None:
    """Hours of right answers, and nothing that an application counts has a row more."""
    from tests.practice.test_assigned import evidence_rows

    before = evidence_rows()
    for _ in range(6):
        tom.start()
        for _ in range(3):
            tom.answer(certainty="sure")
            tom.next()
        tom.browser.post(f"{tom.address}/next", data={"end": "1"})
        tom.clock.advance(hours=25)
    assert len(tom.answers()) == 18
    assert evidence_rows() == before
    assert tom.session().started_at > START + timedelta(days=5)
