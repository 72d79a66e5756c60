"""The application served to a real browser: waitress in a thread, on a port that the system picks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from waitress import create_server
from waitress.wasyncore import close_all

from app.database import db
from tests.clock import FakeClock

STOP_WAIT_S = 60
CONNECTIONS = 1000
"""A browser keeps up to six open for each of its contexts; at the limit a server takes no more for half a minute."""


class Served:
    """A running application with the clock that it reads."""

    def __init__(self, app: Flask, clock: FakeClock, port: int) -> None:
        self.app, self.clock = app, clock
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}"

    @contextmanager
    def session(self) -> Iterator[Any]:
        """The database beside the server, for looking and for what a test prepares; commits at the end."""
        with self.app.app_context():
            yield db.session
            db.session.commit()
            db.session.remove()


@contextmanager
def serving(app: Flask, clock: FakeClock) -> Iterator[Served]:
    """Serve while the block runs."""
    server: Any = create_server(app, host="127.0.0.1", port=0, threads=4, connection_limit=CONNECTIONS, ident=None)
    thread = threading.Thread(target=server.run, name="served", daemon=True)
    thread.start()
    try:
        yield Served(app, clock, int(server.effective_port))
    finally:
        server.task_dispatcher.shutdown(timeout=STOP_WAIT_S)  # what is being answered gives its connection back
        server.trigger.pull_trigger(lambda: close_all(server._map, ignore_all=True))  # in the loop's own thread
        thread.join(timeout=STOP_WAIT_S)
        assert not thread.is_alive()
        with app.app_context():
            db.engine.dispose()
