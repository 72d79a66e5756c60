"""Compare the two reckonings of standing, person by person, and name every difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Membership, Person, Site
from app.clearances.queries.rows import raw_rows, shared_rows
from app.clearances.queries.standings import LEVELS, standings
from app.decisions.models import Decision
from app.domain.recheck import Verdict, recheck


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer that the two reckonings do not share."""

    site_id: int
    first: Verdict
    second: Verdict


def answers(session: Session, person: Person, site_id: int, *, at: datetime, known: datetime) -> dict[tuple[str, str], Verdict]:
    """What the product says of one person at a site, as the second reckoning puts it."""
    site = session.get_one(Site, site_id)
    found = {}
    for level in LEVELS:
        for region, s in standings(session, [person], site, at=at, now=known, level=level, as_known_at=known)[0].by_region.items():
            until = s.cleared_until if s.word == "CLEARED" else None
            found[level, region] = Verdict(person.id, level, region, s.state, s.word, until)
    return found


def differences(session: Session, *, at: datetime, known: datetime) -> Iterator[tuple[int, list[Difference]]]:
    """For each person who ever belonged to a site or was decided about: (answers compared, those that differ)."""
    shared = shared_rows(session)
    for person_id in _everybody(session):
        person = session.get_one(Person, person_id)
        rows = raw_rows(session, [person_id], known, shared)
        compared, wrong = 0, list[Difference]()
        for site in shared["site"]:
            one = answers(session, person, site["id"], at=at, known=known)
            other = {(v.level, v.region): v for v in recheck(rows, site, rows["person"], at=at)}
            compared += len(one)
            wrong += [Difference(site["id"], v, other[key]) for key, v in one.items() if other.get(key) != v]
        session.expunge_all()
        yield compared, wrong


def _everybody(session: Session) -> list[int]:
    return sorted({*session.scalars(select(Membership.person_id)), *session.scalars(select(Decision.person_id))})
