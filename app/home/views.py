"""Where everybody starts: the next step, the queue, the running of the place; and the pages that anybody may read."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.queries import get_person, get_site, list_sites, sites_of
from app.bank.queries import published_pool
from app.catalogue.queries import catalogue_in_force
from app.clearances.queries import applications_of, cases_of, standings, unseen_notices
from app.database import db
from app.domain.coverage import coverage
from app.domain.permissions import is_known
from app.domain.practice import day_in
from app.home import queries
from app.practice.queries import agenda_of
from app.quizzes.queries import current_quizzes, offers
from app.regrades.queries import challenges_waiting, corrections_for, unseen_answers, waiting_count
from app.web.access import PUBLIC, SIGNED_IN, allow, current_person, current_who
from app.web.clockwork import now

blueprint = Blueprint("home", __name__)
Page = str | Response


@blueprint.get("/")
@allow(PUBLIC)
def root() -> Response:
    """The address without a path."""
    return redirect(url_for("home.home"))


@blueprint.get("/home")
@allow(SIGNED_IN)
def home() -> Page:
    """The one next step, and the rest in order."""
    who, me = current_who(), get_person(db.session, current_person().id)
    if not who.sites_as("trainee") and not who.sites_as("supervisor"):
        return redirect(url_for("home.admin" if who.has("admin") else "audit.trail" if who.has("auditor") else "accounts.account"))
    sites = sites_of(db.session, me.id, now())
    pack = catalogue_in_force(db.session).catalogue
    found = standings(db.session, [me], sites[0], at=now(), now=now())[0]
    cases = cases_of(db.session, applications_of(db.session, me.id), now=now())
    steps = queries.next_steps(pack, found, cases)
    supervised = [get_site(db.session, i) for i in sorted(who.sites_as("supervisor"))]
    waiting = queries.queue(db.session, supervised, me, who, now()) if supervised else []
    return render_template(
        "home/home.html",
        steps=steps,
        site=sites[0],
        waiting=waiting,
        trainee=bool(who.sites_as("trainee")),
        supervisor=bool(supervised),
        cannot_sign=is_known(who, at=now()).reason if supervised else "",
        practice=agenda_of(db.session, me.id, day=day_in(sites[0].time_zone, now()), now=now()),
        corrections=corrections_for(db.session, me.id),
        answers=unseen_answers(db.session, me.id),
        notices=unseen_notices(db.session, me.id),
        names=pack.names,
        desk=(waiting_count(db.session), challenges_waiting(db.session)) if supervised else (0, 0),
    )


@blueprint.get("/queue")
@allow("supervisor")
def queue() -> Page:
    """Decisions, observations and documents waiting, riskiest and oldest first."""
    me = get_person(db.session, current_person().id)
    sites = [get_site(db.session, i) for i in sorted(current_who().sites_as("supervisor"))]
    return render_template(
        "home/queue.html", lines=queries.queue(db.session, sites, me, current_who(), now()), sites=sites, zone=sites[0].time_zone,
        keys_on=current_person().shortcut_keys,
    )  # fmt: skip


@blueprint.get("/admin")
@allow("admin")
def admin() -> Page:
    """Exceptions first, then the rooms of the administration."""
    state = queries.admin_state(db.session, now())
    offered = offers(db.session, now().date(), need_review=False)
    return render_template(
        "home/admin.html",
        state=state,
        sites=list_sites(db.session),
        quizzes=current_quizzes(db.session),
        offered=offered,
    )


@blueprint.get("/admin/coverage")
@allow("admin", "supervisor")
def bank_coverage() -> Page:
    """Region × domain and complication: how many published items, and where the bank is thin."""
    pack = catalogue_in_force(db.session).catalogue
    cover = coverage(pack, [v.content for v in published_pool(db.session, now().date())])
    thin = {r.id for r in pack.regions if cover.thin(r.id)}
    return render_template("home/coverage.html", cover=cover, table_thin=thin, catalogue=pack)


@blueprint.get("/help")
@allow(PUBLIC)
def help_page() -> Page:
    """How the product is used, by role."""
    return render_template("home/help.html")


@blueprint.get("/accessibility")
@allow(PUBLIC)
def accessibility() -> Page:
    """What was done for everybody to be able to use it, and what falls short."""
    return render_template("home/accessibility.html")


@blueprint.get("/privacy")
@allow(PUBLIC)
def privacy() -> Page:
    """What is stored about people, for how long, and who sees it."""
    return render_template("home/privacy.html")
