"""One practitioner's standing: their own pages, and the record that supervisors read."""

from __future__ import annotations

from flask import render_template, request

from app.accounts.models import Person, Site
from app.accounts.queries import get_site, list_sites, people_of_sites, sites_of
from app.attempts.queries import list_attempts, newest_grades
from app.clearances.pictures import body_map
from app.clearances.queries import (
    PersonStandings,
    applications_of,
    cases_of,
    open_stops_of,
    seals_of,
    standings,
    standings_by_level,
    unseen_notices,
)
from app.clearances.views.blueprint import Page, blueprint, catalogue, readable_person
from app.database import db
from app.decisions.queries import decisions_about
from app.domain.catalogue import Group
from app.domain.errors import NotFound
from app.quizzes.queries import quiz_titles
from app.records.queries import papers_of
from app.supervision.queries import InTurn, newest_approvals, observations_of, shown_to, watched_in_turn
from app.web.access import allow, current_person, current_who
from app.web.clockwork import now
from app.web.numbers import whole_number


def _site_of(person_id: int, sites: list[Site]) -> Site | None:
    wanted = whole_number(request.args.get("site"))
    if wanted is not None and wanted not in {s.id for s in sites}:
        raise NotFound("This person does not belong to that site.")
    return get_site(db.session, wanted) if wanted is not None else (sites[0] if sites else None)


def standings_of(person: Person, site: Site | None) -> PersonStandings | None:
    """The standings of one person at one site now."""
    return standings(db.session, [person], site, at=now(), now=now())[0] if site else None


def _standing_and_observing(person: Person, site: Site | None) -> tuple[PersonStandings | None, PersonStandings | None]:
    """What one person may do alone at one site now, and what they may observe."""
    if site is None:
        return None, None
    found = standings_by_level(db.session, [person], site, at=now(), known=now())
    return found["independent"][0], found["may_observe"][0]


@blueprint.get("/clearances")
@allow("trainee", "supervisor")
def clearances() -> Page:
    """One's own standing: body map and equal table."""
    person = readable_person(current_person().id)
    sites = sites_of(db.session, person.id, now())
    site = _site_of(person.id, sites)
    found, pack = standings_of(person, site), catalogue()
    picture = body_map(pack, found.by_region, "#region-") if found else ""
    cases = cases_of(db.session, applications_of(db.session, person.id), now=now())
    return render_template(
        "clearances/clearances.html", site=site, sites=sites, found=found, picture=picture, catalogue=pack, cases=cases,
        notices=unseen_notices(db.session, person.id),
    )  # fmt: skip


@blueprint.get("/people")
@allow("supervisor", "auditor", "admin")
def people() -> Page:
    """The people whose records one may read."""
    who = current_who()
    everywhere = who.has("admin") or who.has("auditor")
    sites = [s.id for s in list_sites(db.session)] if everywhere else sorted(who.sites_as("supervisor"))
    found = people_of_sites(db.session, sites, now())
    return render_template("clearances/people.html", people=found, sites={p.id: sites_of(db.session, p.id, now()) for p in found})


def _stoppable(*found: PersonStandings | None) -> list[Group]:
    """The groups in which something is or was held, at either level."""
    held = {s.region for f in found if f is not None for s in f.by_region.values() if s.grant_id is not None}
    return [g for g in catalogue().groups if held & set(g.regions)]


def _may_stop(person_id: int, site: Site | None) -> bool:
    return site is not None and current_who().has("supervisor", site.id) and person_id != current_person().id


def _in_turn(person_id: int, site: Site | None) -> list[InTurn]:
    """With whom somebody watched procedures in turn: for those who decide about them, not for themselves."""
    if site is None or person_id == current_person().id:
        return []
    return watched_in_turn(db.session, person_id, at=now(), time_zone=site.time_zone)


def _reads_decisions(person_id: int, site: Site | None) -> bool:
    """Whether one may read what was decided at a site: reasons are for its supervisors, not for those of another site."""
    who = current_who()
    readers = who.has("admin") or who.has("auditor") or (site is not None and who.has("supervisor", site.id))
    return readers or person_id == who.person_id


@blueprint.get("/people/<int:person_id>")
@allow("supervisor", "auditor", "admin", "trainee")
def person(person_id: int) -> Page:
    """One practitioner's record: competency matrix, gaps in words, evidence, history."""
    found = readable_person(person_id)
    sites = sites_of(db.session, person_id, now())
    site = _site_of(person_id, sites)
    standing, observing = _standing_and_observing(found, site)
    reads = _reads_decisions(person_id, site)
    history = decisions_about(db.session, [person_id], site.id)[::-1] if site and reads else []
    return render_template(
        "clearances/person.html", person_=found, sites=sites, site=site, catalogue=catalogue(), standings=standing,
        observing=observing, history=history,
        seals=seals_of(db.session, history), reads_decisions=reads,
        stops=open_stops_of(db.session, [person_id], site.id) if site else [],
        stoppable=_stoppable(standing, observing), may_stop=_may_stop(person_id, site),
        approvals=newest_approvals(db.session, person_id), in_turn=_in_turn(person_id, site),
        observations=shown_to(observations_of(db.session, [person_id], now()), current_person().id),
        papers=papers_of(db.session, [person_id]), attempts=list_attempts(db.session, person_id),
        grades=newest_grades(db.session, person_id), titles=quiz_titles(db.session),
        cases=cases_of(db.session, applications_of(db.session, person_id), now=now()), own=person_id == current_person().id,
        may_approve=bool(current_who().sites_as("supervisor") & {s.id for s in sites}) and person_id != current_person().id,
    )  # fmt: skip
