"""flask init, founding-link and demo: make an installation."""

from __future__ import annotations

from datetime import timedelta

import click
from flask import current_app
from flask_migrate import upgrade

from app.accounts import actions as accounts
from app.accounts.queries import find_installation, find_person_by_email, list_memberships
from app.cli.bank import load_bank
from app.cli.speaking import fail
from app.database import db
from app.demonstration.actions import build_demonstration
from app.demonstration.clinic import SIGN_INS, email_of
from app.demonstration.making import DAYS_OF_HISTORY
from app.domain.errors import DomainError
from app.domain.permissions import SYSTEM
from app.web.clockwork import new_token, now


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
    click.echo(
        "Then each sets up a second factor on the account page, and each opens the other's record under People and confirms "
        "who they are. Until then nobody gives a role that signs."
    )


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
