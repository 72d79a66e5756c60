"""flask clearances: the standing of a person, and everybody's reckoned a second time."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import click

from app.accounts.queries import find_person_by_email, get_person, list_sites, sites_of
from app.catalogue.queries import altered_catalogues
from app.clearances.queries import LEVELS, standings
from app.clearances.queries.comparing import differences
from app.clearances.queries.policies import altered_versions
from app.clearances.views.register import parse_as_of
from app.cli.speaking import fail
from app.database import db
from app.domain.errors import DomainError
from app.domain.recheck import Verdict
from app.domain.standing import Standing
from app.web.clockwork import now


@click.group("clearances")
def clearances_group() -> None:
    """Standing."""


@clearances_group.command("standing")
@click.argument("person")
@click.option("--site", type=int, help="Site id; default: every site of the person.")
@click.option("--region", help="Region slug; default: all.")
@click.option("--at", "when", help="An instant with offset, or a day: its first instant in the site's zone.")
@click.option("--json", "as_json", is_flag=True)
def clearances_standing(person: str, site: int | None, region: str | None, when: str | None, as_json: bool) -> None:
    """Print the standing of PERSON (id or sign-in e-mail) for site × region × level."""
    try:
        rows = list(_standing_rows(person, site, region, when))
    except DomainError as error:
        fail(error.message)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['site']}  {row['region']:<28} {row['level']:<12} {row['word']:<22} {row['cleared_until'] or ''}")


@clearances_group.command("verify")
@click.option("--at", "when", help="An instant with offset; default: now.")
def clearances_verify(when: str | None) -> None:
    """Reckon everybody's standing a second time from raw rows; exit 1 if any answer differs."""
    people = compared = wrong = 0
    altered = altered_catalogues(db.session) + altered_versions(db.session)
    if altered:
        fail(" ".join(altered))
    try:
        for number, found in differences(db.session, at=parse_as_of(when, "UTC", now()), known=now()):
            people, compared, wrong = people + 1, compared + number, wrong + len(found)
            for d in found:
                of = f"site {d.site_id}, person {d.first.person_id}, {d.first.level}, {d.first.region}"
                click.echo(f"{of}: {_said(d.first)} / {_said(d.second)}")
    except DomainError as error:
        fail(error.message)
    click.echo(f"{compared} answers about {people} people, {wrong} differences")
    sys.exit(0 if wrong == 0 else 1)


def _said(verdict: Verdict) -> str:
    return f"{verdict.word} ({verdict.state}{', until ' + verdict.until.isoformat() if verdict.until else ''})"


def _standing_rows(person: str, site_id: int | None, region: str | None, when: str | None) -> list[dict[str, object]]:
    found = get_person(db.session, int(person)) if person.isdecimal() else find_person_by_email(db.session, person)
    if found is None:
        fail("Nobody has this id or sign-in e-mail.")
        return []
    sites = list_sites(db.session) if site_id else sites_of(db.session, found.id, now())
    rows: list[dict[str, object]] = []
    for site in (s for s in sites if site_id is None or s.id == site_id):
        at = parse_as_of(when, site.time_zone, now())
        for level in LEVELS:
            by_region = standings(db.session, [found], site, at=at, now=now(), level=level, as_known_at=at)[0].by_region
            rows += [_row(site.id, s, at) for s in by_region.values() if region in (None, s.region)]
    return rows


def _row(site_id: int, standing: Standing, at: datetime) -> dict[str, object]:
    return {
        "site": site_id, "region": standing.region, "level": standing.level, "at": at.isoformat(), "state": standing.state,
        "word": standing.word, "limits": list(standing.limits),
        "cleared_until": standing.cleared_until.isoformat() if standing.cleared_until else None,
        "limiting_cause": standing.limiting_cause, "reasons": list(standing.reasons),
    }  # fmt: skip
