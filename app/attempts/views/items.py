"""The items of a running attempt: one page each, and all of them at once for a page that goes from one to the next by itself."""

from __future__ import annotations

from dataclasses import replace

from flask import get_template_attribute, jsonify, render_template, request

from app.attempts import queries
from app.attempts.forms import Typed
from app.attempts.models import Attempt
from app.attempts.views.blueprint import Page, blueprint, break_page, find_running, to_result, told_in
from app.database import db
from app.domain.errors import Conflict, NotFound
from app.domain.timing import on_break
from app.web.access import SIGNED_IN, allow, current_person
from app.web.clockwork import exam_now, new_token
from app.web.numbers import whole_number


@blueprint.get("/attempts/<int:attempt_id>")
@allow(SIGNED_IN)
def attempt(attempt_id: int) -> Page:
    """One item at a time, rebuilt from what the server has."""
    running = find_running(attempt_id)
    if running is None:
        return to_result(attempt_id)
    if on_break(queries.timing_of(running), exam_now()):
        return break_page(running)
    return item_page(running, (whole_number(request.args.get("q", "1")) or 0))


def item_page(running: Attempt, position: int, error: str | None = None, typed: Typed | None = None, status: int = 200) -> Page:
    """The page of one item; with `typed` it shows what was sent and not taken, and `error` says why."""
    places = queries.keyed_places(db.session, running.id)
    if not 1 <= position <= len(places):
        raise NotFound(f"This attempt has items 1 to {len(places)}.")
    keyed = places[position - 1]
    shown, place = queries.wire_of(keyed), keyed.place
    if typed is not None:
        shown, place = typed.answer, replace(place, struck=typed.struck, flagged=typed.flagged, certainty=typed.certainty)
    page = render_template(
        "attempts/take.html", attempt=running, place=place, places=[p.place for p in places], answer=shown,
        zone=told_in(running), op_id=new_token(), error=error, keys_on=current_person().shortcut_keys, now=exam_now(),
    )  # fmt: skip
    return page, status


@blueprint.get("/attempts/<int:attempt_id>/items")
@allow(SIGNED_IN)
def items(attempt_id: int) -> Page:
    """The form of every item in order, as its own page has it: going on to the next one then needs no connection."""
    running = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    if queries.is_over(running, exam_now()):
        raise Conflict("The time of this attempt is over.")
    if on_break(queries.timing_of(running), exam_now()):
        raise Conflict("A break is under way. The items are shown again once it has ended.")
    places, item = queries.keyed_places(db.session, attempt_id), get_template_attribute("attempts/_item.html", "item")
    person, zone, instant = current_person(), told_in(running), exam_now()
    forms = [
        item(running, person, p.place, len(places), queries.wire_of(p), zone, instant, new_token(), person.shortcut_keys)
        for p in places
    ]
    return jsonify(items=forms)
