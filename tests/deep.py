"""`make deep`: everything random, with large counts; each part writes a report with commit, seed, counts and minutes.

DEEP_PARTS chooses among the parts (all of them otherwise); DEEP_SEED is the seed of each.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass

from config import ROOT
from tests.evidence import which_code, write_report


@dataclass(frozen=True, slots=True)
class Part:
    """One command with its counts: name in the environment → the large number, unless the environment has another."""

    name: str
    command: tuple[str, ...]
    counts: dict[str, int]
    seed: str
    words: tuple[str, ...]
    """What the report calls the counts."""
    reports_itself: bool = False


PYTEST = ("-m", "pytest", "-p", "no:randomly", "--timeout=0")
PARTS = (
    Part(
        "properties",
        (*PYTEST, "tests/domain", "tests/formats", "tests/drawing"),
        {"DEEP_EXAMPLES": 10_000, "DEEP_PATHS": 10_000},
        "DEEP_SEED",
        ("examples_per_property", "random_paths_over_all_scenes"),
    ),
    Part("sequences", (*PYTEST, "tests/attempts/test_model.py"), {"DEEP_SEQUENCES": 5_000}, "DEEP_SEED", ("sequences",)),
    Part("rounds", (*PYTEST, "tests/attempts/test_rounds.py"), {"DEEP_ROUNDS": 1_000}, "DEEP_SEED", ("rounds_of_each_race",)),
    Part("cuts", (*PYTEST, "tests/journeys/test_unsent.py", "-k", "test_cuts"), {"DEEP_CUTS": 50}, "DEEP_SEED", ("cuts",)),
    Part(
        "histories",
        (*PYTEST, "-n", "2", "tests/clearances/test_second_checker.py", "-k", "reckonings"),
        {"DEEP_HISTORIES": 10_000},
        "DEEP_SEED",
        ("histories",),
    ),
    Part(
        "replays",
        (*PYTEST, "-n", "2", "tests/clearances/test_histories.py"),
        {"DEEP_HISTORIES": 10_000, "DEEP_REPLAYS": 1_000},
        "DEEP_SEED",
        ("histories", "replays"),
    ),
    Part(
        "tamperings",
        (*PYTEST, "tests/clearances/test_tampering.py", "-k", "random"),
        {"DEEP_TAMPERINGS": 1_000},
        "DEEP_SEED",
        ("tamperings",),
    ),
    Part(
        "walks",
        (*PYTEST, "-n", "2", "tests/clearances/test_walks.py", "-k", "sqlite"),
        {"DEEP_WALKS": 2_000},
        "DEEP_SEED",
        ("walks",),
    ),
    Part("search", (*PYTEST, "-s", "tests/domain/search"), {"DEEP_SEARCH": 6}, "DEEP_SEED", ("depth",)),
    Part("grants", (*PYTEST, "tests/clearances/test_races.py", "-k", "rounds"), {"DEEP_GRANTS": 1_000}, "DEEP_SEED", ("rounds",)),
    Part(
        "faults",
        ("-m", "tests.faults", "--report"),
        {"N": 10_000, "FAULTS_STOPS": 200},
        "FAULTS_SEED",
        ("points", "stops"),
        reports_itself=True,
    ),
)


def run(part: Part, seed: int) -> bool:
    """Run one part and write its report."""
    counts = {name: os.environ.get(name) or str(count) for name, count in part.counts.items()}
    seeded = [f"--hypothesis-seed={seed}"] if "pytest" in part.command else []
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "deep", part.seed: str(seed), **counts}
    code, started = which_code(), time.monotonic()
    done = subprocess.run([sys.executable, *part.command, *seeded], cwd=ROOT, env=environment, check=False)
    report = {**code, "seed": seed, **dict(zip(part.words, map(int, counts.values()), strict=True))}
    report |= {"minutes": round((time.monotonic() - started) / 60, 1), "passed": done.returncode == 0}
    if not part.reports_itself:
        write_report(part.name, report)
        print(json.dumps({"part": part.name, **report}))
    return done.returncode == 0


def main() -> int:
    """The parts in order; the first that fails does not keep the others from running."""
    seed = int(os.environ.get("DEEP_SEED") or random.SystemRandom().randrange(2**31))
    wanted = (os.environ.get("DEEP_PARTS") or ",".join(part.name for part in PARTS)).split(",")
    unknown = set(wanted) - {part.name for part in PARTS}
    if unknown:
        raise SystemExit(f"DEEP_PARTS knows {', '.join(part.name for part in PARTS)}; not {', '.join(sorted(unknown))}.")
    passed = [run(part, seed) for part in PARTS if part.name in wanted]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
