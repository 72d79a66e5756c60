"""Stop a clearance at once, and end the stop by two people."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts import step_up
from app.accounts.queries import get_site
from app.accounts.step_up import confirm
from app.clearances import actions
from app.clearances.forms import LiftForm, StopForm
from app.clearances.queries import Stop, answers_to, find_link, seals_of, set_aside_among, stop_of
from app.clearances.views.blueprint import Page, blueprint, catalogue, readable_person, signer
from app.database import db
from app.decisions.models import Decision
from app.decisions.queries import decisions_about, get_decision, regions_of
from app.domain.errors import InvalidInput, NotAllowed, NotFound
from app.domain.permissions import may_stop
from app.web.access import SIGNED_IN, allow, current_person, current_who
from app.web.choices import choices
from app.web.clockwork import now
from app.web.form_errors import put_problems

DONE = {
    "independent": {
        "suspend": "Suspended. It reads as not cleared from now on.",
        "hold": "On hold. It reads as not cleared from now on.",
        "watched_hold": "On hold. It reads as only with an observer from now on.",
        "revoke": "Revoked. It reads as not cleared from now on.",
    },
    "may_observe": {
        "suspend": "Suspended. Nothing that begins from now on can be observed.",
        "hold": "On hold. Nothing that begins from now on can be observed.",
        "revoke": "Revoked. Nothing that begins from now on can be observed.",
    },
}
ENDED = {"propose": "Proposed. Another supervisor of the site ends it.", "lift": "Ended. It takes effect in 10 seconds."}


@blueprint.route("/people/<int:person_id>/stop/<int:site_id>/<group_id>", methods=["GET", "POST"])
@allow("supervisor")
def stop(person_id: int, site_id: int, group_id: str) -> Page:
    """Suspend, hold or revoke what a person was granted in a group at a site; one supervisor is enough."""
    person, group, form = readable_person(person_id), catalogue().find_group(group_id), StopForm()
    if group is None or not current_who().has("supervisor", site_id):
        raise NotFound("There is no such group at a site of yours.")
    site = get_site(db.session, site_id)
    form.regions.choices = choices((r, catalogue().get_region(r).name) for r in group.regions)
    if not form.is_submitted():
        form.regions.data = list(group.regions)
    if form.validate_on_submit():
        asked = actions.Stopping(
            form.what.data, form.level.data, group_id, tuple(form.regions.data or ()), form.reason.data or ""
        )  # fmt: skip
        try:
            confirm(form)
            made = actions.stop_clearance(
                db.session, person=person, site=site, asked=asked, signer=signer(), who=current_who(), now=now()
            )
            db.session.commit()
            flash(DONE[asked.level][asked.what], "ok")
            return redirect(url_for("clearances.stopped", stop_id=made.id))
        except InvalidInput as error:
            put_problems(form, error)
    page = render_template(
        "clearances/stop.html", form=form, person_=person, group=group, site=site, signer=current_person(),
        meaning=actions.stop_meaning(person, group.name),
        may=may_stop(current_who(), person_id, site_id, at=now()), asked=step_up.asked(),
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _readable_stop(decision_id: int) -> Stop:
    found = stop_of(db.session, decision_id, now=now())
    who, d = current_who(), found.decision
    readers = who.has("supervisor", d.site_id) or who.has("admin") or who.has("auditor")
    if who.person_id != d.person_id and not readers:
        raise NotFound("There is no such stop.")
    return found


@blueprint.get("/stops/<int:stop_id>")
@allow(SIGNED_IN)
def stopped(stop_id: int) -> Page:
    """A stop: who stopped what and why, what is proposed, and how it ends."""
    return _stop_page(_readable_stop(stop_id), LiftForm())


def _stop_page(found: Stop, form: LiftForm) -> Page:
    d, who, history = found.decision, current_who(), _history(found)
    may = {act: actions.may_end(found, act, who, now=now()) for act in ("propose", "lift")}
    form.proposal.data = str(found.proposal.id if found.proposal else "")
    undo = found.ended_by is not None and actions.may_undo(found.ended_by, who, undone=False, now=now()).allowed
    page = render_template(
        "clearances/stopped.html", stop=found, form=form, may=may, site=get_site(db.session, d.site_id), catalogue=catalogue(),
        regions=regions_of(d), history=history, seals=seals_of(db.session, history), may_undo=undo,
        own=who.person_id == d.person_id,
        act_words={act: actions.act_to_end(found, act, reason="").meaning for act in may}, signer=current_person(),
        undo_words=actions.undo_meaning(d.person.printed_name), asked=step_up.asked(),
        supervises=who.has("supervisor", d.site_id), answers=answers_to(db.session, [d.id]),
        set_aside=set_aside_among(db.session, [d.id]).get(d.id),
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _history(found: Stop) -> list[Decision]:
    """Everything that was signed about this stop, in order, with what was taken back."""
    d = found.decision
    every = decisions_about(db.session, [d.person_id], d.site_id)
    ids = {d.id} | {e.id for e in every if e.about_decision_id == d.id}
    return sorted((e for e in every if e.id in ids or e.about_decision_id in ids), key=lambda e: e.id)


@blueprint.post("/stops/<int:stop_id>/end")
@allow("supervisor")
def end_stop(stop_id: int) -> Page:
    """Propose to end a stop, or end it as the second person."""
    found, form = _readable_stop(stop_id), LiftForm()
    if form.validate_on_submit() and form.act.data not in ("propose", "lift"):
        form.act.errors = ["Use one of the buttons of the page."]
    elif form.validate_on_submit():
        try:
            confirm(form)
            actions.end_stop(
                db.session, stop_id=stop_id, act=form.act.data or "", reason=form.reason.data or "",
                shown_proposal=form.proposal.data or "", signer=signer(), who=current_who(), now=now(),
            )  # fmt: skip
            db.session.commit()
            words = {
                "propose": "Proposed. Another supervisor of the site ends it.",
                "lift": "Ended. It takes effect in 10 seconds.",
            }
            flash(words[form.act.data or ""], "ok")
            return redirect(url_for("clearances.stopped", stop_id=stop_id))
        except InvalidInput as error:
            put_problems(form, error)
            found = _readable_stop(stop_id)
    return _stop_page(found, form)


@blueprint.post("/decisions/<int:decision_id>/undo")
@allow("supervisor")
def undo(decision_id: int) -> Response:
    """Take back a grant, lift or renewal of one's own before it takes effect."""
    decision = get_decision(db.session, decision_id)
    if decision.signer_id != current_who().person_id:
        raise NotFound("There is no such decision of yours.")
    about = decision.about_decision_id
    if step_up.asked():
        raise NotAllowed("You proved who you are in another browser. Take it back there, within its ten seconds.")
    actions.undo_decision(db.session, decision=decision, signer=signer(), who=current_who(), now=now())
    link = find_link(db.session, decision_id)
    db.session.commit()
    flash("Taken back. It never took effect.", "ok")
    if link is not None:
        return redirect(url_for("clearances.application", application_id=link.application_id))
    if decision.kind == "lift":
        return redirect(url_for("clearances.stopped", stop_id=about))
    return redirect(url_for("clearances.observers"))
