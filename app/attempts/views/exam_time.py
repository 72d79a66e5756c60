"""Time beyond the limit: what a person gets from the next start on, more time in a running attempt, and breaks."""

from __future__ import annotations

from fractions import Fraction

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.models import Person
from app.accounts.queries import get_person, site_ids_of
from app.attempts import actions, queries
from app.attempts.forms import ExamTimeForm, MoreTimeForm
from app.attempts.models import Attempt
from app.attempts.views.blueprint import Page, blueprint
from app.database import db
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.permissions import may_set_exam_time, may_supervise
from app.domain.timing import Allowance
from app.web.access import SIGNED_IN, allow, current_person, current_who
from app.web.clockwork import exam_now, now
from app.web.form_errors import put_problems


@blueprint.route("/admin/people/<int:person_id>/exam-time", methods=["GET", "POST"])
@allow("admin")
def exam_time(person_id: int) -> Page:
    """Set a person's exam time; what another officer set is not shown."""
    person, form = get_person(db.session, person_id), ExamTimeForm()
    if not may_set_exam_time(current_who(), person_id).allowed:
        abort(403)
    row = queries.find_allowance(db.session, person_id)
    if form.validate_on_submit():
        try:
            _set(person, form)
            flash("Saved. It counts from this person's next start on; an attempt that runs now keeps its end.", "ok")
            return redirect(url_for("attempts.exam_time", person_id=person_id))
        except InvalidInput as error:
            put_problems(form, error)
    readable = row is not None and row.set_by_id == current_person().id
    if readable and not form.is_submitted():
        form.show(queries.allowance_of(row))
    page = render_template("attempts/exam_time.html", person_=person, form=form, row=row, readable=readable)
    return page, 422 if form.errors else 200


def _set(person: Person, form: ExamTimeForm) -> None:
    allowance = Allowance(Fraction(form.multiplier.data), (form.extra.data or 0) * 60, (form.breaks.data or 0) * 60)
    actions.set_allowance(db.session, person=person, allowance=allowance, officer=current_person(), who=current_who(), now=now())
    db.session.commit()


@blueprint.route("/people/<int:person_id>/attempts/<int:attempt_id>/time", methods=["GET", "POST"])
@allow("supervisor")
def more_time(person_id: int, attempt_id: int) -> Page:
    """Give more time in a running attempt; its candidate's page learns of it within seconds."""
    person, found, form = get_person(db.session, person_id), _attempt_of(person_id, attempt_id), MoreTimeForm()
    status = 422
    if form.validate_on_submit():
        try:
            _extend(person, found, form)
            flash(f"{form.minutes.data} minutes more. The page of the attempt shows the new end within 15 seconds.", "ok")
            return redirect(url_for("attempts.more_time", person_id=person_id, attempt_id=attempt_id))
        except InvalidInput as error:
            put_problems(form, error)
        except Conflict as error:
            db.session.rollback()
            form.minutes.errors, status = [error.message], 409
    page = render_template(
        "attempts/more_time.html", person_=person, attempt=queries.get_attempt(db.session, attempt_id), form=form,
        given=queries.extensions_of(db.session, attempt_id), over=queries.is_over(found, exam_now()),
    )  # fmt: skip
    return page, status if form.errors else 200


def _attempt_of(person_id: int, attempt_id: int) -> Attempt:
    """An attempt of somebody whom the signed-in supervisor supervises; anybody else's does not exist."""
    sites = site_ids_of(db.session, person_id, now())
    found = queries.get_attempt(db.session, attempt_id)
    if found.person_id != person_id or not may_supervise(current_who(), person_id, sites).allowed:
        raise NotFound("There is no such attempt of somebody whom you supervise.")
    return found


def _extend(person: Person, found: Attempt, form: MoreTimeForm) -> None:
    actions.extend_attempt(
        db.session, attempt_id=found.id, person_id=person.id,
        person_sites=frozenset(site_ids_of(db.session, person.id, now())), minutes=form.minutes.data or 0,
        reason=form.reason.data or "", supervisor=current_person(), who=current_who(), now=exam_now(),
    )  # fmt: skip
    db.session.commit()


@blueprint.post("/attempts/<int:attempt_id>/break")
@allow(SIGNED_IN)
def take_break(attempt_id: int) -> Response:
    """Stop the clock of one's own attempt, for as long as breaks are left."""
    me = queries.get_own_attempt(db.session, attempt_id, current_person().id).person_id
    actions.begin_break(db.session, attempt_id=attempt_id, person_id=me, now=exam_now())
    db.session.commit()
    return redirect(url_for("attempts.attempt", attempt_id=attempt_id))


@blueprint.post("/attempts/<int:attempt_id>/go-on")
@allow(SIGNED_IN)
def go_on(attempt_id: int) -> Response:
    """End the break; the clock runs again."""
    me = queries.get_own_attempt(db.session, attempt_id, current_person().id).person_id
    actions.end_break(db.session, attempt_id=attempt_id, person_id=me, now=exam_now())
    db.session.commit()
    return redirect(url_for("attempts.attempt", attempt_id=attempt_id))
