"""Be the other person who confirms who somebody is, and stop a second factor that is lost."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts import step_up
from app.accounts.actions import lose_factor
from app.accounts.forms import SigningForm
from app.accounts.models import Person
from app.accounts.queries import find_factor, get_person, identity_facts, list_proofs, site_ids_of
from app.database import db
from app.domain.errors import InvalidInput, NotFound
from app.domain.permissions import confirmations_needed, may_confirm_identity, may_read_record
from app.signatures import actions
from app.signatures.forms import IdentityForm
from app.web.access import allow, current_actor, current_person, current_who, current_zone
from app.web.clockwork import now
from app.web.form_errors import put_problems

blueprint = Blueprint("signatures", __name__)
Page = str | Response | tuple[str, int]


@blueprint.route("/people/<int:person_id>/identity", methods=["GET", "POST"])
@allow("admin", "supervisor")
def identity(person_id: int) -> Page:
    """See whether somebody is confirmed, and confirm it after meeting them."""
    holder, form = _other_person(person_id), IdentityForm()
    if form.validate_on_submit():
        try:
            step_up.confirm(form)
            step_up.check_tries()
            signer = get_person(db.session, current_person().id)
            actions.confirm_signer(
                db.session, holder=get_person(db.session, person_id), code=form.holder_code.data or "",
                document=form.document.data, signer=signer, who=current_who(), now=now(), time_zone=current_zone(),
            )  # fmt: skip
            db.session.commit()
            flash("Confirmed and signed.", "ok")
            return redirect(url_for("signatures.identity", person_id=person_id))
        except InvalidInput as error:
            if any(path == "holder_code" for path, _ in error.problems):
                step_up.count_refusal()  # nobody guesses somebody's code
            db.session.rollback()
            put_problems(form, error)
            holder = get_person(db.session, person_id)
    return _page(holder, form)


def _other_person(person_id: int) -> Person:
    """Somebody whose record one may read, and not oneself; anybody else does not exist."""
    sites = site_ids_of(db.session, person_id, now())
    if person_id == current_person().id or not may_read_record(current_who(), person_id, sites).allowed:
        raise NotFound("There is no such person among those you look after. Your own second factor is on your account page.")
    return get_person(db.session, person_id)


def _page(holder: Person, form: IdentityForm) -> Page:
    facts, factor = identity_facts(db.session, holder.id, now()), find_factor(db.session, holder.id)
    page = render_template(
        "signatures/identity.html", person_=holder, form=form, facts=facts, factor=factor,
        proofs=list_proofs(db.session, factor.id) if factor else [], needed=confirmations_needed(facts.replaces),
        may=may_confirm_identity(current_who(), facts, at=now()), meaning=actions.identity_meaning(holder),
        documents=actions.DOCUMENTS, signer=current_person(), asked=step_up.asked(),
    )  # fmt: skip
    return page, 422 if form.errors else 200


@blueprint.route("/people/<int:person_id>/identity/lost", methods=["GET", "POST"])
@allow("admin", "supervisor")
def lost(person_id: int) -> Page:
    """Stop the second factor of somebody who lost it; one person is enough to stop."""
    holder, form = _other_person(person_id), SigningForm()
    if form.validate_on_submit():
        try:
            step_up.confirm(form)
            lose_factor(db.session, person=get_person(db.session, person_id), actor=current_actor(), now=now())
            db.session.commit()
            flash("Stopped. They sign nothing until they have set up another one and two people have confirmed them.", "ok")
            return redirect(url_for("signatures.identity", person_id=person_id))
        except InvalidInput as error:
            put_problems(form, error)
            holder = get_person(db.session, person_id)
    page = render_template("signatures/lost.html", person_=holder, form=form, asked=step_up.asked())
    return page, 422 if form.errors else 200
