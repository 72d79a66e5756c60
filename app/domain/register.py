"""The register as rows: who holds what at a site, what is no ordinary standing first, and what was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.standing import Standing

EXCEPTIONS = {"SUSPENDED": 0, "REVOKED": 0, "ON_HOLD": 1, "BLOCKED": 2, "EXPIRED": 3, "PROVISIONAL": 4}
"""States that somebody has to look at, the gravest first; a clearance that ends soon comes after them."""
EXPIRING_SOON = 9
NO_EXCEPTION = 10
STATES = {
    "": "Every standing",
    "CLEARED": "Cleared",
    "ONLY WITH AN OBSERVER": "Only with an observer",
    "NOT CLEARED": "Not cleared",
    "CANNOT CONFIRM": "Cannot confirm",
    "held": "Held or stopped, without not held",
}
MOST_LETTERS = 100


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One person in one region."""

    person_id: int
    name: str
    group: str
    tier: str
    standing: Standing

    @property
    def rank(self) -> int:
        """How early it comes: exceptions, then what ends soon, then everything else."""
        return EXCEPTIONS.get(self.standing.state, EXPIRING_SOON if self.standing.expiring else NO_EXCEPTION)

    @property
    def exception(self) -> bool:
        """Whether somebody has to look at it."""
        return self.rank < NO_EXCEPTION


@dataclass(frozen=True, slots=True)
class Filters:
    """What part of the register is asked for; empty means all of it."""

    where: str = ""
    """a group or a region, by its slug"""
    tier: str = ""
    state: str = ""
    name: str = ""
    only_exceptions: bool = False
    regions: frozenset[str] = field(default=frozenset())
    """the regions of `where`"""

    @property
    def by_row(self) -> bool:
        """Whether single rows are asked for, so that a person's other regions are left out."""
        return self.only_exceptions or bool(self.state)

    @property
    def any(self) -> bool:
        """Whether anything is left out."""
        return bool(self.where or self.tier or self.state or self.name or self.only_exceptions)

    def keeps(self, row: RegisterRow) -> bool:
        """Whether a row is asked for."""
        s = row.standing
        return (
            (not self.where or s.region in self.regions)
            and (not self.tier or row.tier == self.tier)
            and (not self.state or (s.state != "NOT_HELD" if self.state == "held" else s.word == self.state))
            and self.names(row.name)
            and (not self.only_exceptions or row.exception)
        )

    def names(self, name: str) -> bool:
        """Whether somebody's name has every word that was typed, in any case of letters."""
        return all(word in name.casefold() for word in self.name.casefold().split())


def in_order(rows: Iterable[RegisterRow]) -> list[RegisterRow]:
    """Exceptions first, the gravest ahead; then by name and region."""
    return sorted(rows, key=lambda r: (r.rank, r.name.casefold(), r.person_id, r.group, r.standing.region))
