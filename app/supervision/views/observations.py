"""Observations from asking to signing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import segno
from flask import flash, redirect, render_template, request, url_for

from app.accounts.forms import SigningForm
from app.accounts.queries import get_person, get_site, site_ids_of, sites_of
from app.accounts.step_up import asked, confirm
from app.database import db
from app.domain.codes import code_from
from app.domain.errors import InvalidInput, NotAllowed, NotFound
from app.domain.permissions import may_read_observation
from app.supervision import actions, queries
from app.supervision.forms import CodeForm, OpenObservationForm, observation_form
from app.supervision.models import Observation
from app.supervision.views.blueprint import Page, blueprint, catalogue
from app.web.access import SIGNED_IN, allow, current_person, current_who
from app.web.choices import choices
from app.web.clockwork import new_token, now
from app.web.form_errors import put_problems

CODE_LENGTH = 8
NO_SUCH_CODE = "No observation has this code, or it is not at your site. Check the eight letters and digits with the trainee."


@blueprint.get("/observations")
@allow("trainee", "supervisor")
def observations() -> Page:
    """One's own observations, and as a supervisor those that wait at one's sites."""
    mine = queries.observations_of(db.session, [current_person().id], now())
    sites = current_who().sites_as("supervisor")
    waiting = [w for w in queries.open_observations_at(db.session, sites, now()) if w.observation.trainee_id != current_person().id]
    return render_template("supervision/observations.html", mine=mine, waiting=waiting, catalogue=catalogue(), code_form=CodeForm())


@blueprint.route("/observations/new", methods=["GET", "POST"])
@allow("trainee", "supervisor")
def new_observation() -> Page:
    """Ask an observer before the procedure; the code is shown once."""
    form, pack = OpenObservationForm(), catalogue()
    form.site_id.choices = choices((s.id, s.name) for s in sites_of(db.session, current_person().id, now()))
    form.region.choices = [
        choice for g in pack.groups for choice in choices(((r, pack.get_region(r).name) for r in g.regions), g.name)
    ]
    if request.method == "GET" and request.args.get("region"):
        form.region.data = request.args["region"]
    if form.validate_on_submit():
        code = code_from(new_token(), CODE_LENGTH)
        try:
            opened = actions.open_observation(
                db.session, trainee=get_person(db.session, current_person().id), site=get_site(db.session, form.site_id.data),
                region=form.region.data, technique=form.technique.data or "", purpose=form.purpose.data, subject=form.subject.data,
                code=code, catalogue=pack, now=now(),
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
    return render_template("supervision/code.html", watched=watched, code=code, picture=picture, catalogue=catalogue())


@blueprint.route("/observations/code", methods=["GET", "POST"])
@allow("supervisor")
def by_code() -> Page:
    """Find the observation behind a code that a trainee shows."""
    form = CodeForm(code=request.args.get("code"))
    if request.method == "GET" and (found := _behind(request.args.get("code"))) is not None:
        return redirect(url_for("supervision.observation", observation_id=found.id))
    if form.validate_on_submit():
        if (found := _behind(form.code.data)) is not None:
            return redirect(url_for("supervision.observation", observation_id=found.id))
        form.code.errors = [NO_SUCH_CODE]
    return render_template("supervision/find.html", form=form), 422 if form.errors else 200


def _behind(code: str | None) -> Observation | None:
    """The observation behind a code, where one may read it; nobody learns by a code that there is one elsewhere."""
    found = queries.find_by_code(db.session, code) if code else None
    if found is None or not _may_read(queries.get_observation(db.session, found.id, now())):
        return None
    return found


def _may_read(watched: queries.Watched) -> bool:
    trainee_sites = site_ids_of(db.session, watched.observation.trainee_id, now())
    return may_read_observation(current_who(), watched.facts, trainee_sites).allowed


def _readable(observation_id: int) -> queries.Watched:
    watched = queries.get_observation(db.session, observation_id, now())
    if not _may_read(watched):
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
    me, pack = current_person().id, catalogue()
    refusal = actions.may_sign_observation(db.session, watched, current_who(), now()) if watched.state == "open" else ""
    page = render_template(
        "supervision/observation.html", watched=watched, catalogue=pack, values=values, form=form, refusal=refusal,
        ratings=queries.RATING_WORDS, presences=queries.PRESENCE_WORDS, marks=queries.ROW_WORDS, subjects=queries.SUBJECT_WORDS,
        purposes=queries.PURPOSE_WORDS, asked=asked(), signer=current_person(),
        version=queries.form_sha256(pack), draft_at=queries.find_draft_time(db.session, watched.observation.id, me),
    )  # fmt: skip
    return page, status


@blueprint.post("/observations/<int:observation_id>")
@allow("supervisor")
def sign_observation(observation_id: int) -> Page:
    """Save the draft, or sign what was seen; what was typed is kept first in either case."""
    watched, pack, form = _readable(observation_id), catalogue(), SigningForm()
    filled = observation_form(request.form, pack.form_rows, pack.auto_fail)
    if not form.validate_on_submit():
        return _observation_page(watched, asdict(filled), form, 422)
    kept = _keep(watched, filled)
    here = redirect(url_for("supervision.observation", observation_id=observation_id))
    if request.form.get("act") == "draft" and not kept:
        raise NotAllowed("This observation cannot be signed by you now, so no draft of it was kept.")
    if request.form.get("act") == "draft":
        flash("Draft kept. Nothing is signed yet.", "ok")
        return here
    try:
        confirm(form)
        actions.sign_observation(
            db.session, watched=_readable(observation_id), form=filled, observer=get_person(db.session, current_person().id),
            who=current_who(), catalogue=pack, now=now(),
        )  # fmt: skip
    except InvalidInput as error:
        put_problems(form, error)
        return _observation_page(_readable(observation_id), asdict(filled), form, 422)
    db.session.commit()
    flash("Signed. The trainee sees it now.", "ok")
    return here


def _keep(watched: queries.Watched, filled: actions.Form) -> bool:
    """Keep the draft of somebody who may sign; whether it was kept."""
    if watched.state != "open" or actions.may_sign_observation(db.session, watched, current_who(), now()):
        return False
    actions.save_draft(
        db.session, observation_id=watched.observation.id, observer_id=current_person().id, content=asdict(filled), now=now()
    )
    db.session.commit()
    return True
