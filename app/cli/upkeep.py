"""flask audit, attempts and repair-triggers: keep an installation sound."""

from __future__ import annotations

import sys

import click

from app.audit.queries import verify
from app.database import app_metadata, db
from app.database.triggers import create_triggers
from app.jobs import prepare_forms, sweep_attempts


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


@click.group("attempts")
def attempts_group() -> None:
    """Attempts."""


@attempts_group.command("sweep")
def attempts_sweep() -> None:
    """Close attempts whose time is up, and grade what is closed; safe to run at any time, any number of times."""
    click.echo(f"{sweep_attempts()} attempts brought to their end")


@attempts_group.command("prepare")
def attempts_prepare() -> None:
    """Draw the forms of every start that is planned within a day; a serving process does it by itself, some at a time."""
    click.echo(f"{prepare_forms(most=100_000)} forms drawn ahead")


@click.command("repair-triggers")
def repair_triggers() -> None:
    """Create the triggers that are missing (a rebuilt SQLite table loses its own)."""
    with db.engine.begin() as connection:
        create_triggers(connection, app_metadata)
    click.echo("All triggers are present.")
