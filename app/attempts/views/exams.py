"""Exams: their list, their rules, the start, and a supervisor who opens one further attempt."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.models import Person
from app.accounts.queries import get_person, get_site, site_ids_of
from app.accounts.step_up import asked, confirm
from app.attempts import actions, queries
from app.attempts.actions import practice_left_words
from app.attempts.forms import OpeningForm
from app.attempts.views.blueprint import Page, blueprint, close_and_grade, must_be_reviewed, zone_of
from app.database import db
from app.database.failpoints import failpoint
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.retakes import may_start
from app.domain.timing import begin
from app.quizzes.queries import current_quizzes, get_current_quiz, offers, rules_of
from app.web.access import allow, current_person, current_who
from app.web.clockwork import exam_now, now, rng
from app.web.form_errors import put_problems


@blueprint.get("/quizzes")
@allow("trainee", "supervisor")
def quizzes() -> Page:
    """All exams: offered or how many items short, and how this person stands with each."""
    me, zone = current_person().id, zone_of(current_person().id)
    _close_what_is_over(me)
    found = offers(db.session, now().date(), need_review=must_be_reviewed())
    rows = [_quiz_row(version, found[version.quiz_id], me, zone) for version in current_quizzes(db.session)]
    return render_template(
        "attempts/quizzes.html",
        rows=rows,
        zone=zone,
        attempts=queries.list_attempts(db.session, me),
        grades=queries.newest_grades(db.session, me),
        allowance=queries.allowance_of(queries.find_allowance(db.session, me)),
    )


def _close_what_is_over(person_id: int) -> None:
    """Attempts of a person whose time is up are closed and graded before anything is said about them."""
    for found in queries.list_attempts(db.session, person_id):
        if found.state == "open" and queries.is_over(found, exam_now()):
            close_and_grade(found.id)


def _quiz_row(version: Any, offer: Any, person_id: int, zone: str) -> dict[str, Any]:
    past = queries.sittings(db.session, person_id, version.quiz_id, zone)
    passed = next((s for s in reversed(past) if s.passed and s.valid_until and s.valid_until > now()), None)
    running = queries.find_running_attempt(db.session, person_id, version.quiz_id)
    return {
        "version": version,
        "rules": rules_of(version),
        "offer": offer,
        "passed": passed,
        "running": running,
        "past": past,
    }


@blueprint.get("/quizzes/<quiz_id>")
@allow("trainee", "supervisor")
def quiz(quiz_id: str) -> Page:
    """The rules of one exam, its time with the exact end if started now, its standard, and Start."""
    me, zone = current_person().id, zone_of(current_person().id)
    _close_what_is_over(me)
    version = get_current_quiz(db.session, quiz_id)
    offer = offers(db.session, now().date(), need_review=must_be_reviewed())[quiz_id]
    row = _quiz_row(version, offer, me, zone)
    opening = queries.find_unused_opening(db.session, me, quiz_id, row["past"])
    start = may_start(queries.retake_rule(row["rules"]), row["past"], opened=opening is not None, now=now())
    allowance = queries.allowance_of(queries.find_allowance(db.session, me))
    timing = begin(row["rules"].time_limit_s, allowance, exam_now())
    left = practice_left_words(db.session, me, quiz_id)
    page = {**row, "start": start, "zone": zone, "allowance": allowance, "timing": timing, "practice_left": left}
    page["planned"] = queries.next_sitting(db.session, me, quiz_id, now())
    return render_template("attempts/quiz.html", **page)


@blueprint.post("/quizzes/<quiz_id>/start")
@allow("trainee", "supervisor")
def start(quiz_id: str) -> Response:
    """Start an attempt: one transaction that freezes the form."""
    version, me = get_current_quiz(db.session, quiz_id), current_person().id
    running = queries.find_running_attempt(db.session, me, quiz_id)
    if running is not None and queries.is_over(running, exam_now()):
        close_and_grade(running.id)
        version = get_current_quiz(db.session, quiz_id)
    elif running is not None:
        return redirect(url_for("attempts.attempt", attempt_id=running.id))
    attempt = actions.start_attempt(
        db.session, person=current_person(), quiz_version=version, seed=f"{rng().getrandbits(128):032x}",
        time_zone=zone_of(me), need_review=must_be_reviewed(), now=exam_now(),
    )  # fmt: skip
    answer = redirect(url_for("attempts.attempt", attempt_id=attempt.id))
    failpoint("start.before_commit")
    db.session.commit()
    failpoint("start.after_commit")
    failpoint("start.before_reply")
    return answer


@blueprint.route("/people/<int:person_id>/exams/<quiz_id>", methods=["GET", "POST"])
@allow("supervisor")
def open_for(person_id: int, quiz_id: str) -> Page:
    """Open one further attempt for somebody with a signed line, after speaking with them."""
    person, version, form = get_person(db.session, person_id), get_current_quiz(db.session, quiz_id), OpeningForm()
    shared = sorted(current_who().sites_as("supervisor") & site_ids_of(db.session, person_id, now()))
    if not shared or person_id == current_person().id:
        raise NotFound("There is no such person among those you supervise.")
    status = 422
    if form.validate_on_submit():
        try:
            _open_attempt(person, quiz_id, shared[0], form)
            flash("Opened. The next attempt can start once its waiting time is over.", "ok")
            return redirect(f"/people/{person_id}")
        except InvalidInput as error:
            put_problems(form, error)
        except Conflict as error:  # what was typed stays on the page
            db.session.rollback()
            form.words.errors, status = [error.message], 409
    unused = queries.find_unused_opening(
        db.session, person_id, quiz_id, queries.sittings(db.session, person_id, quiz_id, zone_of(person_id))
    )
    page = render_template(
        "attempts/open_for.html", person_=person, version=version, form=form, signer=current_person(),
        asked=asked(), unused=unused,
    )  # fmt: skip
    return page, status if form.errors else 200


def _open_attempt(person: Person, quiz_id: str, site_id: int, form: OpeningForm) -> None:
    supervisor = get_person(db.session, current_person().id)
    confirm(form)
    actions.open_attempt(
        db.session, person=person, quiz_id=quiz_id, site_id=site_id, words=form.words.data or "", supervisor=supervisor,
        who=current_who(), time_zone=get_site(db.session, site_id).time_zone, now=now(),
    )  # fmt: skip
    db.session.commit()
