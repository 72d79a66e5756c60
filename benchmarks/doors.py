"""Servers in processes of their own, and the CPU that they use."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.request import urlopen

from flask import Flask

from config import ROOT

PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Door:
    """Where a server listens on this machine, and its process."""

    port: int
    process: int


@contextmanager
def served(app: Flask, url: str) -> Iterator[Door]:
    """`flask serve` on a database."""
    port = free_port()
    settings = {"DATABASE_URL": url, "SECRET_KEY": str(app.secret_key), "PORT": str(port), "INSECURE_COOKIES": "1"}
    with started([sys.executable, "-m", "flask", "--app", "app", "serve"], port, settings, "/readyz") as door:
        yield door


@contextmanager
def started(command: Sequence[str], port: int, settings: Mapping[str, str], ready: str) -> Iterator[Door]:
    """A server's process, once the path `ready` answers; it goes when the block ends."""
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
    try:
        _await(f"http://127.0.0.1:{port}{ready}")
        yield Door(port, server.pid)
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _await(address: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            urlopen(address).close()  # noqa: S310 an address of this machine
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def cpu_s(process: int) -> float:
    """CPU that all threads of a process have used, in seconds, by the clock that Linux keeps for it (clock_getcpuclockid(3))."""
    return time.clock_gettime((~process << 3) | 2)
