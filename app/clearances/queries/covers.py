"""Who covers for whom while somebody is away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.queries import memberships_at
from app.decisions.models import Delegation, DelegationEnd
from app.domain.cover import Cover, covered_by
from app.domain.errors import NotFound


def covers_at(session: Session, site_ids: Collection[int]) -> dict[int, tuple[Cover, ...]]:
    """Every cover that there was at some sites, ended ones included: separation of duties looks back."""
    rows = session.execute(
        select(
            Delegation.site_id, Delegation.delegator_id, Delegation.delegate_id, Delegation.starts_at, Delegation.ends_at,
            DelegationEnd.ended_at,
        )
        .outerjoin(DelegationEnd, DelegationEnd.delegation_id == Delegation.id)
        .where(Delegation.site_id.in_(site_ids))
    )  # fmt: skip
    found: dict[int, list[Cover]] = defaultdict(list)
    for row in rows:
        found[row.site_id].append(Cover(*row))
    return defaultdict(tuple, {site_id: tuple(some) for site_id, some in found.items()})


def list_delegations(session: Session, site_ids: Collection[int] | None) -> list[Delegation]:
    """Every cover at some sites, or everywhere for None; the newest first."""
    query = select(Delegation).order_by(Delegation.id.desc()).options(*(joinedload(part) for part in _WHOLE))
    return list(session.scalars(query if site_ids is None else query.where(Delegation.site_id.in_(site_ids))))


_WHOLE = (Delegation.site, Delegation.delegator, Delegation.delegate, Delegation.end)


def get_delegation(session: Session, delegation_id: int) -> Delegation:
    """One cover; raises NotFound."""
    found = session.get(Delegation, delegation_id, options=[joinedload(part) for part in _WHOLE])
    if found is None:
        raise NotFound("There is no such cover.")
    return found


def cover_of(delegation: Delegation) -> Cover:
    """A stored cover as the domain reads it."""
    d = delegation
    return Cover(d.site_id, d.delegator_id, d.delegate_id, d.starts_at, d.ends_at, d.end.ended_at if d.end else None)


def covered_now(session: Session, covers: Collection[Cover], person_id: int, site_id: int, *, at: datetime) -> frozenset[int]:
    """For whom somebody works now: only for people who are supervisors of the site still."""
    found = covered_by(covers, person_id, site_id, at=at)
    if not found:
        return found
    here = {m.person_id for m in memberships_at(session, found, at) if m.role == "supervisor" and m.site_id == site_id}
    return found & here
