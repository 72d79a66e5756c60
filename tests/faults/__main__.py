"""`make faults N=60`: kill points on each database, one JSON line for each; exit code 1 if anything is lost, phantom or half.

N points on each database, FAULTS_SEED, FAULTS_STOPS (stops of PostgreSQL), FAULTS_DATABASES, FAULTS_REPORT=1 (or --report)
for a file in docs/reference/evidence/. The databases run beside each other, each in a process of its own.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.conftest import DATABASES
from tests.evidence import which_code, write_report
from tests.faults.rig import Outcome, Rig
from tests.faults.stores import PostgresStore, SqliteStore
from tests.postgres import postgres_of_our_own

SHOWN = 20
"""Findings of one kind that are written out."""


def run_one(kind: str, points: int, stops: int, seed: int) -> int:
    """One database, in this process."""
    started, folder = time.monotonic(), Path(tempfile.mkdtemp(prefix="faults", dir="/tmp"))
    if kind == "sqlite":
        outcome = _run(SqliteStore(folder), folder, points, stops, seed)
    else:
        with postgres_of_our_own(durable=True) as server:
            outcome = _run(PostgresStore(server), folder, points, stops, seed)
    print(json.dumps({**_facts(kind, outcome), "seconds": round(time.monotonic() - started), "seed": seed}), flush=True)
    if outcome.sound:
        shutil.rmtree(folder)
        return 0
    for name, words in (*_findings(outcome).items(), ("unexpected", outcome.unexpected)):
        for line in words[:SHOWN]:
            print(f"{kind}: {name}: {line}", file=sys.stderr)
    print(f"{kind}: journal and workers' log are in {folder}", file=sys.stderr)
    return 1


def _run(store: SqliteStore | PostgresStore, folder: Path, points: int, stops: int, seed: int) -> Outcome:
    told = time.monotonic()

    def progress(outcome: Outcome) -> None:
        nonlocal told
        if time.monotonic() - told > 60:
            told = time.monotonic()
            print(f"{store.kind}: {outcome.points} of {points} points, {outcome.findings.acknowledged} answers", file=sys.stderr)

    return Rig(store, folder, seed, points, stops).run(progress)


def _findings(outcome: Outcome) -> dict[str, list[str]]:
    return {"lost": outcome.findings.lost, "phantom": outcome.findings.phantom, "half": outcome.findings.half}


def _facts(kind: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "database": kind,
        "points": outcome.points,
        "acknowledged": outcome.findings.acknowledged,
        **{name: len(words) for name, words in _findings(outcome).items()},
        "unexpected": len(outcome.unexpected),
        "stops": outcome.kills["stop"],
        "kills": dict(sorted(outcome.kills.items())),
        "places": dict(sorted(outcome.places.items())),
        "sent": dict(sorted(outcome.sent.items())),
        "rounds": outcome.rounds,
    }


def main(arguments: Sequence[str]) -> int:
    """Each database in a process of its own; their lines in order."""
    points = int(os.environ.get("N") or 60)
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(2**31))
    stops = int(os.environ.get("FAULTS_STOPS") or max(2, points // 50))
    kinds = (os.environ.get("FAULTS_DATABASES") or ",".join(DATABASES)).split(",")
    if arguments and arguments[0] in DATABASES:
        return run_one(arguments[0], points, stops, seed)
    code, started = which_code(), time.monotonic()
    environment = {**os.environ, "N": str(points), "FAULTS_SEED": str(seed), "FAULTS_STOPS": str(stops)}
    runs = [
        subprocess.Popen([sys.executable, "-m", "tests.faults", kind], env=environment, stdout=subprocess.PIPE, text=True)
        for kind in kinds
    ]
    lines = [run.communicate()[0] for run in runs]
    print("".join(lines), end="", flush=True)
    passed = all(run.returncode == 0 for run in runs)
    if "--report" in arguments or os.environ.get("FAULTS_REPORT"):
        minutes = round((time.monotonic() - started) / 60, 1)
        found = [json.loads(line) for line in lines if line]
        write_report("faults", {**code, "seed": seed, "points": points, "databases": found, "minutes": minutes, "passed": passed})
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
