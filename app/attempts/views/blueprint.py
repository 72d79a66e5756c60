"""The blueprint of this room, and what several of its pages need."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.queries import draws_reviewed_alone, time_zone_of
from app.attempts import actions, queries
from app.attempts.models import Attempt
from app.database import db, write_from_here
from app.database.failpoints import failpoint
from app.domain.timing import break_ends_at
from app.web.access import current_person, current_zone
from app.web.clockwork import exam_now, now
from app.web.pages import installation_kind

blueprint = Blueprint("attempts", __name__)
Page = str | Response | tuple[str | Response, int]


def zone_of(person_id: int) -> str:
    """The time zone of a person's first site; UTC without one."""
    return current_zone() if person_id == current_person().id else time_zone_of(db.session, person_id, now())


def told_in(attempt: Attempt) -> str:
    """The time zone that an attempt's times are told in: that of its start."""
    return attempt.time_zone or zone_of(attempt.person_id)


def must_be_reviewed() -> bool:
    """Only a demonstration may draw items that no clinician has reviewed."""
    return draws_reviewed_alone(installation_kind())


def close_and_grade(attempt_id: int) -> None:
    """Bring an attempt whose time is up (or whose grading was interrupted) to its end; two transactions, each whole."""
    write_from_here(db.session)
    actions.close_if_due(db.session, attempt_id, now=exam_now())
    failpoint("deadline.before_commit")
    db.session.commit()
    failpoint("deadline.after_commit")
    grade_if_closed(attempt_id)


def grade_if_closed(attempt_id: int, places: Sequence[queries.KeyedPlace] | None = None) -> None:
    """Grade a closed attempt that has no grade yet; one transaction. `places` are known to whoever closed it just now."""
    attempt = queries.get_attempt(db.session, attempt_id)
    if attempt.state != "closed":
        return
    actions.grade_attempt(db.session, attempt, now=exam_now(), places=places)
    failpoint("grade.before_commit")
    db.session.commit()
    failpoint("grade.after_commit")


def find_running(attempt_id: int) -> Attempt | None:
    """One's own attempt if it still runs; None sends the caller to the result."""
    found = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    return None if queries.is_over(found, exam_now()) else found


def to_result(attempt_id: int) -> Response:
    """Send the caller to the result."""
    return redirect(url_for("attempts.result", attempt_id=attempt_id))


def break_page(running: Attempt) -> Page:
    """What a break shows: no item, when it is used up, and the way back."""
    ends = break_ends_at(queries.timing_of(running))
    return render_template("attempts/break.html", attempt=running, ends=ends, zone=told_in(running), now=exam_now())
