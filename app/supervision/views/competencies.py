"""The approval of competencies."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, render_template, url_for

from app.accounts.queries import get_person, get_site, site_ids_of
from app.accounts.step_up import asked, confirm
from app.database import db
from app.domain.errors import InvalidInput, NotFound
from app.domain.permissions import may_supervise
from app.domain.places import end_of_day, known_day
from app.supervision import actions, queries
from app.supervision.forms import CompetencyForm
from app.supervision.views.blueprint import Page, blueprint, catalogue
from app.web.access import allow, current_person, current_who
from app.web.choices import choices
from app.web.clockwork import now
from app.web.form_errors import put_problems


@blueprint.route("/people/<int:person_id>/competencies/<slug>", methods=["GET", "POST"])
@allow("supervisor")
def competency(person_id: int, slug: str) -> Page:
    """Approve one competency of one practitioner on named evidence, or say not yet."""
    person, found = get_person(db.session, person_id), catalogue().find_competency(slug)
    shared = site_ids_of(db.session, person_id, now())
    allowed = may_supervise(current_who(), person_id, shared)
    if found is None or (not allowed.allowed and person_id != current_person().id):
        raise NotFound("There is no such competency of a person you supervise.")
    form = _competency_form(found.modes, shared)
    if form.validate_on_submit() and allowed.allowed:
        try:
            _approve(person_id, slug, form)
            flash("Signed.", "ok")
            return redirect(url_for("clearances.person", person_id=person_id))
        except InvalidInput as error:
            put_problems(form, error)
    page = render_template(
        "supervision/competency.html", person_=person, competency=found, form=form, allowed=allowed, signer=current_person(),
        newest=queries.newest_approvals(db.session, person_id).get(slug), asked=asked(),
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _competency_form(modes: tuple[str, ...], shared: frozenset[int]) -> CompetencyForm:
    form = CompetencyForm()
    mine = sorted(current_who().sites_as("supervisor") & shared)
    form.site_id.choices = choices((i, get_site(db.session, i).name) for i in mine)
    form.mode.choices = choices((m, m.replace("-", " ").capitalize()) for m in modes)
    return form


def _approve(person_id: int, slug: str, form: CompetencyForm) -> None:
    confirm(form)
    site = get_site(db.session, form.site_id.data)
    if not known_day(form.until.data):
        raise InvalidInput([("until", "Enter a day between 1900 and 2200, or leave it empty.")])
    until: datetime | None = end_of_day(form.until.data, site.time_zone) if form.until.data else None
    actions.approve_competency(
        db.session, person=get_person(db.session, person_id), person_sites=site_ids_of(db.session, person_id, now()), site=site,
        competency=slug, verdict=form.verdict.data, mode=form.mode.data, evidence=form.evidence.data or "", until=until,
        approver=get_person(db.session, current_person().id), who=current_who(), catalogue=catalogue(), now=now(),
    )  # fmt: skip
    db.session.commit()
