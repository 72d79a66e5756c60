"""Serve with waitress: one process with threads, right for SQLite."""

from __future__ import annotations

import secrets
from pathlib import Path

import click
from flask import Flask
from sqlalchemy.engine import make_url
from waitress import serve as waitress_serve

from config import Config

THREADS = 8


def serve(app: Flask, config: Config) -> None:
    """Serve until stopped; prints the address."""
    click.echo(f"Serving at http://{config.host}:{config.port}/ (stop with Ctrl-C)")
    waitress_serve(
        app, host=config.host, port=config.port, threads=THREADS, max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 4096,
        clear_untrusted_proxy_headers=True, ident=None,
    )  # fmt: skip


def demonstration_secret(app: Flask, config: Config) -> None:
    """Give a demonstration a secret of its own, kept beside its database, where none was configured."""
    app.config["SESSION_COOKIE_SECURE"] = False  # a demonstration is served over plain http on this machine
    url = make_url(config.database_url)
    folder = Path(url.database).parent if url.drivername.startswith("sqlite") and url.database else app_instance(app)
    folder.mkdir(parents=True, exist_ok=True)
    if config.secret_key:
        return
    path = folder / "demonstration.secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="utf-8")
    app.config["SECRET_KEY"] = path.read_text(encoding="utf-8")


def app_instance(app: Flask) -> Path:
    """The folder for what belongs to this copy of the program."""
    return Path(app.instance_path)
