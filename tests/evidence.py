"""Reports of large runs in docs/reference/evidence/: which code, how much of what, how long, and whether it passed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime

from config import ROOT

FOLDER = ROOT / "docs" / "reference" / "evidence"


def which_code() -> dict[str, str]:
    """The commit, and whether the files are as it has them."""
    return {"commit": _git("rev-parse", "HEAD"), "tree": "changed" if _git("status", "--porcelain") else "as committed"}


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def write_report(kind: str, report: Mapping[str, object]) -> None:
    """One file for each run, named by its kind and the minute."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{kind}-{datetime.now(UTC):%Y%m%d-%H%M}.json"
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
