"""`make deep`: the property tests with large counts; writes a report with commit, seed, counts and minutes."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EVIDENCE = ROOT / "docs" / "reference" / "evidence"


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def main() -> int:
    """Run every test marked `deep` or driven by hypothesis with DEEP_EXAMPLES examples each."""
    seed = int(os.environ.get("DEEP_SEED", random.SystemRandom().randrange(2**31)))
    examples = os.environ.get("DEEP_EXAMPLES", "10000")
    paths = os.environ.get("DEEP_PATHS", "10000")
    started = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "tests/domain",
        "tests/formats",
        "tests/drawing",
        "-p",
        "no:randomly",
        f"--hypothesis-seed={seed}",
        "--timeout=0",
    ]
    counts = {"HYPOTHESIS_PROFILE": "deep", "DEEP_EXAMPLES": examples, "DEEP_PATHS": paths, "DEEP_SEED": str(seed)}
    commit, tree = _git("rev-parse", "HEAD"), "changed" if _git("status", "--porcelain") else "as committed"
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **counts}, check=False)
    report = {
        "commit": commit,
        "tree": tree,
        "seed": seed,
        "examples_per_property": int(examples),
        "random_paths_over_all_scenes": int(paths),
        "bodies_per_needle_placement": 50,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "passed": done.returncode == 0,
    }
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    name = f"properties-{datetime.now(UTC):%Y%m%d-%H%M}.json"
    (EVIDENCE / name).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
