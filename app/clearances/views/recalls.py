"""Call evidence back: what somebody signed, or one record, with every clearance that rests on it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for

from app.accounts.queries import get_person
from app.accounts.step_up import asked, confirm
from app.clearances import actions
from app.clearances.forms import RecallForm
from app.clearances.queries import Called, get_piece, recall_of, signed_by
from app.clearances.views.blueprint import Page, blueprint, catalogue, readable_person, signer
from app.database import db
from app.domain.errors import InvalidInput, NotFound
from app.web.access import allow, current_person, current_who
from app.web.clockwork import now
from app.web.form_errors import put_problems


@blueprint.route("/people/<int:person_id>/recall", methods=["GET", "POST"])
@allow("supervisor")
def recall_person(person_id: int) -> Page:
    """Everything that a person signed at one's sites: observations, and competencies signed met."""
    person, sites = readable_person(person_id), current_who().sites_as("supervisor")
    pieces = [p for p in signed_by(db.session, person_id, sites) if p.person_id != current_who().person_id]
    return _recall(pieces, f"What {person.printed_name} signed", url_for("clearances.person", person_id=person_id))


@blueprint.route("/evidence/<kind>/<int:record_id>/recall", methods=["GET", "POST"])
@allow("supervisor")
def recall_record(kind: str, record_id: int) -> Page:
    """One piece of evidence."""
    piece = get_piece(db.session, kind, record_id, now(), prefer=current_who().sites_as("supervisor"))
    if not current_who().has("supervisor", piece.site_id):
        raise NotFound("There is no such evidence at a site of yours.")
    return _recall([piece], piece.words, url_for("clearances.person", person_id=piece.person_id))


def _recall(pieces: Sequence[Called], title: str, back: str) -> Page:
    form = RecallForm()
    if form.validate_on_submit():
        try:
            confirm(form)
            done = actions.call_back(
                db.session, pieces=pieces, reason=form.reason.data or "", shown_sha256=form.shown.data or "", signer=signer(),
                who=current_who(), now=now(),
            )  # fmt: skip
            db.session.commit()
            flash(f"Called back: {len(done.pieces)}. Put on hold: {len(done.below)}.", "ok")
            return redirect(back)
        except InvalidInput as error:
            put_problems(form, error)
    found = recall_of(db.session, pieces, now())
    form.shown.data = found.sha256
    page = render_template(
        "clearances/recall.html", form=form, recall=found, title_=title, back=back, catalogue=catalogue(),
        may=actions.held_back(found, current_who(), now=now()), signer=get_person(db.session, current_person().id),
        asked=asked(), void_meaning=actions.void_meaning, hold_meaning=actions.hold_meaning,
    )  # fmt: skip
    return page, 422 if form.errors else 200
