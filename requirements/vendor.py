"""Compare vendored packages with their registry copies, by the digests in each VENDOR.json (maintainers)."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("app/static/vendor", "app/formats/vendor", "tests/vendor")


def main() -> int:
    """Fetch each package by name and version, and say which digest differs; nothing is changed."""
    different = 0
    for record in sorted(p for folder in FOLDERS for p in (ROOT / folder).glob("*/VENDOR.json")):
        body = json.loads(record.read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as folder:
            command = ["npm", "pack", "--silent", f"{body['name']}@{body['version']}"]
            packed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
            tarball = Path(folder, packed.stdout.strip().splitlines()[-1]).read_bytes()
        digest = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
        same = body["sha512"] in (digest, digest.removeprefix("sha512-"), hashlib.sha512(tarball).hexdigest())
        different += not same
        print(f"{body['name']} {body['version']}: {'as recorded' if same else 'DIFFERENT from the record'}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
