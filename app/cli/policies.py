"""flask policies: check the text of a policy, and load the first one."""

from __future__ import annotations

from pathlib import Path

import click

from app.clearances.actions import load_policy
from app.clearances.policy_text import read_policy
from app.cli.speaking import fail
from app.database import db
from app.domain.errors import DomainError
from app.domain.permissions import SYSTEM
from app.domain.policy import Policy
from app.web.clockwork import now

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group("policies")
def policies_group() -> None:
    """Policies."""


@policies_group.command("check")
@FILE
def policies_check(file: Path) -> None:
    """Check the policy in FILE against the catalogue and the exams; exit 1 if there are problems."""
    click.echo(f"{_read(file).title}: no problems")


@policies_group.command("load")
@FILE
def policies_load(file: Path) -> None:
    """Publish the policy in FILE as the first one of this installation; two admins sign every later one."""
    policy = _read(file)
    if not load_policy(db.session, policy, actor=SYSTEM, now=now()):
        db.session.rollback()
        fail("A policy is in force already, so two admins sign the next one. Paste the file at /admin/policies/new.")
    db.session.commit()
    click.echo(f"{policy.title} is in force.")


def _read(file: Path) -> Policy:
    try:
        read = read_policy(db.session, file.read_bytes())
    except DomainError as error:
        fail(error.message)
        raise
    for p in read.problems:
        click.echo(f"{file.name}:{p.line}: {p.field}: {p.message} {p.cure}", err=True)
    if read.policy is None:
        fail(f"{len(read.problems)} problems, nothing was loaded.")
        raise click.Abort
    return read.policy
