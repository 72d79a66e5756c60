"""Workers forked from a parent that has the app in memory; each serves real HTTP on a socket of its own."""

from __future__ import annotations

import os
import signal
import socket
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from waitress import create_server

from app.database import db

THREADS = 4


class Worker:
    """A process that serves the app until it is killed; the parent keeps no end of its socket, and sees its death at once."""

    def __init__(self, app: Flask, address: Path, log: Path) -> None:
        self.address = address
        self.may_end = False
        """Whether somebody has tried to kill it."""
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(address))
        listening.listen(16)
        self._pid: int | None = fork(app, log, lambda: _serve(app, listening))
        listening.close()

    def dead(self) -> bool:
        """Whether it has ended."""
        if self._pid is not None and os.waitpid(self._pid, os.WNOHANG)[0]:
            self._pid = None
        return self._pid is None

    def died(self, patience_s: float = 5.0) -> bool:
        """Whether it has ended; its sockets close first, so somebody whose line broke waits a moment for the answer."""
        until = time.monotonic() + patience_s
        while not self.dead() and time.monotonic() < until:
            time.sleep(0.0005)
        return self.dead()

    def kill(self) -> None:
        """SIGKILL, from outside, whatever it is doing."""
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill it and wait for its end."""
        self.kill()
        if self._pid is not None:
            os.waitpid(self._pid, 0)
            self._pid = None
        self.address.unlink(missing_ok=True)


def fork(app: Flask, log: Path, act: Callable[[], object]) -> int:
    """Start a process that does one thing with the app and ends; exit status 1 if it raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of forks beside threads
        pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(said, 1)
        os.dup2(said, 2)
        with app.app_context():
            db.engine.dispose(close=False)  # the parent's connections are not this process's
        act()
        status = 0
    except BaseException:  # noqa: BLE001  (whatever it was, the log has it and the process ends)
        traceback.print_exc()
    finally:
        os._exit(status)


def _serve(app: Flask, listening: socket.socket) -> None:
    create_server(app, sockets=[listening], threads=THREADS, ident=None, clear_untrusted_proxy_headers=True).run()
