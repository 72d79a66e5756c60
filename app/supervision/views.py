"""Observations from asking to signing, and the approval of competencies."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.forms import SigningForm
from app.accounts.queries import get_person, get_site, site_ids_of, sites_of
from app.accounts.step_up import asked, confirm
from app.catalogue.queries import catalogue_in_force
from app.database import db
from app.domain.catalogue import Catalogue
from app.domain.codes import code_from
from app.domain.errors import InvalidInput, NotFound
from app.domain.permissions import may_read_record, may_supervise
from app.domain.places import end_of_day, known_day
from app.supervision import actions, queries
from app.supervision.forms import CodeForm, CompetencyForm, OpenObservationForm, observation_form
from app.web.access import SIGNED_IN, allow, current_person, current_who
from app.web.choices import choices
from app.web.clockwork import new_token, now
from app.web.form_errors import put_problems

blueprint = Blueprint("supervision", __name__)
Page = str | Response | tuple[str, int]
CODE_LENGTH = 8


def _catalogue() -> Catalogue:
    return catalogue_in_force(db.session).catalogue


@blueprint.get("/observations")
@allow("trainee", "supervisor")
def observations() -> Page:
    """One's own observations, and as a supervisor those that wait at one's sites."""
    mine = queries.observations_of(db.session, [current_person().id], now())
    sites = current_who().sites_as("supervisor")
    waiting = [w for w in queries.open_observations_at(db.session, sites, now()) if w.observation.trainee_id != current_person().id]
    return render_template(
        "supervision/observations.html", mine=mine, waiting=waiting, catalogue=_catalogue(), code_form=CodeForm()
    )


@blueprint.route("/observations/new", methods=["GET", "POST"])
@allow("trainee", "supervisor")
def new_observation() -> Page:
    """Ask an observer before the procedure; the code is shown once."""
    form, catalogue = OpenObservationForm(), _catalogue()
    form.site_id.choices = choices((s.id, s.name) for s in sites_of(db.session, current_person().id, now()))
    form.region.choices = [
        choice for g in catalogue.groups for choice in choices(((r, catalogue.get_region(r).name) for r in g.regions), g.name)
    ]
    if request.method == "GET" and request.args.get("region"):
        form.region.data = request.args["region"]
    if form.validate_on_submit():
        code = code_from(new_token(), CODE_LENGTH)
        try:
            opened = actions.open_observation(
                db.session, trainee=get_person(db.session, current_person().id), site=get_site(db.session, form.site_id.data),
                region=form.region.data, technique=form.technique.data or "", purpose=form.purpose.data, subject=form.subject.data,
                code=code, catalogue=catalogue, now=now(),
            )  # fmt: skip
            db.session.commit()
            return _code_page(opened.id, code)
        except InvalidInput as error:
            put_problems(form, error)
    return render_template("supervision/new_observation.html", form=form), 422 if form.errors else 200


def _code_page(observation_id: int, code: str) -> Page:
    address = url_for("supervision.by_code", code=code, _external=True)
    picture = segno.make(address, error="m").svg_inline(scale=5, border=2, svgclass="qr", lineclass=None, omitsize=True)
    watched = queries.get_observation(db.session, observation_id, now())
    return render_template("supervision/code.html", watched=watched, code=code, picture=picture, catalogue=_catalogue())


@blueprint.route("/observations/code", methods=["GET", "POST"])
@allow("supervisor")
def by_code() -> Page:
    """Find the observation behind a code that a trainee shows."""
    form = CodeForm(code=request.args.get("code"))
    if request.method == "GET" and request.args.get("code"):
        found = queries.find_by_code(db.session, request.args["code"])
        if found is not None:
            return redirect(url_for("supervision.observation", observation_id=found.id))
    if form.validate_on_submit():
        found = queries.find_by_code(db.session, form.code.data or "")
        if found is not None:
            return redirect(url_for("supervision.observation", observation_id=found.id))
        form.code.errors = ["No observation has this code. Check the eight letters and digits with the trainee."]
    return render_template("supervision/find.html", form=form), 422 if form.errors else 200


def _readable(observation_id: int) -> queries.Watched:
    watched = queries.get_observation(db.session, observation_id, now())
    trainee = watched.observation.trainee_id
    if not may_read_record(current_who(), trainee, site_ids_of(db.session, trainee, now())).allowed:
        raise NotFound("There is no such observation.")
    return watched


@blueprint.get("/observations/<int:observation_id>")
@allow(SIGNED_IN)
def observation(observation_id: int) -> Page:
    """The form on a phone while it is open, the signed record afterwards."""
    watched = _readable(observation_id)
    draft = queries.find_draft(db.session, observation_id, current_person().id) or {}
    return _observation_page(watched, draft, SigningForm())


def _observation_page(watched: queries.Watched, values: dict[str, Any], form: SigningForm, status: int = 200) -> Page:
    refusal = actions.may_sign_observation(db.session, watched, current_who(), now())
    page = render_template(
        "supervision/observation.html", watched=watched, catalogue=_catalogue(), values=values, form=form, refusal=refusal,
        ratings=queries.RATING_WORDS, presences=queries.PRESENCE_WORDS, marks=queries.ROW_WORDS, subjects=queries.SUBJECT_WORDS,
        purposes=queries.PURPOSE_WORDS, asked=asked(), signer=current_person(),
    )  # fmt: skip
    return page, status


@blueprint.post("/observations/<int:observation_id>")
@allow("supervisor")
def sign_observation(observation_id: int) -> Page:
    """Save the draft, or sign what was seen; what was typed is kept first in either case."""
    watched, catalogue, form = _readable(observation_id), _catalogue(), SigningForm()
    filled = observation_form(request.form, catalogue.form_rows, catalogue.auto_fail)
    if not form.validate_on_submit():
        return _observation_page(watched, asdict(filled), form, 422)
    if not actions.may_sign_observation(db.session, watched, current_who(), now()):
        actions.save_draft(
            db.session,
            observation_id=observation_id,
            observer_id=current_person().id,
            content=asdict(filled),
            now=now(),
        )
        db.session.commit()
    if request.form.get("act") == "draft":
        flash("Draft kept. Nothing is signed yet.", "ok")
        return redirect(url_for("supervision.observation", observation_id=observation_id))
    try:
        confirm(form)
        actions.sign_observation(
            db.session, watched=_readable(observation_id), form=filled, observer=get_person(db.session, current_person().id),
            who=current_who(), catalogue=catalogue, now=now(),
        )  # fmt: skip
    except InvalidInput as error:
        put_problems(form, error)
        return _observation_page(_readable(observation_id), asdict(filled), form, 422)
    db.session.commit()
    flash("Signed. The trainee sees it now.", "ok")
    return redirect(url_for("supervision.observation", observation_id=observation_id))


@blueprint.route("/people/<int:person_id>/competencies/<slug>", methods=["GET", "POST"])
@allow("supervisor")
def competency(person_id: int, slug: str) -> Page:
    """Approve one competency of one practitioner on named evidence, or say not yet."""
    person, found = get_person(db.session, person_id), _catalogue().find_competency(slug)
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
        approver=get_person(db.session, current_person().id), who=current_who(), catalogue=_catalogue(), now=now(),
    )  # fmt: skip
    db.session.commit()
