"""Every command under its name."""

from __future__ import annotations

from flask import Flask

from app.cli.bank import bank_group
from app.cli.clearances import clearances_group
from app.cli.founding import demo, founding_link, init
from app.cli.policies import policies_group
from app.cli.serving import serve_command, serve_demonstration
from app.cli.upkeep import attempts_group, audit_group, repair_triggers


def register(app: Flask) -> None:
    """Add every command."""
    for command in (
        bank_group, demo, init, founding_link, audit_group, clearances_group, policies_group, attempts_group, repair_triggers,
        serve_command, serve_demonstration,
    ):  # fmt: skip
        app.cli.add_command(command)
