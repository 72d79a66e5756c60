"""What every command needs: the configuration, and how it says what is wrong."""

from __future__ import annotations

import sys

import click
from flask import current_app

from config import Config


def settings() -> Config:
    """The configuration of this application."""
    found: Config = current_app.config["SETTINGS"]
    return found


def fail(message: str) -> None:
    """Say what is wrong and what to do, and exit 1."""
    click.echo(message, err=True)
    sys.exit(1)
