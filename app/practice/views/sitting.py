"""A session: one item at a time, its explanation at once, one's own note on it, and the end."""

from __future__ import annotations

import json
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.bank.queries import contents
from app.catalogue.queries import catalogue_in_force
from app.database import db
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.items import Variant, answer_words, presentation, review, score
from app.domain.practice import SESSION_S
from app.practice import actions, queries
from app.practice.forms import NoteForm, given_from_form
from app.practice.models import PracticeAnswer, PracticeSession
from app.practice.views.blueprint import PRACTISERS, Page, blueprint, chance, my_day, my_zone, to_session
from app.web.access import allow, current_person
from app.web.answers import typed_answer
from app.web.clockwork import now
from app.web.numbers import whole_number


@blueprint.get("/practice/<int:session_id>")
@allow(*PRACTISERS)
def session(session_id: int) -> Page:
    """The item that is shown; once answered, what became of it; after the end, all of it."""
    practice = queries.get_own_session(db.session, session_id, current_person().id)
    wanted = request.args.get("n")
    if wanted is None:
        return _current_page(practice)
    return _feedback_page(practice, _get_answer(session_id, whole_number(wanted) or 0), NoteForm(formdata=None))


def _get_answer(session_id: int, number: int) -> PracticeAnswer:
    found = queries.find_answer(db.session, session_id, number)
    if found is None:
        raise NotFound("There is no such answer in this session.")
    return found


def _current_page(practice: PracticeSession) -> str:
    """Where a session stands: at its end, at an explanation, at an item."""
    if practice.ended_at is not None:
        return _end_page(practice)
    answer = queries.find_answer(db.session, practice.id, practice.shown_count)
    return _item_page(practice) if answer is None else _feedback_page(practice, answer, NoteForm(formdata=None))


def _item_page(practice: PracticeSession, typed: dict[str, Any] | None = None, **found: Any) -> str:
    """The shown item as an allow-list lets it be seen; `typed` is what a refused form held."""
    if practice.shown_version_id is None or queries.is_withdrawn(db.session, practice.shown_version_id):
        return render_template("practice/withdrawn.html", **_frame(practice))
    shown = queries.shown_of(db.session, practice, found.pop("taken", None))
    return render_template(
        "practice/item.html", shown=shown, answer=typed or {}, op_id=practice.shown_op_id, why=practice.shown_why,
        certainty_given=request.form.get("certainty"), **_frame(practice), **found,
    )  # fmt: skip


def _frame(practice: PracticeSession) -> dict[str, Any]:
    """What stands around every page of a session: its number, its own time, its answers so far."""
    answers = [answer for answer, _ in queries.answers_of(db.session, practice.id)]
    return {
        "practice": practice, "number": practice.shown_count, "used_s": min(practice.used_s, SESSION_S), "session_s": SESSION_S,
        "answered": [(a.number, queries.was_right(a)) for a in answers], "keys_on": current_person().shortcut_keys,
    }  # fmt: skip


def _feedback_page(practice: PracticeSession, answer: PracticeAnswer, form: NoteForm) -> str:
    """Everything about one answer: practice items open every key."""
    content = contents(db.session, [answer.item_version_id])[answer.item_version_id]
    variant, given = Variant.from_json(json.loads(answer.variant)), json.loads(answer.payload)
    note = queries.find_note(db.session, practice.person_id, answer.item_id)
    if note is not None and form.words.data is None:
        form.words.data = note.words
    sources = catalogue_in_force(db.session).catalogue.sources
    after = review(content, variant, given)
    return render_template(
        "practice/feedback.html", shown=presentation(content, variant, given), given=answer, mark=score(content, variant, given),
        after=after, words=answer_words(content, variant, given), right=queries.was_right(answer), form=form, note=note,
        sources=[(key, sources.get(key)) for key in after.sources], zone=my_zone(),
        card=queries.find_card(db.session, practice.person_id, answer.item_id),
        is_current=practice.ended_at is None and answer.number == practice.shown_count, **_frame(practice),
    )  # fmt: skip


def _end_page(practice: PracticeSession) -> str:
    rows = queries.answers_of(db.session, practice.id)
    found = queries.agenda_of(db.session, practice.person_id, day=my_day(), now=now())
    return render_template(
        "practice/end.html", practice=practice, rows=[(answer, content, queries.was_right(answer)) for answer, content in rows],
        agenda=found, running=queries.find_open_session(db.session, practice.person_id), zone=my_zone(),
    )  # fmt: skip


@blueprint.post("/practice/<int:session_id>")
@allow(*PRACTISERS)
def answer(session_id: int) -> Page:
    """Answer the item that is shown, once; a case goes on in the page until it ends."""
    me = current_person().id
    try:
        reply = actions.answer_item(db.session, session_id=session_id, person_id=me, given=given_from_form(request.form), now=now())
    except InvalidInput as error:
        db.session.rollback()
        practice = queries.get_own_session(db.session, session_id, me)
        return _item_page(practice, typed_answer(request.form), error=" ".join(words for _, words in error.problems)), 422
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "wait")
        return _current_page(queries.get_own_session(db.session, session_id, me)), 409
    db.session.commit()
    if reply.number is not None:
        return to_session(session_id, reply.number)
    return _item_page(queries.get_own_session(db.session, session_id, me), taken=reply.taken)


@blueprint.post("/practice/<int:session_id>/next")
@allow(*PRACTISERS)
def go_on(session_id: int) -> Response:
    """Show the next item, or end."""
    me = current_person().id
    if request.form.get("end") == "1":
        actions.end_session(db.session, session_id=session_id, person_id=me, now=now())
    else:
        actions.show_next(db.session, session_id=session_id, person_id=me, day=my_day(), chance=chance(), now=now())
    db.session.commit()
    return to_session(session_id)


@blueprint.post("/practice/<int:session_id>/note")
@allow(*PRACTISERS)
def note(session_id: int) -> Page:
    """Keep one's own note on an item that one has answered."""
    practice = queries.get_own_session(db.session, session_id, current_person().id)
    number = whole_number(request.form.get("number"))
    if number is None:
        raise InvalidInput("This page is out of date. Load it again and write your note once more.")
    found = _get_answer(session_id, number)
    form = NoteForm()
    if not form.validate_on_submit():
        return _feedback_page(practice, found, form), 422
    actions.write_note(db.session, person_id=practice.person_id, item_id=found.item_id, words=form.words.data or "", now=now())
    db.session.commit()
    flash("Your note is kept." if (form.words.data or "").strip() else "Your note is taken away.", "ok")
    return redirect(url_for("practice.session", session_id=session_id, n=found.number))
