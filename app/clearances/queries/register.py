"""The register of a site as of an instant: one list of rows that the page and every file show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Site
from app.accounts.queries import people_of_site
from app.clearances.models import PolicyVersion
from app.clearances.queries.policies import find_policy_at
from app.clearances.queries.seals import seals_by_id
from app.clearances.queries.standings import PersonStandings, standings
from app.domain.catalogue import Catalogue
from app.domain.register import Filters, RegisterRow, in_order
from app.domain.sealing import Seal

PART = 50
"""So many people are reckoned at a time, so that a large site does not fill the memory."""


@dataclass(frozen=True, slots=True)
class Register:
    """Rows, exceptions first, and everything that says what they are an answer to."""

    site: Site
    at: datetime
    known: datetime
    ahead: bool
    filters: Filters
    version: PolicyVersion | None
    people: int
    rows: list[RegisterRow]
    catalogue: Catalogue
    seals: dict[int, Seal]

    @property
    def exceptions(self) -> list[RegisterRow]:
        """The rows that somebody has to look at."""
        return [r for r in self.rows if r.exception]


def register_of(
    session: Session, site: Site, filters: Filters, pack: Catalogue, *, at: datetime, known: datetime, now: datetime
) -> Register:
    """Reckon the whole register before anything of it is shown, so that no file ends in the middle as if it were whole."""
    people = [p for p in people_of_site(session, site.id, at) if filters.names(p.printed_name)]
    rows: list[RegisterRow] = []
    for start in range(0, len(people), PART):
        found = standings(session, people[start : start + PART], site, at=at, now=now, as_known_at=known)
        rows += [row for one in found for row in _rows(one, pack) if filters.keeps(row)]
    grants = {r.standing.grant_id for r in rows if r.standing.grant_id is not None}
    return Register(
        site, at, known, at > now, filters, find_policy_at(session, at), len(people), in_order(rows), pack,
        seals_by_id(session, grants),
    )  # fmt: skip


def _rows(found: PersonStandings, pack: Catalogue) -> list[RegisterRow]:
    groups = {region: pack.group_of(region) for region in found.by_region}
    person = found.person
    return [RegisterRow(person.id, person.printed_name, groups[r].id, groups[r].tier, s) for r, s in found.by_region.items()]
