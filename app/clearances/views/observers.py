"""Founding observers: named by two people, one of them external, and listed openly for ever."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for

from app.accounts.queries import get_person, get_site, list_sites, people_of_site
from app.accounts.queries import who as who_of
from app.accounts.step_up import asked, confirm
from app.clearances import actions
from app.clearances.forms import ObserverForm, SignForm
from app.clearances.views.blueprint import Page, blueprint, catalogue, signer
from app.database import db
from app.decisions.models import Decision
from app.decisions.queries import decisions_about, get_decision, regions_of
from app.domain.errors import InvalidInput, NotFound
from app.web.access import allow, current_person, current_who
from app.web.choices import choices
from app.web.clockwork import now
from app.web.form_errors import put_problems


def _site_ids() -> list[int]:
    who = current_who()
    return sorted(who.sites_as("supervisor")) or [s.id for s in list_sites(db.session)]


@blueprint.get("/observers")
@allow("supervisor", "admin", "auditor")
def observers() -> Page:
    """Everybody who may observe, by which decision, named by whom; and nominations that wait."""
    listed, waiting = [], []
    for site_id in _site_ids():
        site, people = get_site(db.session, site_id), people_of_site(db.session, site_id, now())
        found = [d for d in decisions_about(db.session, [p.id for p in people], site_id) if d.level == "may_observe"]
        undone = {d.about_decision_id for d in found if d.kind == "undo"}
        confirmed = {d.recommendation_id for d in found if d.kind == "grant"}
        named = [d for d in found if d.kind == "recommend" and d.about_decision_id is None]
        listed += [(site, d, regions_of(d)) for d in found if d.kind == "grant" and d.id not in undone]
        waiting += [(site, d, regions_of(d)) for d in named if d.id not in confirmed]
    return render_template(
        "clearances/observers.html",
        listed=listed,
        waiting=waiting,
        catalogue=catalogue(),
        form=SignForm(),
        asked=asked(),
        signer=current_person(),
        sites=[get_site(db.session, i) for i in sorted(current_who().sites_as("supervisor"))],
        people=_names(listed),
    )


def _names(listed: Sequence[tuple[object, Decision, object]]) -> dict[int, str]:
    ids = {d.recommender_id for _, d, _ in listed if d.recommender_id is not None}
    return {i: get_person(db.session, i).printed_name for i in ids}


@blueprint.route("/observers/<int:site_id>/<group_id>", methods=["GET", "POST"])
@allow("supervisor")
def nominate(site_id: int, group_id: str) -> Page:
    """Name a founding observer for a group at one's site."""
    site, group = get_site(db.session, site_id), catalogue().find_group(group_id)
    if group is None or not current_who().has("supervisor", site_id):
        raise NotFound("There is no such site and group of yours.")

    form = ObserverForm()
    supervisors = people_of_site(db.session, site_id, now(), ("supervisor",))
    form.regions.choices = choices((r, catalogue().get_region(r).name) for r in group.regions)
    form.group.choices = choices([(group.id, group.name)])
    form.person_id.choices = choices((p.id, p.printed_name) for p in supervisors if p.id != current_person().id)
    if form.validate_on_submit():
        try:
            confirm(form)
            actions.nominate_observer(
                db.session, person=get_person(db.session, form.person_id.data), site=site, group=group_id,
                regions=form.regions.data or [], grounds=form.grounds.data or "", signer=signer(), who=current_who(), now=now(),
            )  # fmt: skip
            db.session.commit()
            flash("Named. A second person, one of you two external, confirms.", "ok")
            return redirect(url_for("clearances.observers"))
        except InvalidInput as error:
            put_problems(form, error)
    page = render_template(
        "clearances/nominate.html",
        form=form,
        site=site,
        group=group,
        signer=current_person(),
        asked=asked(),
    )
    return page, 422 if form.errors else 200


@blueprint.post("/observers/nominations/<int:decision_id>/confirm")
@allow("supervisor")
def confirm_observer(decision_id: int) -> Page:
    """Be the second person for a founding observer."""
    nomination, form = get_decision(db.session, decision_id), SignForm()
    if not current_who().has("supervisor", nomination.site_id):
        raise NotFound("There is no such nomination at a site of yours.")
    confirm(form)
    nomination = get_decision(db.session, decision_id)
    actions.confirm_observer(
        db.session, nomination=nomination, person=get_person(db.session, nomination.person_id),
        site=get_site(db.session, nomination.site_id),
        external=_one_external(nomination), signer=signer(), who=current_who(), now=now(),
    )  # fmt: skip
    db.session.commit()
    flash("Confirmed. The observer is listed from now on.", "ok")
    return redirect(url_for("clearances.observers"))


def _one_external(nomination: Decision) -> bool:
    first = who_of(db.session, get_person(db.session, nomination.signer_id), now())
    roles = (*first.roles, *current_who().roles)
    return any(r.role == "supervisor" and r.site_id == nomination.site_id and r.external for r in roles)
