"""Read second factors, and who confirmed whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import totp
from app.accounts.models import AccessLink, IdentityProof, Person, RecoveryCode, SecondFactor, UsedCode
from app.accounts.queries.people import memberships_at, site_ids_of, takes_effect_at
from app.domain.permissions import IdentityFacts


def find_factor(session: Session, person_id: int) -> SecondFactor | None:
    """The factor of somebody that has not ended, begun or enrolled."""
    return session.scalar(select(SecondFactor).where(SecondFactor.person_id == person_id, SecondFactor.ended_at.is_(None)))


def list_proofs(session: Session, factor_id: int) -> list[IdentityProof]:
    """Who confirmed the holder of a factor, in order."""
    return list(session.scalars(select(IdentityProof).where(IdentityProof.factor_id == factor_id).order_by(IdentityProof.id)))


def recovery_codes_left(session: Session, factor_id: int) -> int:
    """How many recovery codes were not used yet."""
    query = select(func.count()).select_from(RecoveryCode)
    return session.scalar(query.where(RecoveryCode.factor_id == factor_id, RecoveryCode.used_at.is_(None))) or 0


def next_code(session: Session, factor: SecondFactor, at: datetime) -> str:
    """The code of an authenticator at an instant, or the one after it where that is used up already."""
    present = int(at.timestamp()) // totp.STEP_S
    used = set(session.scalars(select(UsedCode.step).where(UsedCode.factor_id == factor.id, UsedCode.step >= present)))
    step = next((s for s in (present, present + 1) if s not in used), present)
    return totp.code_at(factor.secret, datetime.fromtimestamp(step * totp.STEP_S, at.tzinfo))


def identity_facts(session: Session, person_id: int, at: datetime) -> IdentityFacts:
    """What decides who may confirm the holder of an account."""
    factor = find_factor(session, person_id)
    enrolled = factor is not None and factor.enrolled_at is not None
    proofs = list_proofs(session, factor.id) if factor else []
    makers = select(AccessLink.issued_by_id).where(
        AccessLink.person_id == person_id, AccessLink.used_at.is_not(None), AccessLink.issued_by_id.is_not(None)
    )
    return IdentityFacts(
        holder_id=person_id,
        holder_sites=site_ids_of(session, person_id, at),
        holder_founds=any(m.founding for m in memberships_at(session, [person_id], at)),
        enrolled=enrolled,
        replaces=factor is not None and factor.replaces_id is not None,
        confirmed_by=frozenset(p.confirmed_by_id for p in proofs),
        link_makers=frozenset(i for i in session.scalars(makers) if i is not None),
    )


def people_to_confirm(session: Session, at: datetime) -> list[Person]:
    """Those whose factor is enrolled and not confirmed, the longest waiting first."""
    waiting = select(SecondFactor).where(
        SecondFactor.enrolled_at.is_not(None), SecondFactor.confirmed_at.is_(None), SecondFactor.ended_at.is_(None)
    )
    people = [f.person for f in session.scalars(waiting.order_by(SecondFactor.enrolled_at, SecondFactor.id))]
    return [p for p in people if p.deactivated_at is None and any(takes_effect_at(m) for m in memberships_at(session, [p.id], at))]
