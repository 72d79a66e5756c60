"""The acts that must be whole or nothing, and what is true of a database in which nothing is half written."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import text

from app.attempts.actions import Save, grade_attempt, save_answer, submit_attempt
from app.attempts.models import Attempt
from app.audit.queries import verify
from app.clearances.actions import decide_application
from app.clearances.models import Application
from app.clearances.queries import case_of, get_application
from app.database import db
from app.domain.canonical import canonical_bytes
from app.domain.chain import GENESIS, link
from app.domain.standing import Limits
from app.quizzes.models import QuizVersion
from app.quizzes.queries import rules_of
from tests.attempts.sitting import QUIZ
from tests.branches import Died, dying_before, raise_died
from tests.builders import (
    Clinic,
    answer_all,
    days_ago,
    decide,
    find_clinic,
    make_ready,
    read_back_all,
    start,
)
from tests.clock import START, FakeClock
from tests.conftest import make_app


@dataclass(frozen=True, slots=True)
class Act:
    """`prepare` brings a clinic to the point before; `ready` reads what the act needs and returns the act itself."""

    name: str
    prepare: Callable[[Clinic], object]
    ready: Callable[[Clinic], Callable[[], object]]


def _attempt(clinic: Clinic) -> Attempt:
    return clinic.session.query(Attempt).order_by(Attempt.id.desc()).first()  # type: ignore[no-any-return]


def _prepare_attempt(clinic: Clinic) -> None:
    attempt = start(clinic, "trainee", QUIZ, START)
    answer_all(clinic, attempt, START)


def _prepare_closed(clinic: Clinic) -> None:
    _prepare_attempt(clinic)
    attempt = _attempt(clinic)
    submit_attempt(clinic.session, attempt=attempt, read_back=read_back_all(clinic.session, attempt), now=START)


def _save(clinic: Clinic) -> Callable[[], object]:
    attempt = _attempt(clinic)
    save = Save(1, 1, "op-of-the-act", {"answer": {}, "struck": [], "flag": True}, "sure")
    return lambda: save_answer(clinic.session, attempt_id=attempt.id, person_id=attempt.person_id, save=save, now=START)


def _start(clinic: Clinic) -> Callable[[], object]:
    return lambda: start(clinic, "trainee", QUIZ, START)


def _submit(clinic: Clinic) -> Callable[[], object]:
    attempt = _attempt(clinic)
    read_back = read_back_all(clinic.session, attempt)
    return lambda: submit_attempt(clinic.session, attempt=attempt, read_back=read_back, now=START)


def _grade(clinic: Clinic) -> Callable[[], object]:
    attempt = _attempt(clinic)
    return lambda: grade_attempt(clinic.session, attempt, now=START)


def _prepare_application(group: str) -> Callable[[Clinic], None]:
    def prepare(clinic: Clinic) -> None:
        application = make_ready(clinic, "trainee", group)
        if group != "standard-limb":
            decide(clinic, application, "recommend", "observer1", days_ago(1))

    return prepare


def _grant(clinic: Clinic) -> Callable[[], object]:
    found = clinic.session.query(Application).order_by(Application.id.desc()).first()
    case = case_of(clinic.session, get_application(clinic.session, found.id), now=START)
    return lambda: decide_application(
        clinic.session, case=case, kind="grant", limits=Limits(), reason="", shown_sha256=case.evidence_sha256,
        signer=clinic.people["director"], who=clinic.who("director", START), now=START,
    )  # fmt: skip


SAVE = Act("save", _prepare_attempt, _save)
START_ACT = Act("start", lambda clinic: None, _start)
SUBMIT = Act("submit", _prepare_attempt, _submit)
GRADE = Act("grade", _prepare_closed, _grade)
GRANT_ALONE = Act("grant by one person", _prepare_application("standard-limb"), _grant)
GRANT = Act("grant by a second person", _prepare_application("thorax"), _grant)
ACTS = (SAVE, START_ACT, SUBMIT, GRADE, GRANT_ALONE, GRANT)


def prepare(url: str, act: Act) -> None:
    """Bring a database to the point before an act, and leave it."""
    with make_app(url, FakeClock()).app_context():
        act.prepare(find_clinic(db.session))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def run(url: str, act: Act, die_before: int = 0, how: Callable[[], None] = lambda: None) -> list[str]:
    """Do an act as one process would, from connecting to the commit; returns the statements that it sent."""
    with make_app(url, FakeClock()).app_context():
        do = act.ready(find_clinic(db.session))
        raw = db.session.connection().connection.dbapi_connection
        try:
            with dying_before(db.engine, die_before, how) as sent:
                do()
                db.session.commit()
        except BaseException:
            raw.close()  # without a rollback, as the end of the process would
            with suppress(Exception):
                db.session.remove()
            raise
        else:
            db.session.remove()
            return sent
        finally:
            db.engine.dispose()


def die(url: str, act: Act, number: int) -> None:
    """Begin an act and die before the statement of that number; what the dead left open is swept away silently."""
    gc.freeze()  # so that the sweep looks at nothing older
    assert _dies(url, act, number), f"the act went through although it died before statement {number}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    gc.unfreeze()


def _dies(url: str, act: Act, number: int) -> bool:
    try:
        run(url, act, number, raise_died)
    except BaseException as error:
        cause: BaseException | None = error  # rolling back after a death may fail in its turn
        while cause is not None and not isinstance(cause, Died):
            cause = cause.__context__
        if cause is None:
            raise
        return True
    return False


def assert_nothing_is_half(url: str) -> None:
    """Fail unless everything in the database is whole; asks with connections of its own."""
    with make_app(url, FakeClock()).app_context():
        try:
            for broken in BROKEN:
                assert db.session.execute(text(broken)).all() == [], broken
            verdict = verify(db.session)
            assert verdict.clean, verdict.faults
            for attempt in db.session.query(Attempt).all():
                _assert_whole(attempt)
        finally:
            db.session.remove()
            db.engine.dispose()


def _assert_whole(attempt: Attempt) -> None:
    """Form complete, revisions counted, numbered and chained up to the head."""
    version = db.session.get_one(QuizVersion, attempt.quiz_version_id)
    positions = db.session.execute(
        text("SELECT position FROM attempt_item WHERE attempt_id = :a ORDER BY position"), {"a": attempt.id}
    )
    assert list(positions.scalars()) == list(range(1, rules_of(version).blueprint.size + 1))
    rows = db.session.execute(
        text("SELECT number, previous_sha256, sha256 FROM response_revision WHERE attempt_id = :a ORDER BY number"),
        {"a": attempt.id},
    ).all()
    begin = {"person": attempt.person_id, "quiz_version": attempt.quiz_version_id, "seed": attempt.seed}
    links = [link(GENESIS, canonical_bytes(begin)), *(row.sha256 for row in rows)]
    assert [row.number for row in rows] == list(range(1, attempt.revision_count + 1))
    assert [row.previous_sha256 for row in rows] == links[:-1]
    assert attempt.head_sha256 == links[-1]


def _event_missing(what: str, stream: str, act: str) -> str:
    return f"{what} NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.stream = {stream} AND e.act = '{act}')"


BROKEN = (
    _event_missing("SELECT id FROM attempt a WHERE", "'attempt:' || a.id", "attempt.started"),
    _event_missing("SELECT id FROM attempt a WHERE a.state = 'closed' AND", "'attempt:' || a.id", "attempt.closed"),
    "SELECT a.id FROM attempt a JOIN audit_event e ON e.stream = 'attempt:' || a.id AND e.act = 'attempt.closed' "
    "WHERE a.state <> 'closed'",
    "SELECT g.id FROM grade g JOIN attempt a ON a.id = g.attempt_id WHERE a.state <> 'closed'",
    "SELECT g.id FROM grade g WHERE (SELECT count(*) FROM graded_item i WHERE i.grade_id = g.id) <> "
    "(SELECT count(*) FROM attempt_item i WHERE i.attempt_id = g.attempt_id)",
    _event_missing("SELECT id FROM grade g WHERE", "'attempt:' || g.attempt_id", "attempt.graded"),
    "SELECT d.id FROM decision d WHERE d.level = 'independent' AND NOT EXISTS "
    "(SELECT 1 FROM application_decision x WHERE x.decision_id = d.id)",
    "SELECT d.id FROM decision d WHERE d.level = 'independent' AND d.kind = 'grant' AND "
    "(SELECT count(*) FROM decision_evidence x WHERE x.decision_id = d.id) < 5",
    "SELECT d.id FROM decision d WHERE NOT EXISTS (SELECT 1 FROM signature s WHERE s.id = d.signature_id)",
    _event_missing("SELECT id FROM decision d WHERE", "'person:' || d.person_id", "decision.grant") + " AND d.kind = 'grant'",
    "SELECT s.id FROM signature s WHERE s.id NOT IN (SELECT signature_id FROM decision) AND s.id NOT IN "
    "(SELECT signature_id FROM observation_record) AND s.id NOT IN (SELECT signature_id FROM document_verification) "
    "AND s.id NOT IN (SELECT signature_id FROM competency_approval) AND s.id NOT IN (SELECT signature_id FROM evidence_void) "
    "AND (s.subject NOT LIKE 'identity:%' OR substr(s.subject, 10) NOT IN "
    "(SELECT CAST(p.id AS VARCHAR(20)) FROM identity_proof p)) "
    "AND s.id NOT IN (SELECT signature_id FROM attempt_opening) AND s.id NOT IN (SELECT signature_id FROM regrade) "
    "AND s.id NOT IN (SELECT signature_id FROM regrade_event WHERE signature_id IS NOT NULL)",
    "SELECT g.id FROM grade g WHERE g.run > 1 AND g.id NOT IN (SELECT grade_id FROM regraded_attempt)",
    _event_missing("SELECT id FROM grade g WHERE g.run > 1 AND", "'attempt:' || g.attempt_id", "attempt.regraded"),
    "SELECT r.grade_id FROM regraded_attempt r WHERE NOT EXISTS "
    "(SELECT 1 FROM regrade_event e WHERE e.regrade_id = r.regrade_id AND e.kind = 'committed')",
    _event_missing("SELECT r.id FROM regrade r WHERE", "'item:' || r.item_id", "regrade.proposed"),
    "SELECT r.id FROM regrade r WHERE NOT EXISTS (SELECT 1 FROM regrade_version v WHERE v.regrade_id = r.id)",
    "SELECT e.id FROM regrade_event e WHERE e.kind = 'committed' AND (SELECT count(*) FROM regraded_attempt x "
    "WHERE x.regrade_id = e.regrade_id) <> (SELECT count(*) FROM regrade_move m WHERE m.regrade_id = e.regrade_id)",
)
"""Each finds rows that must not exist: something half written."""
