"""Write requirements/*.txt: hashed, universal, and without any address, whatever this machine's settings are."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = [
    "--no-config", "pip", "compile", "-q", "--universal", "--python-version", "3.11",
    "--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links", "pyproject.toml",
]  # fmt: skip
SCRUBBED = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")


def main(pin: str) -> None:
    """Install uv in a throw-away environment and compile both locks with it."""
    environment = {name: value for name, value in os.environ.items() if name not in SCRUBBED}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        python = f"{folder}/bin/python"
        subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", "-q", pin], check=True)
        uv = f"{folder}/bin/uv"
        for arguments in (
            ["-o", "requirements/run.txt"],
            ["--group", "dev", "-c", "requirements/run.txt", "-o", "requirements/dev.txt"],
        ):
            subprocess.run([uv, *COMPILE, *arguments], check=True, cwd=ROOT, env=environment)


if __name__ == "__main__":
    main(sys.argv[1])
