"""Cover while a supervisor is away: who works for whom, until when."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.models import Person
from app.accounts.queries import get_site, people_of_site
from app.clearances import actions
from app.clearances.forms import CoverForm
from app.clearances.queries import cover_of, get_delegation, list_delegations
from app.clearances.views.blueprint import Page, blueprint, signer
from app.database import db
from app.domain.errors import InvalidInput, NotFound
from app.web.access import allow, current_actor, current_person, current_who
from app.web.choices import choices
from app.web.clockwork import now
from app.web.form_errors import put_problems


@blueprint.get("/cover")
@allow("supervisor", "admin", "auditor")
def cover() -> Page:
    """Every cover at one's sites, and the form for a new one."""
    return _page(_form()[0])


def _form() -> tuple[CoverForm, dict[int, Person]]:
    """The form with one's sites and the other supervisors there."""
    form, who = CoverForm(), current_who()
    sites = [get_site(db.session, i) for i in sorted(who.sites_as("supervisor"))]
    found = [p for s in sites for p in people_of_site(db.session, s.id, now(), roles=("supervisor",)) if p.id != who.person_id]
    others = {p.id: p for p in sorted(found, key=lambda p: p.printed_name)}
    form.site_id.choices = choices((s.id, s.name) for s in sites)
    form.delegate_id.choices = choices((p.id, p.printed_name) for p in others.values())
    return form, others


@blueprint.post("/cover")
@allow("supervisor")
def arrange_cover() -> Page:
    """Ask another supervisor to cover for oneself."""
    form, others = _form()
    if form.validate_on_submit() and form.last_day.data is not None:
        away = actions.Away(form.delegate_id.data, form.last_day.data, form.reason.data or "")
        try:
            actions.delegate_to(
                db.session, site=get_site(db.session, form.site_id.data), delegator=signer(), who=current_who(), now=now(),
                delegate=others[away.delegate_id], away=away,
            )  # fmt: skip
            db.session.commit()
            flash("On record. It ends by itself after the last day.", "ok")
            return redirect(url_for("clearances.cover"))
        except InvalidInput as error:
            put_problems(form, error)
    return _page(form), 422 if form.errors else 200


def _page(form: CoverForm) -> str:
    who = current_who()
    own = who.sites_as("supervisor")
    sites = None if who.has("admin") or who.has("auditor") else own
    found = [(d, cover_of(d)) for d in list_delegations(db.session, sites)]
    return render_template(
        "clearances/cover.html", form=form if own else None, me=current_person().id,
        running=[d for d, c in found if c.holds(now())], past=[d for d, c in found if not c.holds(now())],
        admin=who.has("admin"), one_second=timedelta(seconds=1),
    )  # fmt: skip


@blueprint.post("/cover/<int:delegation_id>/end")
@allow("supervisor", "admin")
def end_cover(delegation_id: int) -> Response:
    """End a cover before its day."""
    found, who = get_delegation(db.session, delegation_id), current_who()
    if not (who.has("supervisor", found.site_id) or who.has("admin")):
        raise NotFound("There is no such cover.")
    actions.end_delegation(db.session, delegation_id=delegation_id, actor=current_actor(), who=who, now=now())
    db.session.commit()
    flash("Ended. Each of you signs for yourself again from now on.", "ok")
    return redirect(url_for("clearances.cover"))
