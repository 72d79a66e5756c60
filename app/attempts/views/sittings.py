"""Planned starts: several people of a site sit an exam together, and their forms are drawn ahead."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for

from app.accounts.models import Site
from app.accounts.queries import get_site, people_of_site
from app.attempts import actions, queries
from app.attempts.forms import SittingForm
from app.attempts.views.blueprint import Page, blueprint
from app.database import db
from app.domain.errors import InvalidInput, NotFound
from app.quizzes.queries import current_quizzes, quiz_titles
from app.web.access import allow, current_person, current_who
from app.web.choices import choices
from app.web.clockwork import now
from app.web.form_errors import put_problems
from app.web.numbers import whole_number


@blueprint.get("/sittings")
@allow("supervisor")
def sittings() -> Page:
    """The planned starts at one's sites."""
    sites = {s: get_site(db.session, s) for s in sorted(current_who().sites_as("supervisor"))}
    found = queries.planned_sittings(db.session, sites.keys(), now())
    return render_template("attempts/sittings.html", sittings=found, sites=sites, titles=quiz_titles(db.session))


@blueprint.route("/sittings/new", methods=["GET", "POST"])
@allow("supervisor")
def new_sitting() -> Page:
    """Plan a start."""
    site, form = _site(), SittingForm()
    people = people_of_site(db.session, site.id, now())
    form.quiz_id.choices = choices((v.quiz_id, v.title) for v in current_quizzes(db.session))
    form.candidates.choices = choices((p.id, p.printed_name) for p in people if p.id != current_person().id)
    if form.validate_on_submit():
        try:
            return _plan(site, form)
        except InvalidInput as error:
            put_problems(form, error)
    sites = [get_site(db.session, s) for s in sorted(current_who().sites_as("supervisor"))]
    page = render_template("attempts/new_sitting.html", form=form, site=site, sites=sites)
    return page, 422 if form.errors else 200


def _site() -> Site:
    mine = sorted(current_who().sites_as("supervisor"))
    wanted = whole_number(request.args.get("site")) or (mine[0] if mine else 0)
    if wanted not in mine:
        raise NotFound("You are no supervisor of such a site.")
    return get_site(db.session, wanted)


def _plan(site: Site, form: SittingForm) -> Page:
    members = [p.id for p in people_of_site(db.session, site.id, now())]
    if form.day.data is None or form.time.data is None:
        raise InvalidInput([("day", "Enter the day and the time.")])
    starts_at = datetime.combine(form.day.data, form.time.data, ZoneInfo(site.time_zone))
    actions.plan_sitting(
        db.session, quiz_id=form.quiz_id.data, site_id=site.id, starts_at=starts_at, candidates=form.candidates.data or [],
        members=members, supervisor=current_person(), who=current_who(), now=now(),
    )  # fmt: skip
    db.session.commit()
    flash("Planned. The forms are drawn within the day before, so that everybody can start at once.", "ok")
    return redirect(url_for("attempts.sittings"))
