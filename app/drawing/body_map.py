"""Draw the body map (front and back): one link for each region and view, coloured, patterned and marked by standing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

MapState = Literal["cleared", "expiring", "observer", "not-cleared", "unknown", "not-applicable"]


def render_body_map(
    outlines: Mapping[str, Any], spec: Mapping[str, Any], standings: Mapping[str, MapState], names: Mapping[str, str],
    href_for: Callable[[str], str],
) -> str:  # fmt: skip
    return ""
