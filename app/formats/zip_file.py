"""Files in one zip whose bytes depend on their content alone."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*", re.ASCII | re.IGNORECASE)
_DAY = (1980, 1, 1, 0, 0, 0)
"""The first day a zip can name: no file of it says when it was packed."""


def zip_bytes(files: Mapping[str, bytes], *, any_name: bool = False) -> bytes:
    """Pack files in their order; raises ValueError for a name that could lead out of the folder it is unpacked in."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            if not any_name and not _NAME.fullmatch(name):
                raise ValueError(f"no name for a file of a pack: {name!r}")
            about = zipfile.ZipInfo(name, _DAY)
            about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(about, content)
    return out.getvalue()
