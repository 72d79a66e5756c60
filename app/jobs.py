"""Background work of a serving process: attempts whose time is up are closed and graded without anybody looking."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.attempts.actions import close_if_due, grade_attempt
from app.attempts.queries import due_attempt_ids, find_grade, get_attempt
from app.database import db
from app.web.clockwork import exam_now

SWEEP_EVERY_S = 15.0


def sweep_attempts() -> int:
    """Close what is over and grade what is closed, each attempt in transactions of its own; returns how many came to an end.

    Safe at any time and in several processes at once: the transition is the one that pages use, under the attempt's row lock.
    """
    ids = due_attempt_ids(db.session, exam_now())
    db.session.rollback()
    return sum(_bring_to_its_end(attempt_id) for attempt_id in ids)


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


def run_sweeps(app: Flask, wait: Callable[[float], bool]) -> None:
    """Sweep each time `wait(seconds)` returns False, until it returns True; a fault is logged and tried again next time."""
    while not wait(SWEEP_EVERY_S):
        with app.app_context():
            try:
                sweep_attempts()
            except SQLAlchemyError:
                current_app.logger.exception("The sweep of attempts failed; it is tried again in %d seconds.", SWEEP_EVERY_S)
            finally:
                db.session.remove()


def start_sweeping(app: Flask) -> threading.Event:
    """Sweep in a thread of this process until the event that is returned is set, or the process ends."""
    stop = threading.Event()
    threading.Thread(target=run_sweeps, args=(app, stop.wait), name="sweep", daemon=True).start()
    return stop
