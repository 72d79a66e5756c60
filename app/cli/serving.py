"""flask serve and serve-demonstration."""

from __future__ import annotations

import click
from flask import current_app
from flask_migrate import upgrade

from app.accounts.queries import find_installation
from app.cli.founding import build_demo
from app.cli.speaking import settings
from app.database import db
from app.operations.serving import demonstration_secret, serve


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
