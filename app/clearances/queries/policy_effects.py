"""What a draft of the policy would mean for everybody who holds a clearance, some people at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.accounts.queries import memberships_at
from app.catalogue.queries import catalogue_in_force
from app.clearances.evidence import evidence_of, names_of
from app.clearances.queries.asking import Asking, decided_about
from app.clearances.queries.policies import all_versions
from app.decisions.models import Decision
from app.domain.canonical import canonical_bytes
from app.domain.policy_impact import Held, Impact, impact
from app.domain.policy_versions import Published, Versions
from app.domain.standing import GRANTS, DecisionFact, decide_from

PEOPLE = 200
"""People whose clearances are compared at once."""
Key = tuple[int, int, str, str]
"""(person, site, group, level)."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a draft would mean for one clearance; `content` is canonical JSON."""

    person_id: int
    site_id: int
    group_slug: str
    level: str
    verdict: str
    content: str


def count_people(session: Session) -> int:
    """How many people were ever granted anything."""
    return session.scalar(select(func.count(Decision.person_id.distinct())).where(Decision.kind.in_(GRANTS))) or 0


def next_people(session: Session, after_id: int, limit: int = PEOPLE) -> list[int]:
    """The next of them, in the order of their ids."""
    query = select(Decision.person_id).where(Decision.kind.in_(GRANTS), Decision.person_id > after_id).distinct()
    return list(session.scalars(query.order_by(Decision.person_id).limit(limit)))


def effects_on(session: Session, person_ids: Sequence[int], candidate: Published, now: datetime) -> list[Effect]:
    """Compare what is true with what would be, for some people; the number of statements does not grow with them."""
    versions = all_versions(session)
    after = versions.with_one_more(candidate)
    found = _held(session, person_ids, versions, after, now)
    return [_effect(key, held, impact(held, versions, after, candidate, now=now)) for key, held in found]


def _effect(key: Key, held: Held, found: Impact) -> Effect:
    body = {
        "regions": sorted(held.setting.regions), "changes": [asdict(c) for c in found.changes],
        "gaps": [asdict(g) for g in found.gaps],
    }  # fmt: skip
    return Effect(*key, found.verdict, canonical_bytes(body).decode())


def _held(
    session: Session, person_ids: Collection[int], versions: Versions, after: Versions, now: datetime
) -> Iterator[tuple[Key, Held]]:
    """Every clearance that some people hold, whatever stops it, where they belong still."""
    catalogue, evidence = catalogue_in_force(session).catalogue, evidence_of(session, person_ids, now)
    at_site, names = decided_about(session, evidence, now), names_of(session, catalogue)
    sites = _sites_of(session, person_ids, now)
    for person_id, site_id in sorted(at_site.keys() & sites.keys()):
        here, site = at_site[person_id, site_id], sites[person_id, site_id]
        before, later = (Asking(catalogue, v, site, now, now, names) for v in (versions, after))
        known = before.with_prerequisites(person_id, here, evidence[person_id])
        known_later = later.with_prerequisites(person_id, here, evidence[person_id])
        for (group, level), decided in sorted(here.items()):
            facts, found = tuple(decided), catalogue.find_group(group)
            named = {r for d in facts for r in d.regions}
            regions = frozenset(r for r in (found.regions if found is not None else ()) if r in named and _holds(facts, r, now))
            if found is not None and regions:
                setting = before.setting(person_id, group, regions)
                yield (person_id, site_id, group, level), Held(level, found.tier, facts, known, known_later, setting)


def _sites_of(session: Session, person_ids: Collection[int], now: datetime) -> dict[tuple[int, int], Site]:
    """(person, site) → the site, for everybody who belongs to it and whose account is open."""
    closed = set(session.scalars(select(Person.id).where(Person.id.in_(person_ids), Person.deactivated_at <= now)))
    found = {(m.person_id, m.site.id): m.site for m in memberships_at(session, person_ids, now) if m.site is not None}
    return {key: site for key, site in found.items() if key[0] not in closed}


def _holds(facts: tuple[DecisionFact, ...], region: str, now: datetime) -> bool:
    found = decide_from(facts, region, at=now, known=now)
    return found.grant is not None and found.revoked is None and found.grant.until is not None and now < found.grant.until
