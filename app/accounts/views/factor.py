"""One's own second factor: set up, recovery codes, lost."""

from __future__ import annotations

import segno
from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts import actions, queries, totp
from app.accounts.forms import EnrolForm, LostForm
from app.accounts.models import SecondFactor
from app.accounts.step_up import check_own_password
from app.accounts.views.blueprint import Page, blueprint, status_of
from app.database import db
from app.domain.errors import InvalidInput
from app.domain.permissions import confirmations_needed
from app.web import step_up
from app.web.access import SIGNED_IN, allow, current_actor, current_person
from app.web.clockwork import new_token, now
from app.web.form_errors import put_problems


@blueprint.get("/account/second-factor")
@allow(SIGNED_IN)
def second_factor() -> Page:
    """What there is, and the next step: begin, enrol, be confirmed."""
    return _page(EnrolForm(formdata=None), LostForm(formdata=None))


def _page(enrol: EnrolForm, lost: LostForm) -> Page:
    factor = queries.find_factor(db.session, current_person().id)
    enrolled = factor is not None and factor.enrolled_at is not None
    page = render_template(
        "accounts/second_factor.html",
        factor=factor,
        enrolled=enrolled,
        picture=_picture(factor) if factor is not None and not enrolled else None,
        proofs=queries.list_proofs(db.session, factor.id) if factor else [],
        needed=confirmations_needed(factor is not None and factor.replaces_id is not None),
        left=queries.recovery_codes_left(db.session, factor.id) if factor else 0,
        enrol=enrol,
        lost=lost,
    )
    return page, status_of(enrol) if enrol.errors else status_of(lost)


def _picture(factor: SecondFactor) -> str:
    installation = queries.find_installation(db.session)
    issuer = installation.organisation if installation else "Clearance"
    address = totp.address_of(factor.secret, account=current_person().email, issuer=issuer)
    return segno.make(address, error="m").svg_inline(scale=4, border=2, svgclass="qr", lineclass=None, omitsize=True)


@blueprint.post("/account/second-factor/begin")
@allow(SIGNED_IN)
def begin_second_factor() -> Response:
    """Make a new secret."""
    person = queries.get_person(db.session, current_person().id)
    actions.begin_factor(db.session, person=person, token=new_token(), actor=current_actor(), now=now())
    db.session.commit()
    return redirect(url_for("accounts.second_factor"))


@blueprint.post("/account/second-factor")
@allow(SIGNED_IN)
def enrol_second_factor() -> Page:
    """Take the first code, and show the recovery codes once."""
    form = EnrolForm()
    if not form.validate_on_submit():
        return _page(form, LostForm(formdata=None))
    person = queries.get_person(db.session, current_person().id)
    try:
        codes = actions.enrol_factor(
            db.session, person=person, code=form.code.data or "", tokens=new_token, actor=current_actor(), now=now()
        )
    except InvalidInput as error:
        db.session.rollback()
        put_problems(form, error)
        return _page(form, LostForm(formdata=None))
    db.session.commit()
    return render_template("accounts/recovery_codes.html", codes=codes)


@blueprint.post("/account/second-factor/lost")
@allow(SIGNED_IN)
def lose_second_factor() -> Page:
    """Stop one's own factor at once."""
    form = LostForm()
    if not form.validate_on_submit():
        return _page(EnrolForm(formdata=None), form)
    try:
        check_own_password(form.password.data or "")
    except InvalidInput as error:
        put_problems(form, error)
        return _page(EnrolForm(formdata=None), form)
    person = queries.get_person(db.session, current_person().id)
    actions.lose_factor(db.session, person=person, actor=current_actor(), now=now())
    db.session.commit()
    step_up.forget()
    flash("Stopped. Nothing can be signed with that authenticator any more. Set up another one now.", "ok")
    return redirect(url_for("accounts.second_factor"))


@blueprint.app_template_global()
def demonstration_code() -> str | None:
    """In a demonstration the code that the fictional person's authenticator shows; anywhere else there is none to show."""
    installation = queries.find_installation(db.session)
    factor = queries.find_factor(db.session, current_person().id)
    if installation is None or installation.kind != "demonstration" or factor is None or factor.enrolled_at is None:
        return None
    return queries.next_code(db.session, factor, now())
