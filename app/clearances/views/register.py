"""The register: everybody's standing, as of an instant."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any

from flask import Response, render_template, request

from app.accounts.models import Site
from app.accounts.queries import get_site, list_sites, people_of_site
from app.clearances.queries import PersonStandings, find_policy_at, standings
from app.clearances.views.blueprint import Page, blueprint, catalogue
from app.database import db
from app.domain.errors import InvalidInput, NotFound
from app.domain.places import start_of_day
from app.web.access import allow, current_who
from app.web.clockwork import now
from app.web.numbers import whole_number
from app.web.pages import local_day, local_time

EXCEPTIONS_FIRST = {"SUSPENDED": 0, "REVOKED": 0, "ON_HOLD": 1, "BLOCKED": 2, "EXPIRED": 3, "PROVISIONAL": 4}


def _sites() -> list[Site]:
    who, every = current_who(), list_sites(db.session)
    if who.has("admin") or who.has("auditor"):
        return every
    return [s for s in every if s.id in who.sites_as("supervisor")]


def parse_as_of(text: str | None, zone: str, fallback: datetime) -> datetime:
    """An instant with offset, or a day (its first instant in the site's zone); raises InvalidInput."""
    if not text:
        return fallback
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            instant = start_of_day(day, zone) if 1900 <= day.year <= 2200 else None
        else:
            instant = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not 1900 <= instant.year <= 2200:
        raise InvalidInput(
            [("as_of", "Write a day like 2027-03-03, or an instant with its offset like 2027-03-03T10:00:00+00:00.")]
        )
    return instant


def _chosen(sites: list[Site]) -> Site | None:
    wanted = whole_number(request.args.get("site"))
    if wanted is None:
        return sites[0] if sites else None
    if wanted not in {s.id for s in sites}:
        raise NotFound("There is no such site among yours.")
    return get_site(db.session, wanted)


def _known(at: datetime) -> datetime:
    """By when facts had to be recorded: by then, unless somebody asks what is known today."""
    return now() if request.args.get("known") == "now" else at


def _rows(site: Site, at: datetime) -> list[PersonStandings]:
    people = people_of_site(db.session, site.id, at)
    return standings(db.session, people, site, at=at, now=now(), as_known_at=_known(at))


def _known_words() -> str:
    return "now" if request.args.get("known") == "now" else "then"


@blueprint.get("/register")
@allow("supervisor", "admin", "auditor")
def register() -> Page:
    """People × groups at a site as of an instant, exceptions first."""
    sites = _sites()
    site = _chosen(sites)
    if site is None:
        return render_template(
            "clearances/register.html",
            site=None,
            sites=[],
            rows=[],
            exceptions=[],
            catalogue=catalogue(),
            at=now(),
            as_of="",
            known="then",
            version=None,
        )
    at = parse_as_of(request.args.get("as_of"), site.time_zone, now())
    rows = _rows(site, at)
    return render_template(
        "clearances/register.html", site=site, sites=sites, rows=rows, exceptions=_exceptions(rows), catalogue=catalogue(), at=at,
        as_of=request.args.get("as_of", ""), known=_known_words(), version=find_policy_at(db.session, at),
    )  # fmt: skip


def _exceptions(rows: list[PersonStandings]) -> list[tuple[PersonStandings, Any]]:
    found = [(r, s) for r in rows for s in r.by_region.values() if s.state in EXCEPTIONS_FIRST or s.expiring]
    return sorted(found, key=lambda pair: (EXCEPTIONS_FIRST.get(pair[1].state, 9), pair[0].person.printed_name, pair[1].region))


@blueprint.get("/register.csv")
@allow("supervisor", "admin", "auditor")
def register_csv() -> Response:
    """The same rows as the page, formula-safe (RFC 4180)."""
    site = _chosen(_sites())
    if site is None:
        raise NotFound("There is no site to export.")
    at = parse_as_of(request.args.get("as_of"), site.time_zone, now())
    rows, names = _rows(site, at), catalogue().names
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        ["Site", "As of", "As known", "Person", "Region", "Standing", "Limits", "Cleared until", "Limiting cause", "Reasons"]
    )
    for row in rows:
        for s in row.by_region.values():
            limits, until = "; ".join(s.limits), local_day(s.cleared_until, site.time_zone) if s.cleared_until else ""
            cells = [
                site.name,
                local_time(at, site.time_zone),
                local_time(_known(at), site.time_zone),
                row.person.printed_name,
                names[s.region],
                s.word,
                limits,
                until,
                s.limiting_cause,
                " ".join(s.reasons),
            ]
            writer.writerow([safe_cell(c) for c in cells])
    writer.writerow(
        [f"{len(rows)} people. Internal authorisation by {site.name}. Not a licence, certification or proof of legal scope."]
    )
    response = Response(out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=register.csv"
    return response


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
