"""flask serve and serve-demonstration."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask_migrate import upgrade

from app.accounts.queries import find_installation
from app.cli.founding import build_demo
from app.cli.speaking import settings
from app.database import db
from app.jobs import start_sweeping
from app.operations.serving import demonstration_secret, serve


def _app() -> Flask:
    """The application behind the proxy: a server outlives the command's context, and the stubs hide the method."""
    found: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return found


@click.command("serve")
def serve_command() -> None:
    """Serve with waitress; needs SECRET_KEY."""
    settings().required_secret()
    start_sweeping(_app())
    serve(_app(), settings())


@click.command("serve-demonstration")
def serve_demonstration() -> None:
    """What `make run` does: schema, bank and demonstration clinic where the database is empty, then serve."""
    demonstration_secret(_app(), settings())
    upgrade()
    found = find_installation(db.session)
    db.session.rollback()
    if found is None:
        click.echo(build_demo())
    else:
        click.echo("Using the database that is there; the passphrase was shown when it was made (make clean starts afresh).")
    start_sweeping(_app())
    serve(_app(), settings())
