"""The end of an attempt: the review of all answers, and submit."""

from __future__ import annotations

from flask import render_template, request

from app.attempts import actions, queries
from app.attempts.forms import read_back_from_form
from app.attempts.models import Attempt
from app.attempts.views.blueprint import Page, blueprint, break_page, find_running, grade_if_closed, to_result, told_in
from app.database import db
from app.database.failpoints import failpoint
from app.domain.errors import Conflict, InvalidInput
from app.domain.items import answer_words
from app.domain.timing import on_break
from app.web.access import SIGNED_IN, allow, current_person
from app.web.clockwork import exam_now


@blueprint.get("/attempts/<int:attempt_id>/review")
@allow(SIGNED_IN)
def review(attempt_id: int) -> Page:
    """What is answered, flagged, open; the critical answers read back; Submit."""
    running = find_running(attempt_id)
    if running is None:
        return to_result(attempt_id)
    return break_page(running) if on_break(queries.timing_of(running), exam_now()) else _review_page(running)


def _review_page(running: Attempt, error: str | None = None) -> Page:
    places = queries.keyed_places(db.session, running.id)
    words = {
        p.place.position: answer_words(p.content, p.variant, p.place.answer)
        for p in places
        if p.content.critical and p.place.answered
    }
    page = render_template(
        "attempts/review.html", attempt=running, places=[p.place for p in places], words=words, zone=told_in(running),
        error=error, confirmed=read_back_from_form(request.form), now=exam_now(),
    )  # fmt: skip
    return page, 422 if error else 200


@blueprint.post("/attempts/<int:attempt_id>/submit")
@allow(SIGNED_IN)
def submit(attempt_id: int) -> Page:
    """Close first, then grade: two transactions, so that a fault in grading loses no answer."""
    found = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    if found.state == "closed":
        return to_result(attempt_id)
    try:
        places = actions.submit_attempt(db.session, attempt=found, read_back=read_back_from_form(request.form), now=exam_now())
    except InvalidInput as error:
        return _review_page(found, error.message)
    except Conflict:  # another window, a retry or the sweep was first: what was asked for is done
        db.session.rollback()
        return to_result(attempt_id)
    failpoint("submit.before_commit")
    db.session.commit()
    failpoint("submit.after_commit")
    grade_if_closed(attempt_id, places)
    failpoint("submit.before_reply")
    return to_result(attempt_id)
