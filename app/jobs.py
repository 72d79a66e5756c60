"""Background work of a serving process: attempts whose time is up are closed and graded, and forms of planned starts drawn."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask, current_app

from app.accounts.queries import needs_clinical_review
from app.attempts.actions import AHEAD, close_if_due, grade_attempt, prepare_form
from app.attempts.queries import due_attempt_ids, find_grade, forms_to_prepare, get_attempt, prepared_stamps, stamp_of
from app.database import db
from app.domain.errors import Conflict
from app.domain.quiz import Quiz as QuizRules
from app.quizzes.queries import current_quizzes, rules_of
from app.web.clockwork import exam_now, now, rng

SWEEP_EVERY_S = 15.0
FORMS_A_ROUND = 20


def sweep_attempts() -> int:
    """Close what is over and grade what is closed, each attempt in transactions of its own; returns how many came to an end.

    Safe at any time and in several processes at once: the transition is the one that pages use, under the attempt's row lock.
    """
    ids = due_attempt_ids(db.session, exam_now())
    db.session.rollback()
    return sum(_ended_without_harm(attempt_id) for attempt_id in ids)


def _ended_without_harm(attempt_id: int) -> bool:
    """Bring one attempt to its end; a fault in it is logged and keeps no other attempt from its own."""
    try:
        return _bring_to_its_end(attempt_id)
    except Exception:  # noqa: BLE001  (whatever is wrong with this one, the others are closed and graded)
        db.session.rollback()
        current_app.logger.exception("Attempt %d could not be brought to its end; it is tried again.", attempt_id)
        return False


def _bring_to_its_end(attempt_id: int) -> bool:
    close_if_due(db.session, attempt_id, now=exam_now())
    db.session.commit()
    attempt = get_attempt(db.session, attempt_id)
    if attempt.state != "closed" or find_grade(db.session, attempt_id) is not None:
        db.session.rollback()
        return False
    grade_attempt(db.session, attempt, now=exam_now())
    db.session.commit()
    return True


def prepare_forms(most: int = FORMS_A_ROUND) -> int:
    """Draw the forms of planned starts that are missing or out of date, each in a transaction; returns how many were drawn."""
    moment, review = now(), needs_clinical_review(db.session)
    wanted = forms_to_prepare(db.session, moment, moment + AHEAD)
    there, versions = prepared_stamps(db.session), {v.quiz_id: (v.id, rules_of(v)) for v in current_quizzes(db.session)}
    drawn = 0
    for person_id, quiz_id in wanted:
        if drawn >= most or quiz_id not in versions:
            continue
        version_id, rules = versions[quiz_id]
        if there.get((person_id, quiz_id)) != stamp_of(db.session, person_id, version_id, moment.date(), need_review=review):
            drawn += _prepare(person_id, version_id, rules, review)
    db.session.rollback()
    return drawn


def _prepare(person_id: int, version_id: int, rules: QuizRules, review: bool) -> bool:
    db.session.rollback()
    seed = f"{rng().getrandbits(128):032x}"
    try:
        prepare_form(
            db.session, person_id=person_id, version_id=version_id, rules=rules, seed=seed, on=now().date(), need_review=review,
            now=now(),
        )  # fmt: skip
        db.session.commit()
    except Conflict as error:  # the exam is not offered now; its page says so
        current_app.logger.info("No form was drawn ahead for %s: %s", rules.id, error.message)
        db.session.rollback()
        return False
    return True


def run_sweeps(app: Flask, wait: Callable[[float], bool]) -> None:
    """Sweep each time `wait(seconds)` returns False, until it returns True; a fault is logged and tried again next time."""
    while not wait(SWEEP_EVERY_S):
        with app.app_context():
            try:
                sweep_attempts()
                prepare_forms()
            except Exception:  # noqa: BLE001  (a thread that ends is a sweep that nobody misses: it logs and goes on)
                current_app.logger.exception("A round of background work failed; it is tried again in %d seconds.", SWEEP_EVERY_S)
            finally:
                db.session.remove()


def start_sweeping(app: Flask) -> threading.Event:
    """Sweep in a thread of this process until the event that is returned is set, or the process ends."""
    stop = threading.Event()
    threading.Thread(target=run_sweeps, args=(app, stop.wait), name="sweep", daemon=True).start()
    return stop
