"""The register: everybody's standing at a site as of an instant, on a page and in files with the same rows."""

from __future__ import annotations

from datetime import date, datetime

from flask import Response, render_template, request

from app.accounts.models import Site
from app.accounts.queries import get_site, list_sites
from app.clearances.queries import Register, register_of
from app.clearances.register_table import register_table
from app.clearances.views.blueprint import Page, blueprint, catalogue
from app.database import db
from app.domain.errors import InvalidInput, NotFound
from app.domain.places import start_of_day
from app.domain.register import MOST_LETTERS, STATES, Filters
from app.formats.csv_table import csv_parts
from app.formats.pdf_file import table_pdf
from app.formats.table import Table
from app.formats.xlsx_table import xlsx_bytes
from app.web.access import allow, current_who
from app.web.clockwork import now
from app.web.numbers import whole_number
from app.web.pages import installation_kind, organisation

READERS = ("supervisor", "admin", "auditor")
TIERS = ("standard", "elevated", "high", "restricted")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ASKED = ("site", "as_of", "known", "where", "tier", "state", "name", "only")


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


def parse_filters() -> Filters:
    """What part of the register the address asks for; raises InvalidInput with words for what does not exist."""
    asked = {name: request.args.get(name, "").strip() for name in ("where", "tier", "state", "name", "only")}
    pack, problems = catalogue(), list[tuple[str, str]]()
    group, region = pack.find_group(asked["where"]), pack.find_region(asked["where"])
    if asked["where"] and group is None and region is None:
        problems.append(("where", "There is no such group or region. Choose one from the list."))
    if asked["tier"] not in ("", *TIERS):
        problems.append(("tier", "There is no such hazard. Choose one from the list."))
    if asked["state"] not in STATES:
        problems.append(("state", "There is no such standing. Choose one from the list."))
    if len(asked["name"]) > MOST_LETTERS:
        problems.append(("name", f"Search for a name with at most {MOST_LETTERS} letters."))
    if asked["only"] not in ("", "exceptions"):
        problems.append(("only", "Choose everything or only exceptions."))
    if problems:
        raise InvalidInput(problems)
    regions = group.regions if group is not None else (asked["where"],) if asked["where"] else ()
    return Filters(asked["where"], asked["tier"], asked["state"], asked["name"], asked["only"] == "exceptions", frozenset(regions))


def _chosen(sites: list[Site]) -> Site | None:
    wanted = whole_number(request.args.get("site"))
    if wanted is None:
        return sites[0] if sites else None
    if wanted not in {s.id for s in sites}:
        raise NotFound("There is no such site among yours.")
    return get_site(db.session, wanted)


def _asked(site: Site) -> Register:
    """The register that the address asks for; nothing is known later than now."""
    at = parse_as_of(request.args.get("as_of"), site.time_zone, now())
    known = now() if request.args.get("known") == "now" else min(at, now())
    return register_of(db.session, site, parse_filters(), catalogue(), at=at, known=known, now=now())


@blueprint.get("/register")
@allow(*READERS)
def register() -> Page:
    """People × regions at a site as of an instant, exceptions first."""
    sites = _sites()
    site = _chosen(sites)
    asked = {name: request.args[name] for name in ASKED if request.args.get(name)}
    found = _asked(site) if site is not None else None
    return render_template(
        "clearances/register.html", site=site, sites=sites, found=found, asked=asked, catalogue=catalogue(), states=STATES,
        tiers=TIERS, known="now" if asked.get("known") == "now" else "then",
    )  # fmt: skip


def _table() -> Table:
    """What the files hold."""
    site = _chosen(_sites())
    if site is None:
        raise NotFound("There is no site to export.")
    return register_table(_asked(site), organisation(), installation_kind())


def _file(content: object, kind: str, name: str) -> Response:
    response = Response(content, mimetype=kind)  # type: ignore[arg-type]
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


@blueprint.get("/register.csv")
@allow(*READERS)
def register_csv() -> Response:
    """The same rows as the page, formula-safe (RFC 4180), written part by part."""
    return _file(csv_parts(_table()), "text/csv", "register.csv")


@blueprint.get("/register.xlsx")
@allow(*READERS)
def register_xlsx() -> Response:
    """The same rows as the page, for a spreadsheet."""
    return _file(xlsx_bytes(_table()), XLSX, "register.xlsx")


@blueprint.get("/register.pdf")
@allow(*READERS)
def register_pdf() -> Response:
    """The same rows as the page, for paper."""
    return _file(table_pdf(_table()), "application/pdf", "register.pdf")
