"""Rows as stored, and where the second reckoning is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
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
    groups: tuple[Mapping[str, Any], ...] = ()
    """every group of the catalogue"""
    cleared: Callable[[Place, Row, datetime, datetime], bool] = lambda place, person, at, asked: False
    """whether somebody is cleared at another place: (where, who, at which instant, on what had happened by then)"""
    policy: Mapping[str, Any] = field(default_factory=dict)
    """what the version asks that counts for the clearance at the instant"""

    asking: frozenset[tuple[str, str]] = frozenset()
    """(region, level) of those that are being asked about already, so that a circle ends"""

    def first(self, region: str, level: str) -> Place:
        """Another region at this site, that this one asks for first."""
        group = next(g for g in self.groups if region in g["regions"])
        here = self.asking | {(self.region, self.level)}
        return replace(self, group=group, region=region, level=level, policy={}, asking=here)

    def under(self, policy: Mapping[str, Any]) -> Place:
        """The same, held to one version."""
        return replace(self, policy=policy)

    @property
    def zone(self) -> str:
        return str(self.site["time_zone"])
