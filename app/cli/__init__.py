"""flask commands: thin, like views; they alone (with views and jobs) commit."""

from __future__ import annotations

from app.cli.registering import register

__all__ = ["register"]
