"""Where the bank is thick and where it is thin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.catalogue import Catalogue
from app.domain.items import ItemContent

DOMAINS = ("anatomy", "placement", "complication")


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many items there are for each region × domain, and for each complication."""

    by_region: dict[str, dict[str, int]]
    by_complication: dict[str, int]
    by_type: dict[str, int]

    def thin(self, region: str, *, least: int = 2) -> bool:
        """Whether a region has fewer items than `least`."""
        return sum(self.by_region[region].values()) < least


def coverage(catalogue: Catalogue, items: Iterable[ItemContent]) -> Coverage:
    """Count items by region × domain, complication and type; every known slug is there, zeros included."""
    regions = {r.id: dict.fromkeys(DOMAINS, 0) for r in catalogue.regions}
    complications = {c.id: 0 for c in catalogue.complications}
    types: Counter[str] = Counter()
    for item in items:
        types[item.type] += 1
        for region in item.regions:
            regions[region][item.domain] += 1
        for complication in item.complications:
            complications[complication] += 1
    return Coverage(regions, complications, dict(types))
