"""flask commands: thin, like views; they alone (with views and jobs) commit."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta

import click
from flask import Flask, current_app
from flask_migrate import upgrade

from app.accounts import actions as accounts
from app.accounts.queries import find_installation, find_person_by_email, get_person, list_memberships, list_sites, sites_of
from app.attempts.actions import close_if_due, grade_attempt
from app.attempts.queries import due_attempt_ids, find_grade, get_attempt
from app.audit.actions import record
from app.audit.queries import verify
from app.bank.actions import load_items
from app.bank.check import check
from app.catalogue.actions import load_catalogue
from app.clearances.actions import load_policy
from app.clearances.queries import LEVELS, standings
from app.clearances.views.register import parse_as_of
from app.database import app_metadata, db
from app.database.triggers import create_triggers
from app.demonstration.actions import build_demonstration
from app.demonstration.clinic import SIGN_INS, email_of
from app.demonstration.making import DAYS_OF_HISTORY
from app.domain.errors import DomainError
from app.domain.permissions import SYSTEM
from app.domain.standing import Standing
from app.operations.serving import demonstration_secret, serve
from app.quizzes.actions import load_quizzes
from app.web.clockwork import new_token, now
from config import Config


def settings() -> Config:
    """The configuration of this application."""
    found: Config = current_app.config["SETTINGS"]
    return found


def fail(message: str) -> None:
    """Say what is wrong and what to do, and exit 1."""
    click.echo(message, err=True)
    sys.exit(1)


@click.group("bank")
def bank_group() -> None:
    """The question bank."""


@bank_group.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def bank_check(as_json: bool) -> None:
    """Check every file of the bank; needs no database and no secret. Exit 1 if there are problems."""
    report = check(settings().question_bank)
    body = report.as_json()
    if as_json:
        click.echo(json.dumps(body, indent=2, ensure_ascii=False))
    else:
        for problem in body["problems"]:
            click.echo(f"{problem['file']}:{problem['line']}: {problem['field']}: {problem['message']} {problem['cure']}")
        click.echo(f"{body['items']} items, {len(body['problems'])} problems")
        for quiz in body["quizzes"]:
            click.echo(f"{quiz['title']}: {quiz['words']}")
    sys.exit(1 if body["problems"] else 0)


@bank_group.command("load")
def bank_load() -> None:
    """Bring the bank's files in: catalogue, items, quizzes, policy, in one transaction; a broken bank is refused whole."""
    click.echo(load_bank(now()))
    db.session.commit()


def load_bank(at: datetime) -> str:
    """Load everything, without committing; the words say what it did. Exits 1 if the bank has problems."""
    checked = check(settings().question_bank)
    problems = checked.as_json()["problems"]
    if problems:
        first = problems[0]
        fail(
            f"{len(problems)} problems, nothing was changed. The first: {first['file']}:{first['line']}: {first['message']} "
            "Run: flask --app app bank check"
        )
    files = checked.files
    record(db.session, stream="bank", act="bank.load", actor=SYSTEM, now=at, facts={"items": len(files.items)})
    load_catalogue(db.session, files.catalogue, actor=SYSTEM, now=at)
    report = load_items(db.session, files.items, actor=SYSTEM, now=at)
    quizzes = load_quizzes(db.session, files.quizzes, actor=SYSTEM, now=at)
    policies = [p.id for p in files.policies if load_policy(db.session, p, actor=SYSTEM, now=at)]
    return (
        f"Items: {len(report.added)} new, {len(report.changed)} changed, {len(report.unchanged)} as before, "
        f"{len(report.conflicts)} in conflict. Quizzes: {len(quizzes)} new or changed. Policies: {len(policies)} new or changed."
    )


@click.command("demo")
def demo() -> None:
    """Build schema, bank and the demonstration clinic in an empty database; refuses a real one."""
    click.echo(build_demo())


def build_demo() -> str:
    """Make the demonstration; the words hold the one passphrase, shown once."""
    upgrade()
    if find_installation(db.session) is not None:
        fail("This database already belongs to an installation. Choose an empty one with DATABASE_URL.")
    db.session.rollback()
    load_bank(now() - timedelta(days=DAYS_OF_HISTORY + 1))
    passphrase = f"demo-{new_token()[:16]}"
    codes = build_demonstration(
        db.session,
        passphrase=passphrase,
        passwords=current_app.extensions["needle_clearance.passwords"],
        tokens=new_token,
        today=now(),
    )
    db.session.commit()
    lines = [f"  {role:<11} {email_of(key)}" for role, key in SIGN_INS]
    checks = [f"  /check/{code}" for code in codes.values()]
    return "\n".join(
        [
            "Demonstration clinic made. One passphrase for everybody, shown only now:",
            f"  {passphrase}",
            *lines,
            "Check codes:",
            *checks,
        ]
    )


@click.command("init")
@click.option("--organisation", required=True, help="Whose installation this is.")
@click.option("--admin", nargs=2, required=True, metavar="EMAIL NAME", help="The first admin.")
@click.option("--partner", nargs=2, required=True, metavar="EMAIL NAME", help="The founding partner: another person.")
def init(organisation: str, admin: tuple[str, str], partner: tuple[str, str]) -> None:
    """Found a real installation: first admin and founding partner, two one-time links for two people."""
    if admin[0].strip().lower() == partner[0].strip().lower():
        fail("The founding partner must be another person than the first admin.")
    upgrade()
    at = now()
    try:
        accounts.found_installation(db.session, kind="real", organisation=organisation, now=at, actor=SYSTEM)
        people = [
            accounts.add_person(
                db.session, email=email, printed_name=name, profession="", session_key=new_token(), actor=SYSTEM, now=at
            )
            for email, name in (admin, partner)
        ]
        accounts.found_admins(db.session, people=(people[0], people[1]), actor=SYSTEM, now=at)
        links = []
        for person in people:
            token = new_token()
            accounts.issue_link(db.session, person=person, purpose="founding", token=token, actor=SYSTEM, now=at)
            links.append(f"  {person.email}: /invite/{token}")
    except DomainError as error:
        db.session.rollback()
        fail(error.message)
    db.session.commit()
    click.echo("Founded. Give each person their own link; both are shown only now and work once, for 7 days:")
    click.echo("\n".join(links))


@click.command("founding-link")
@click.argument("email")
def founding_link(email: str) -> None:
    """Make the link of a founder again who has not used the first one; the old one stops."""
    person = find_person_by_email(db.session, email)
    founding = [m for m in list_memberships(db.session, person.id) if m.founding] if person else []
    if person is None or not founding or person.password_hash is not None:
        fail("Nobody who founded this installation and has no password yet has this e-mail.")
        return
    token = new_token()
    accounts.issue_link(db.session, person=person, purpose="founding", token=token, actor=SYSTEM, now=now())
    db.session.commit()
    click.echo(f"Shown only now, works once, for 7 days:\n  {person.email}: /invite/{token}")


@click.group("audit")
def audit_group() -> None:
    """The trail."""


@audit_group.command("verify")
def audit_verify() -> None:
    """Derive every chain again; exit 1 if anything does not fit."""
    verdict = verify(db.session)
    for fault in verdict.faults:
        click.echo(fault)
    click.echo(f"{verdict.events} events in {verdict.streams} streams, {len(verdict.faults)} faults")
    sys.exit(0 if verdict.clean else 1)


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


@click.group("attempts")
def attempts_group() -> None:
    """Attempts."""


@attempts_group.command("sweep")
def attempts_sweep() -> None:
    """Close attempts whose time is up, and grade what is closed; safe to run at any time, any number of times."""
    done = 0
    for attempt_id in due_attempt_ids(db.session, now()):
        db.session.rollback()
        close_if_due(db.session, attempt_id, now=now())
        db.session.commit()
        attempt = get_attempt(db.session, attempt_id)
        if attempt.state == "closed" and find_grade(db.session, attempt_id) is None:
            grade_attempt(db.session, attempt, now=now())
            db.session.commit()
            done += 1
    click.echo(f"{done} attempts brought to their end")


@click.command("repair-triggers")
def repair_triggers() -> None:
    """Create the triggers that are missing (a rebuilt SQLite table loses its own)."""
    with db.engine.begin() as connection:
        create_triggers(connection, app_metadata)
    click.echo("All triggers are present.")


@click.command("serve")
def serve_command() -> None:
    """Serve with waitress; needs SECRET_KEY."""
    settings().required_secret()
    serve(current_app._get_current_object(), settings())  # type: ignore[attr-defined]


@click.command("serve-demonstration")
def serve_demonstration() -> None:
    """What `make run` does: schema, bank and demonstration clinic where the database is empty, then serve."""
    demonstration_secret(current_app._get_current_object(), settings())  # type: ignore[attr-defined]
    upgrade()
    found = find_installation(db.session)
    db.session.rollback()
    if found is None:
        click.echo(build_demo())
    else:
        click.echo("Using the database that is there; the passphrase was shown when it was made (make clean starts afresh).")
    serve(current_app._get_current_object(), settings())  # type: ignore[attr-defined]


def register(app: Flask) -> None:
    """Add every command."""
    for command in (
        bank_group, demo, init, founding_link, audit_group, clearances_group, attempts_group, repair_triggers, serve_command,
        serve_demonstration,
    ):  # fmt: skip
        app.cli.add_command(command)
