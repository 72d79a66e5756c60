"""Serve with waitress: one process with threads, right for SQLite."""

from __future__ import annotations

import gc
import logging
import secrets
from pathlib import Path

import click
from flask import Flask
from sqlalchemy.engine import make_url
from waitress import create_server
from waitress.channel import HTTPChannel

from config import Config

THREADS = 8
CONNECTIONS = 900
"""Open at once: a browser keeps one or two for minutes, and past this number newcomers wait at the door."""
QUEUE_STEP = 50
"""People who wait at once, between one line of the log and the next."""
BUFFERED = 1 << 20
"""Bytes of one answer that a task sends by itself; beyond them the loop helps."""


# waitress has no types, so that its class is Any to the checker: the one check that is off here
class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose task sends its own answer.

    The library's loop also tries to send while a task is at work. That is a race for Python's one lock, which the loop wins
    without having anything to do: with 200 people at the door it turned 50,000 times, and took almost as much CPU as the tasks.
    """

    def writable(self) -> bool:
        """Whether the loop has something to send."""
        if self.requests and self.total_outbufs_len < BUFFERED:
            return bool(self.will_close or self.close_when_flushed)
        return bool(super().writable())


def long_queue(line: logging.LogRecord) -> bool:
    """Whether a line of waitress's queue is worth a log: every fiftieth depth is, that somebody waits a moment is not."""
    depth = line.args[0] if isinstance(line.args, tuple) and line.args else None
    return not isinstance(depth, int) or depth % QUEUE_STEP == 0


def freeze_what_is_loaded() -> None:
    """Keep the collector from looking again and again through what was loaded at the start and stays."""
    gc.collect()
    gc.freeze()


def serve(app: Flask, config: Config) -> None:
    """Serve until stopped; prints the address."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)  # compiled now, so that the first people at the door do not wait for it
    freeze_what_is_loaded()
    server = create_server(
        app, host=config.host, port=config.port, threads=THREADS, connection_limit=CONNECTIONS, asyncore_use_poll=True,
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 4096, clear_untrusted_proxy_headers=True, ident=None,
    )  # fmt: skip
    server.channel_class = Channel
    logging.getLogger("waitress.queue").addFilter(long_queue)
    click.echo(f"Serving at http://{config.host}:{config.port}/ (stop with Ctrl-C)")
    server.run()


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
