"""Two windows, two tabs, two retries at once: one attempt, one close, one grade, and no acknowledged save lost."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text

from app.attempts.actions import Save, save_answer
from app.attempts.models import Attempt, Grade, GradedItem, ResponseRevision
from app.audit.models import AuditEvent
from app.database import db
from tests.attempts.sitting import QUIZ, Sitting, sit
from tests.builders import Clinic, client, email_of, start, submit_and_grade
from tests.clock import START, FakeClock
from tests.practice.practising import only
from tests.races import at_once, statuses


def counted(model: Any, *where: Any) -> int:
    return int(db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0)


def test_two_windows_that_start_the_same_exam_make_one_attempt(clinic: Clinic, clinic_app: Flask) -> None:
    windows = [client(clinic_app, email_of("trainee")) for _ in range(2)]
    db.session.commit()
    answers = at_once(*(lambda w=w: w.post(f"/quizzes/{QUIZ}/start") for w in windows))  # type: ignore[misc]
    assert set(statuses(answers)) <= {302, 409}
    assert 302 in statuses(answers)
    assert counted(Attempt) == counted(Attempt, Attempt.state == "open") == 1


def test_two_windows_that_submit_close_once_and_grade_once(clinic: Clinic, clinic_app: Flask) -> None:
    first = sit(client(clinic_app, email_of("trainee")))
    second = Sitting(client(clinic_app, email_of("trainee")), first.attempt_id, first.deadline)
    db.session.commit()
    answers = at_once(first.submit, second.submit)
    assert statuses(answers) == [302, 302], "the second one asked for what is done: it is led to the result"
    assert counted(AuditEvent, AuditEvent.act == "attempt.closed") == 1
    assert counted(Grade) == counted(AuditEvent, AuditEvent.act == "attempt.graded") == 1
    assert counted(GradedItem) == len(first.places())


def test_two_windows_that_open_an_ungraded_result_grade_it_once(clinic: Clinic, clinic_app: Flask) -> None:
    """Where the database lets both get that far, both have found no grade before either writes one."""
    windows = [client(clinic_app, email_of("trainee")) for _ in range(2)]
    attempt_id = sit(windows[0]).attempt_id
    db.session.execute(db.text("UPDATE attempt SET state = 'closed', closed_at = started_at, closed_by = 'candidate'"))
    both = threading.Barrier(2)

    def meet(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO grade "):
            with suppress(threading.BrokenBarrierError):
                both.wait(1)

    event.listen(db.engine, "before_cursor_execute", meet)
    db.session.commit()
    answers = at_once(*(lambda w=w: w.get(f"/attempts/{attempt_id}/result") for w in windows))  # type: ignore[misc]
    event.remove(db.engine, "before_cursor_execute", meet)
    assert statuses(answers) == [200, 200]
    assert counted(Grade) == 1


def test_no_acknowledged_save_is_lost_to_a_submit(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    """Twenty rounds of a save against a submit: 200 means that it counts, 410 that it is kept as late."""
    saver, submitter = (client(clinic_app, email_of("trainee")) for _ in range(2))
    only()  # nothing to practise, so that no round waits for what the one before assigned
    seen = set()
    for n in range(20):
        attempt = start(clinic, "trainee", QUIZ, clock(), seed=f"round-{n}")
        db.session.commit()
        one = Sitting(saver, attempt.id, attempt.deadline_at)
        two = Sitting(submitter, attempt.id, attempt.deadline_at)
        position = next(p.place.position for p in one.places() if not p.content.critical)
        db.session.commit()
        answers = at_once(lambda s=one, p=position: s.put(p, payload={"answer": {}, "flag": True}), two.submit)  # type: ignore[misc]
        statuses(answers)
        saved, submitted = (a.status_code for a in answers)
        rows, stored = one.revisions(), one.attempt()
        assert submitted == 302
        assert [r.kept for r in rows] == [{200: "current", 410: "late"}[saved]], (n, saved)
        assert rows[0].sha256 == answers[0].json["sha256"] == stored.head_sha256
        assert (stored.state, stored.revision_count) == ("closed", 1)
        seen.add(saved)
        _make_it_long_ago(attempt.id)
    assert seen <= {200, 410}


def _make_it_long_ago(attempt_id: int) -> None:
    """Hand the attempt to nobody in particular, so that the next round may start at once."""
    db.session.execute(db.text("UPDATE attempt SET quiz_id = 'general-safety', ordinal = 1000 + id"))
    db.session.commit()


def until_somebody_waits() -> None:
    """PostgreSQL says when a statement waits for a row; SQLite's writers queue before they begin, which needs no watching."""
    if db.engine.dialect.name != "postgresql":
        return
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
        while not other.scalar(waiting):
            pass


@pytest.mark.parametrize(("op_id", "status"), [("another-op", 409), ("first-op", 200)])
def test_a_save_that_waited_for_another_sees_what_that_one_wrote(
    clinic: Clinic, clinic_app: Flask, op_id: str, status: int
) -> None:
    """Its statement began before the other's commit: what it read then is not what counts now."""
    sitting, answers = sit(client(clinic_app, email_of("trainee"))), []
    position, person = sitting.place_of("single_best_answer").place.position, clinic.people["trainee"].id
    db.session.commit()
    first = Save(position, 0, "first-op", {"answer": {"choice": "o1"}, "struck": [], "flag": False})
    save_answer(db.session, attempt_id=sitting.attempt_id, person_id=person, save=first, now=START)
    waits = threading.Thread(target=lambda: answers.append(sitting.put(position, {"choice": "o1"}, op_id=op_id)))
    waits.start()
    until_somebody_waits()
    db.session.commit()
    waits.join(60)
    assert (answers[0].status_code, answers[0].json["seq"]) == (status, 1)
    assert counted(ResponseRevision) == (2 if status == 409 else 1)


def test_a_start_and_a_grade_of_two_people_do_not_wait_for_each_other_for_ever(clinic: Clinic, clinic_app: Flask) -> None:
    windows = [client(clinic_app, email_of(key)) for key in ("trainee", "trainee2")]
    db.session.commit()
    answers = at_once(*(lambda w=w: w.post(f"/quizzes/{QUIZ}/start") for w in windows))  # type: ignore[misc]
    assert statuses(answers) == [302, 302]
    for attempt in db.session.scalars(select(Attempt)).all():
        submit_and_grade(clinic, attempt, START)
    assert counted(Grade) == 2
