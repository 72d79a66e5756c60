"""Exams: their rules, the attempt itself, its review and result."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.models import Person
from app.accounts.queries import find_installation, get_person, get_site, site_ids_of, sites_of
from app.attempts import actions, queries
from app.attempts.forms import OpeningForm, read_back_from_form, save_from_form, save_from_json
from app.attempts.models import Attempt
from app.attempts.saving import Reply, save_answer
from app.database import db, write_from_here
from app.domain.errors import InvalidInput, NotFound
from app.domain.items import answer_words
from app.domain.retakes import may_start
from app.quizzes.queries import current_quizzes, get_current_quiz, offers, rules_of
from app.signatures.step_up import confirm_identity, needs_password
from app.web.access import SIGNED_IN, allow, client_address, current_person, current_who
from app.web.clockwork import new_token, now, rng
from app.web.errors import answer as error_answer
from app.web.form_errors import put_problems
from app.web.numbers import whole_number

blueprint = Blueprint("attempts", __name__)
Page = str | Response | tuple[str | Response, int]


def _zone(person_id: int) -> str:
    sites = sites_of(db.session, person_id, now())
    return sites[0].time_zone if sites else "UTC"


def _need_review() -> bool:
    """Only a demonstration may draw items that no clinician has reviewed."""
    installation = find_installation(db.session)
    return installation is None or installation.kind != "demonstration"


@blueprint.get("/quizzes")
@allow("trainee", "supervisor")
def quizzes() -> Page:
    """All exams: offered or how many items short, and how this person stands with each."""
    me, zone = current_person().id, _zone(current_person().id)
    found = offers(db.session, now().date(), need_review=_need_review())
    rows = [_quiz_row(version, found[version.quiz_id], me, zone) for version in current_quizzes(db.session)]
    return render_template(
        "attempts/quizzes.html",
        rows=rows,
        zone=zone,
        attempts=queries.list_attempts(db.session, me),
        grades=queries.newest_grades(db.session, me),
    )


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
    version = get_current_quiz(db.session, quiz_id)
    me, zone = current_person().id, _zone(current_person().id)
    offer = offers(db.session, now().date(), need_review=_need_review())[quiz_id]
    row = _quiz_row(version, offer, me, zone)
    opening = queries.find_unused_opening(db.session, me, quiz_id)
    start = may_start(queries.retake_rule(row["rules"]), row["past"], opened=opening is not None, now=now())
    return render_template("attempts/quiz.html", **row, start=start, zone=zone)


@blueprint.post("/quizzes/<quiz_id>/start")
@allow("trainee", "supervisor")
def start(quiz_id: str) -> Response:
    """Start an attempt: one transaction that freezes the form."""
    version, me = get_current_quiz(db.session, quiz_id), current_person().id
    running = queries.find_running_attempt(db.session, me, quiz_id)
    if running is not None and queries.is_over(running, now()):
        _close_and_grade(running.id)
        version = get_current_quiz(db.session, quiz_id)
    elif running is not None:
        return redirect(url_for("attempts.attempt", attempt_id=running.id))
    attempt = actions.start_attempt(
        db.session, person=get_person(db.session, me), quiz_version=version, seed=f"{rng().getrandbits(128):032x}",
        time_zone=_zone(me), need_review=_need_review(), now=now(),
    )  # fmt: skip
    db.session.commit()
    return redirect(url_for("attempts.attempt", attempt_id=attempt.id))


def _close_and_grade(attempt_id: int) -> None:
    """Bring an attempt whose time is up (or whose grading was interrupted) to its end; two transactions, each whole."""
    write_from_here(db.session)
    actions.close_if_due(db.session, attempt_id, now=now())
    db.session.commit()
    attempt = queries.get_attempt(db.session, attempt_id)
    if attempt.state == "closed" and queries.find_grade(db.session, attempt_id) is None:
        actions.grade_attempt(db.session, attempt, now=now())
        db.session.commit()


def _running(attempt_id: int) -> Attempt | None:
    """One's own attempt if it still runs; None sends the caller to the result."""
    found = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    return None if queries.is_over(found, now()) else found


def _to_result(attempt_id: int) -> Response:
    return redirect(url_for("attempts.result", attempt_id=attempt_id))


@blueprint.get("/attempts/<int:attempt_id>")
@allow(SIGNED_IN)
def attempt(attempt_id: int) -> Page:
    """One item at a time, rebuilt from what the server has."""
    running = _running(attempt_id)
    return _to_result(attempt_id) if running is None else _item_page(running, (whole_number(request.args.get("q", "1")) or 0))


def _item_page(running: Attempt, position: int, error: str | None = None, typed: Any = None, status: int = 200) -> Page:
    places = queries.keyed_places(db.session, running.id)
    if not 1 <= position <= len(places):
        raise NotFound(f"This attempt has items 1 to {len(places)}.")
    keyed = places[position - 1]
    from_wire = queries.wire_of(keyed) if typed is None else typed
    page = render_template(
        "attempts/take.html", attempt=running, place=keyed.place, places=[p.place for p in places], answer=from_wire,
        zone=_zone(running.person_id), op_id=new_token(), error=error, keys_on=current_person().shortcut_keys,
    )  # fmt: skip
    return page, status


@blueprint.post("/attempts/<int:attempt_id>")
@allow(SIGNED_IN)
def save_form(attempt_id: int) -> Page:
    """Save one answer by a form post, and go where the button says."""
    running = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    position = whole_number(request.args.get("q", "1")) or 0
    places = queries.keyed_places(db.session, attempt_id)
    if not 1 <= position <= len(places):
        raise NotFound(f"This attempt has items 1 to {len(places)}.")
    keyed = places[position - 1]
    try:
        save = save_from_form(position, request.form, keyed.content.type)
        reply = save_answer(db.session, attempt_id=attempt_id, person_id=running.person_id, save=save, now=now())
    except InvalidInput as error:
        return _item_page(running, position, error.message, status=422)
    db.session.commit()
    if reply.outcome == "late":
        flash("Time was up before this answer arrived. It is kept as evidence and not scored.", "wait")
        return _to_result(attempt_id)
    if reply.outcome == "conflict":
        words = (
            "This answer was changed in another window. The one saved there is shown; yours is kept, choose again if you want it."
        )
        return _item_page(running, position, words, status=409)
    return redirect(_next_page(attempt_id, position, len(places)))


def _next_page(attempt_id: int, position: int, count: int) -> str:
    go = request.form.get("go", "next")
    if go == "review" or (go == "next" and position >= count):
        return url_for("attempts.review", attempt_id=attempt_id)
    target = {"back": position - 1, "stay": position, "next": position + 1}.get(go)
    if target is None:
        target = whole_number(go) or position
    return url_for("attempts.attempt", attempt_id=attempt_id, q=min(max(target, 1), count))


@blueprint.put("/attempts/<int:attempt_id>/responses/<int:position>")
@allow(SIGNED_IN)
def save_json(attempt_id: int, position: int) -> Page:
    """Save one answer; the acknowledgement is sent only after the commit."""
    save = save_from_json(position, _json_body())
    reply = save_answer(db.session, attempt_id=attempt_id, person_id=current_person().id, save=save, now=now())
    db.session.commit()
    return _reply_json(reply)


def _json_body() -> object:
    """The JSON that was sent, or None; a body nested too deep to read is no JSON to us."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def _reply_json(reply: Reply) -> Page:
    body: dict[str, Any] = {
        "seq": reply.seq,
        "sha256": reply.sha256,
        "saved_at": reply.received_at.isoformat(),
        "server_now": now().isoformat(),
        "deadline_at": reply.deadline_at.isoformat(),
    }
    if reply.outcome == "saved":
        return jsonify(body)
    title = "This answer was changed elsewhere" if reply.outcome == "conflict" else "This attempt is closed"
    detail = (
        "The answer saved there counts; yours is kept and offered."
        if reply.outcome == "conflict"
        else "Time was up or the attempt was submitted. What you sent is kept as evidence and not scored."
    )
    status = 409 if reply.outcome == "conflict" else 410
    body |= {
        "type": "about:blank",
        "title": title,
        "detail": detail,
        "status": status,
        "theirs": reply.theirs,
        "yours": reply.yours,
    }
    response = jsonify(body)
    response.content_type = "application/problem+json"
    return response, status


@blueprint.get("/attempts/<int:attempt_id>/clock")
@allow(SIGNED_IN)
def clock(attempt_id: int) -> Page:
    """The server's time and the end, for the page's timer."""
    found = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    return jsonify(server_now=now().isoformat(), deadline_at=found.deadline_at.isoformat(), state=found.state)


@blueprint.get("/attempts/<int:attempt_id>/review")
@allow(SIGNED_IN)
def review(attempt_id: int) -> Page:
    """What is answered, flagged, open; the critical answers read back; Submit."""
    running = _running(attempt_id)
    return _to_result(attempt_id) if running is None else _review_page(running)


def _review_page(running: Attempt, error: str | None = None) -> Page:
    places = queries.keyed_places(db.session, running.id)
    words = {
        p.place.position: answer_words(p.content, p.variant, p.place.answer)
        for p in places
        if p.content.critical and p.place.answered
    }
    page = render_template(
        "attempts/review.html", attempt=running, places=[p.place for p in places], words=words, zone=_zone(running.person_id),
        error=error, confirmed=read_back_from_form(request.form),
    )  # fmt: skip
    return page, 422 if error else 200


@blueprint.post("/attempts/<int:attempt_id>/submit")
@allow(SIGNED_IN)
def submit(attempt_id: int) -> Page:
    """Close first, then grade: two transactions, so that a fault in grading loses no answer."""
    found = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    if found.state == "closed":
        return _to_result(attempt_id)
    try:
        actions.submit_attempt(db.session, attempt=found, read_back=read_back_from_form(request.form), now=now())
    except InvalidInput as error:
        return _review_page(found, error.message)
    db.session.commit()
    _close_and_grade(attempt_id)
    return _to_result(attempt_id)


@blueprint.get("/attempts/<int:attempt_id>/result")
@allow(SIGNED_IN)
def result(attempt_id: int) -> Page:
    """The decision and the rule that decided, domains, critical errors apart, the receipt."""
    found = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    if not queries.is_over(found, now()):
        return redirect(url_for("attempts.attempt", attempt_id=attempt_id))
    if found.state == "open" or queries.find_grade(db.session, attempt_id) is None:
        _close_and_grade(attempt_id)
        found = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    return _result_page(found)


def _result_page(found: Attempt) -> Page:
    grade = queries.find_grade(db.session, found.id)
    if grade is None:
        return error_answer(503, "This attempt is closed and safe, but it is not graded yet. Load the page again in a minute.")
    decision = json.loads(grade.decision)
    return render_template(
        "attempts/result.html", attempt=found, grade=grade, decision=decision, zone=_zone(found.person_id),
        report=queries.released_report(db.session, found, grade), retake=_retake(found),
        next_href=url_for("home.home"), validity_months=rules_of(found.quiz_version).validity_months,
    )  # fmt: skip


def _retake(found: Attempt) -> Any:
    rules, zone = rules_of(found.quiz_version), _zone(found.person_id)
    past = queries.sittings(db.session, found.person_id, found.quiz_id, zone)
    opening = queries.find_unused_opening(db.session, found.person_id, found.quiz_id)
    return may_start(queries.retake_rule(rules), past, opened=opening is not None, now=now())


@blueprint.route("/people/<int:person_id>/exams/<quiz_id>", methods=["GET", "POST"])
@allow("supervisor")
def open_for(person_id: int, quiz_id: str) -> Page:
    """Open one further attempt for somebody with a signed line, after speaking with them."""
    person, version, form = get_person(db.session, person_id), get_current_quiz(db.session, quiz_id), OpeningForm()
    shared = sorted(current_who().sites_as("supervisor") & site_ids_of(db.session, person_id, now()))
    if not shared or person_id == current_person().id:
        raise NotFound("There is no such person among those you supervise.")
    if form.validate_on_submit():
        try:
            _open_attempt(person, quiz_id, shared[0], form)
            flash("Opened. The next attempt can start once its waiting time is over.", "ok")
            return redirect(f"/people/{person_id}")
        except InvalidInput as error:
            put_problems(form, error)
    page = render_template(
        "attempts/open_for.html", person_=person, version=version, form=form, signer=current_person(),
        ask_password=needs_password(current_person(), now()), unused=queries.find_unused_opening(db.session, person_id, quiz_id),
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _open_attempt(person: Person, quiz_id: str, site_id: int, form: OpeningForm) -> None:
    supervisor = get_person(db.session, current_person().id)
    confirm_identity(
        db.session, person=supervisor, password=form.password.data, passwords=current_app.extensions["needle_clearance.passwords"],
        address=client_address(), now=now(),
    )  # fmt: skip
    actions.open_attempt(
        db.session, person=person, quiz_id=quiz_id, site_id=site_id, words=form.words.data or "", supervisor=supervisor,
        who=current_who(), time_zone=get_site(db.session, site_id).time_zone, now=now(),
    )  # fmt: skip
    db.session.commit()


@blueprint.get("/attempts/<int:attempt_id>/receipt")
@allow(SIGNED_IN)
def receipt(attempt_id: int) -> Page:
    """Every revision of a closed attempt in order, so that its holder can compute the chain again."""
    found = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    if found.state != "closed":
        raise NotFound("The receipt is made when the attempt is closed.")
    return jsonify(queries.receipt_of(db.session, found))
