"""Rows as stored, and where the second reckoning is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    policies: tuple[Row, ...] = ()
    """every version of the policy that was known, with what it asks under `asks`"""
    policy: Mapping[str, Any] = field(default_factory=dict)
    """what the version asks that counts for the clearance at the instant"""

    def under(self, policy: Mapping[str, Any]) -> Place:
        """The same, held to one version."""
        return replace(self, policy=policy)

    @property
    def zone(self) -> str:
        return str(self.site["time_zone"])
