"""What a running attempt takes in: its saves, its clock, the copy that rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask_wtf.csrf import generate_csrf

from app.attempts import queries
from app.attempts.actions import Reply, save_answer, take_lease
from app.attempts.forms import lease_from_json, save_from_form, save_from_json, typed_in
from app.attempts.views.blueprint import Page, blueprint, to_result
from app.attempts.views.items import item_page
from app.database import db
from app.database.failpoints import failpoint
from app.domain.errors import InvalidInput, NotFound
from app.domain.timing import on_break
from app.web.access import SIGNED_IN, allow, current_actor, current_person
from app.web.clockwork import exam_now
from app.web.numbers import whole_number


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
        reply = save_answer(db.session, attempt_id=attempt_id, person_id=running.person_id, save=save, now=exam_now())
    except InvalidInput as error:
        db.session.rollback()
        return item_page(running, position, error.message, typed=typed_in(request.form), status=422)
    failpoint("form.before_commit")
    db.session.commit()
    failpoint("form.after_commit")
    if reply.outcome == "late":
        flash("Time was up before this answer arrived. It is kept as evidence and not scored.", "wait")
        return to_result(attempt_id)
    if reply.outcome != "saved":
        return item_page(running, position, KEPT_ASIDE[reply.outcome][2], status=409)
    failpoint("form.before_reply")
    return redirect(_next_page(attempt_id, position, len(places)))


def _next_page(attempt_id: int, position: int, count: int) -> str:
    go = "stay" if request.form.get("act") else request.form.get("go", "next")
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
    instant = exam_now()
    reply = save_answer(db.session, attempt_id=attempt_id, person_id=current_person().id, save=save, now=instant)
    failpoint("answer.before_commit")
    db.session.commit()
    failpoint("answer.after_commit")
    answer = _reply_json(reply, instant)
    failpoint("answer.before_reply")
    return answer


def _json_body() -> object:
    """The JSON that was sent, or None; a body nested too deep to read is no JSON to us."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


KEPT_ASIDE = {
    "conflict": (
        "changed", "This answer was changed elsewhere",
        "This answer was changed in another window. The one saved there counts; yours is kept, choose it again if you want it.",
    ),
    "other_copy": (
        "other_copy", "Another copy of this attempt counts now",
        "This attempt goes on in another window or on another device. What is saved there counts; yours is kept aside. "
        "Go on there, or press Go on here.",
    ),
    "late": (
        "closed", "This attempt is closed",
        "Time was up or the attempt was submitted. What you sent is kept as evidence and not scored.",
    ),
}  # fmt: skip
"""Outcome → (code, title, what became of the answer) where it does not count."""


def _reply_json(reply: Reply, instant: datetime) -> Page:
    body: dict[str, Any] = {
        "seq": reply.seq,
        "sha256": reply.sha256,
        "saved_at": reply.received_at.isoformat(),
        "server_now": instant.isoformat(),
        "deadline_at": reply.deadline_at.isoformat(),
    }
    if reply.outcome == "saved":
        return jsonify({**body, "patient": reply.patient} if reply.patient is not None else body)
    code, title, detail = KEPT_ASIDE[reply.outcome]
    status = 410 if reply.outcome == "late" else 409
    body |= {"type": "about:blank", "title": title, "detail": detail, "status": status, "code": code}
    body |= {"theirs": reply.theirs, "yours": reply.yours}
    if reply.outcome == "other_copy" and reply.lease_at is not None:
        body["lease_at"] = reply.lease_at.isoformat()
    response = jsonify(body)
    response.content_type = "application/problem+json"
    return response, status


@blueprint.get("/attempts/<int:attempt_id>/clock")
@allow(SIGNED_IN)
def clock(attempt_id: int) -> Page:
    """The server's time and the end for the page's timer, and this session's token, since a new sign-in has another."""
    found = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    return jsonify(
        server_now=exam_now().isoformat(), deadline_at=found.deadline_at.isoformat(), state=found.state, csrf_token=generate_csrf(),
        on_break=on_break(queries.timing_of(found), exam_now()),
        person=found.person_id, lease=found.lease, lease_at=found.lease_at and found.lease_at.isoformat(),
    )  # fmt: skip


@blueprint.post("/attempts/<int:attempt_id>/lease")
@allow(SIGNED_IN)
def lease(attempt_id: int) -> Page:
    """Let this copy of the page rule: what other windows and devices send is kept aside from now on."""
    own = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    copy = lease_from_json(_json_body())
    since = take_lease(
        db.session, attempt_id=attempt_id, person_id=own.person_id, lease=copy, actor=current_actor(), now=exam_now()
    )  # fmt: skip
    db.session.commit()
    return jsonify(lease_at=since.isoformat(), server_now=exam_now().isoformat())
