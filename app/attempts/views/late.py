"""A supervisor brings in the answers that a page could not send: a file that its candidate saved."""

from __future__ import annotations

import hashlib

from flask import render_template

from app.accounts.models import Person
from app.accounts.queries import get_person, site_ids_of
from app.attempts.actions import Taken, take_late_answers
from app.attempts.forms import LateFileForm
from app.attempts.views.blueprint import Page, blueprint, zone_of
from app.database import db
from app.domain.errors import InvalidInput, NotFound
from app.formats.unsent_file import MOST_BYTES, read_unsent
from app.web.access import allow, current_actor, current_person, current_who
from app.web.clockwork import now
from app.web.form_errors import put_problems


@blueprint.route("/people/<int:person_id>/late-answers", methods=["GET", "POST"])
@allow("supervisor")
def late_answers(person_id: int) -> Page:
    """Take in a file of unsent answers of somebody at a shared site; it is kept as evidence, and the page says what came in."""
    person, form, taken = get_person(db.session, person_id), LateFileForm(), None
    shared = current_who().sites_as("supervisor") & site_ids_of(db.session, person_id, now())
    if not shared or person_id == current_person().id:
        raise NotFound("There is no such person among those you supervise.")
    if form.validate_on_submit():
        try:
            taken = _taken(person, form.file.data.read(MOST_BYTES + 1))
            db.session.commit()
        except InvalidInput as error:
            db.session.rollback()
            put_problems(form, InvalidInput([("file", words) for _, words in error.problems]))
    page = render_template("attempts/late_answers.html", person_=person, form=form, taken=taken, zone=zone_of(person_id))
    return page, 422 if form.errors else 200


def _taken(person: Person, data: bytes) -> Taken:
    return take_late_answers(
        db.session, person_id=person.id, file=read_unsent(data), file_sha256=hashlib.sha256(data).hexdigest(),
        actor=current_actor(), now=now(),
    )  # fmt: skip
