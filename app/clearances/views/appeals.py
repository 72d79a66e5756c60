"""Notice of a decision against somebody, what they answer, their appeal, and its hearing by somebody uninvolved."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.step_up import asked, confirm
from app.clearances import actions
from app.clearances.forms import AnswerForm, AppealForm, HearingForm
from app.clearances.queries import Adverse, adverse_of, find_link, uninvolved_at
from app.clearances.views.blueprint import Page, blueprint, catalogue, signer
from app.database import db
from app.decisions.queries import regions_of
from app.domain.errors import InvalidInput, NotFound
from app.web.access import SIGNED_IN, allow, current_person, current_who
from app.web.choices import choices
from app.web.clockwork import now
from app.web.form_errors import put_problems

SET_ASIDE = {
    "deny": "Set aside | the application is open again and is reviewed by the site",
    "suspend": "Set aside | it should not have been; two supervisors still end the suspension",
    "hold": "Set aside | it should not have been; two supervisors still end the hold",
    "revoke": "Set aside | it should not have been; two supervisors still end the revocation",
}
HEARD = {"uphold": "Upheld. The holder reads your reasons.", "set_aside": "Set aside. The holder reads your reasons."}


def _readable(decision_id: int) -> Adverse:
    """A decision against oneself, or one at a site that one supervises; any other does not exist."""
    found, who = adverse_of(db.session, decision_id), current_who()
    d = found.decision
    if who.person_id != d.person_id and not (who.has("supervisor", d.site_id) or who.has("admin") or who.has("auditor")):
        raise NotFound("There is no such notice.")
    return found


def _facts(found: Adverse) -> dict[str, object]:
    """What both pages show of a decision."""
    d = found.decision
    link = find_link(db.session, d.id) if d.kind == "deny" else None
    return {
        "found": found, "d": d, "zone": d.time_zone, "own": current_who().person_id == d.person_id, "catalogue": catalogue(),
        "regions": regions_of(d), "application_id": link.application_id if link else None,
        "may_appeal": found.may_be_appealed(now()),
    }  # fmt: skip


@blueprint.get("/decisions/<int:decision_id>/notice")
@allow(SIGNED_IN)
def notice(decision_id: int) -> Page:
    """What was decided against somebody, why, and what they can do."""
    return _notice_page(_readable(decision_id), AnswerForm())


def _notice_page(found: Adverse, form: AnswerForm) -> Page:
    page = render_template("clearances/notice.html", form=form, **_facts(found))
    return page, 422 if form.errors else 200


@blueprint.post("/decisions/<int:decision_id>/seen")
@allow(SIGNED_IN)
def seen(decision_id: int) -> Response:
    """Take note of a decision against oneself."""
    actions.take_note(db.session, decision_id=decision_id, person=signer(), now=now())
    db.session.commit()
    flash("Noted. You can still answer and appeal.", "ok")
    return redirect(url_for("clearances.notice", decision_id=decision_id))


@blueprint.post("/decisions/<int:decision_id>/answer")
@allow(SIGNED_IN)
def answer(decision_id: int) -> Page:
    """Answer a decision against oneself."""
    found, form = _readable(decision_id), AnswerForm()
    if form.validate_on_submit():
        try:
            actions.answer_decision(db.session, decision_id=decision_id, words=form.words.data or "", person=signer(), now=now())
            db.session.commit()
            flash("Your answer is on record.", "ok")
            return redirect(url_for("clearances.notice", decision_id=decision_id))
        except InvalidInput as error:
            put_problems(form, error)
    elif found.decision.person_id != current_who().person_id:
        raise NotFound("There is no such notice of yours.")
    return _notice_page(found, form)


@blueprint.get("/decisions/<int:decision_id>/appeal")
@allow(SIGNED_IN)
def appeal(decision_id: int) -> Page:
    """The appeal against a decision: its grounds, who may hear it, and its outcome."""
    return _appeal_page(_readable(decision_id), AppealForm(), HearingForm())


def _appeal_page(found: Adverse, form: AppealForm, hearing: HearingForm) -> Page:
    may = actions.may_hear_now(db.session, found, current_who(), now=now())
    hearing.outcome.choices = _outcomes(found)
    hearing.shown.data = actions.hearing_digest(found)
    hearers = uninvolved_at(db.session, found, at=now()) if found.outcome is None else []
    page = render_template(
        "clearances/appeal.html", form=form, hearing=hearing, may=may, hearers=hearers, signer=current_person(),
        meanings={o: actions.hearing_meaning(found, o) for o in ("uphold", "set_aside")},
        supervises=current_who().has("supervisor", found.decision.site_id),
        asked=asked(), **_facts(found),
    )  # fmt: skip
    return page, 422 if form.errors or hearing.errors else 200


def _outcomes(found: Adverse) -> list[Any]:
    kind = found.decision.kind
    return choices([("uphold", f"Uphold | the {found.words} was right and stays"), ("set_aside", SET_ASIDE[kind])])


@blueprint.post("/decisions/<int:decision_id>/appeal")
@allow(SIGNED_IN)
def open_appeal(decision_id: int) -> Page:
    """Appeal against a decision against oneself."""
    found, form = _readable(decision_id), AppealForm()
    if found.decision.person_id != current_who().person_id:
        raise NotFound("There is no such notice of yours.")
    if form.validate_on_submit():
        try:
            actions.open_appeal(db.session, decision_id=decision_id, grounds=form.grounds.data or "", person=signer(), now=now())
            db.session.commit()
            flash("Your appeal is on record. Somebody uninvolved hears it.", "ok")
            return redirect(url_for("clearances.appeal", decision_id=decision_id))
        except InvalidInput as error:
            put_problems(form, error)
    return _appeal_page(found, form, HearingForm(formdata=None))


@blueprint.post("/decisions/<int:decision_id>/appeal/decide")
@allow("supervisor")
def decide_appeal(decision_id: int) -> Page:
    """Uphold a decision or set it aside."""
    found, form = _readable(decision_id), HearingForm()
    form.outcome.choices = _outcomes(found)
    if form.validate_on_submit():
        try:
            confirm(form)
            hearing = actions.Hearing(form.outcome.data, form.reason.data or "", form.shown.data or "")
            actions.decide_appeal(
                db.session, decision_id=decision_id, hearing=hearing, signer=signer(), who=current_who(), now=now()
            )
            db.session.commit()
            flash(HEARD[hearing.outcome], "ok")
            return redirect(url_for("clearances.appeal", decision_id=decision_id))
        except InvalidInput as error:
            put_problems(form, error)
    return _appeal_page(_readable(decision_id), AppealForm(formdata=None), form)
