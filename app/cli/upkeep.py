"""flask audit, attempts and repair-triggers: keep an installation sound."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.audit.actions import make_checkpoint
from app.audit.queries import verify
from app.clearances.queries import verify_seals
from app.cli.speaking import fail
from app.database import app_metadata, db
from app.database.triggers import create_triggers
from app.domain.errors import DomainError
from app.domain.permissions import SYSTEM
from app.formats.checkpoint_file import read_checkpoint, write_checkpoint
from app.jobs import prepare_forms, sweep_attempts
from app.web.clockwork import now


@click.group("audit")
def audit_group() -> None:
    """The trail."""


@audit_group.command("verify")
@click.option("--checkpoint", "path", type=click.Path(dir_okay=False, path_type=Path), help="A file that `audit checkpoint` wrote.")
def audit_verify(path: Path | None) -> None:
    """Derive every chain again, and compare every signature with its bytes and its record; exit 1 if anything does not fit."""
    try:
        checkpoint = read_checkpoint(path.read_bytes()) if path is not None else None
    except (OSError, DomainError) as error:
        fail(error.message if isinstance(error, DomainError) else f"{path} cannot be read: {error.strerror}.")
    verdict, sealed = verify(db.session, checkpoint), verify_seals(db.session)
    for fault in (*verdict.faults, *sealed.faults):
        click.echo(fault)
    click.echo(f"{verdict.events} events in {verdict.streams} streams, {len(verdict.faults)} faults")
    click.echo(f"{sealed.signatures} signatures, {len(sealed.faults)} faults")
    sys.exit(0 if verdict.clean and not sealed.faults else 1)


@audit_group.command("checkpoint")
@click.option("--out", "path", type=click.Path(dir_okay=False, path_type=Path), help="Where to write it; default: print it.")
def audit_checkpoint(path: Path | None) -> None:
    """Write the head of every chain; keep the file elsewhere, and verify against it."""
    raw = write_checkpoint(make_checkpoint(db.session, actor=SYSTEM, now=now()))
    if path is not None:
        path.write_bytes(raw)
    db.session.commit()
    click.echo(raw.decode(), nl=False) if path is None else click.echo(
        f"Written to {path}. Keep it where nobody of the clinic can change it."
    )


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
