"""Who here may needle what, now: people by region, as the treatment room needs it, without any cause."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request

from app.accounts.queries import get_site, people_of_site
from app.clearances.queries import PersonStandings, standings
from app.clearances.views.blueprint import Page, blueprint, catalogue
from app.database import db
from app.domain.catalogue import Catalogue
from app.domain.errors import NotFound
from app.domain.standing import Standing
from app.web.access import allow, current_who
from app.web.clockwork import now


@dataclass(frozen=True, slots=True)
class Here:
    """One person in one region."""

    person_id: int
    name: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class RegionToday:
    """Who may needle a region alone, and who with an observer present; nobody else may."""

    region: str
    name: str
    alone: tuple[Here, ...]
    watched: tuple[Here, ...]


@blueprint.get("/sites/<int:site_id>/today")
@allow("supervisor", "admin", "auditor")
def today(site_id: int) -> Page:
    """Everybody of a site by region, as of now; one region alone with `?region=`."""
    who, wanted = current_who(), request.args.get("region") or None
    if not (who.has("supervisor", site_id) or who.has("admin") or who.has("auditor")):
        raise NotFound("There is no such site of yours.")
    site, pack = get_site(db.session, site_id), catalogue()
    if wanted is not None and pack.find_region(wanted) is None:
        raise NotFound("There is no region of this name.")
    found = standings(db.session, people_of_site(db.session, site_id, now()), site, at=now(), now=now())
    shown = [g for g in pack.groups if g.tier != "restricted"]
    groups = [(g, [_region(pack, r, found) for r in g.regions if wanted in (None, r)]) for g in shown]
    if wanted is not None and pack.group_of(wanted).tier == "restricted":
        groups = [(pack.group_of(wanted), [_region(pack, wanted, found)])]
    return render_template(
        "clearances/today.html", site=site, groups=[(g, rows) for g, rows in groups if rows], wanted=wanted, catalogue=pack,
        people=len(found),
    )  # fmt: skip


def _region(pack: Catalogue, region: str, found: list[PersonStandings]) -> RegionToday:
    here = [Here(f.person.id, f.person.printed_name, f.by_region[region]) for f in found]
    return RegionToday(
        region, pack.get_region(region).name, tuple(h for h in here if h.standing.word == "CLEARED"),
        tuple(h for h in here if h.standing.word == "ONLY WITH AN OBSERVER"),
    )  # fmt: skip
