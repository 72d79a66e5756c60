"""Rows as stored, and where the second reckoning is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Rows = Mapping[str, list[Row]]
"""Table → rows as stored, each as far as it was known at the instant asked about."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is asked: the site, a group of the catalogue, one of its regions, and what else every rule needs."""

    site: Row
    group: Mapping[str, Any]
    region: str
    level: str
    critical: tuple[str, ...]
    policy: Mapping[str, Any]

    @property
    def zone(self) -> str:
        return str(self.site["time_zone"])
