"""Read second factors, and who confirmed whom."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts import totp
from app.accounts.models import AccessLink, IdentityProof, Membership, Person, RecoveryCode, SecondFactor, SignInFailure, UsedCode
from app.accounts.queries.people import memberships_at, site_ids_of
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


def factors_to_confirm(session: Session) -> list[SecondFactor]:
    """The factors that are enrolled and not confirmed, of open accounts that sign in some role, the longest waiting first."""
    signs = select(Membership.id).where(
        Membership.person_id == SecondFactor.person_id, Membership.ended_at.is_(None), Membership.role.in_(("supervisor", "admin"))
    )
    waiting = select(SecondFactor).join(Person, Person.id == SecondFactor.person_id).where(
        SecondFactor.enrolled_at.is_not(None), SecondFactor.confirmed_at.is_(None), SecondFactor.ended_at.is_(None),
        Person.deactivated_at.is_(None), signs.exists(),
    )  # fmt: skip
    query = waiting.order_by(SecondFactor.enrolled_at, SecondFactor.id).options(joinedload(SecondFactor.person))
    return list(session.scalars(query))


def locked_people(session: Session, at: datetime) -> list[Person]:
    """Those whose tries were refused so often in the last minutes that none is taken now; failures are kept as digests."""
    keys = set(throttled_keys(session, at))
    if not keys:
        return []
    return [p for p in session.scalars(select(Person).order_by(Person.printed_name)) if throttle_key("account", p.email) in keys]


def throttle_key(kind: str, value: str) -> str:
    """The only form in which an account or address that was refused is stored."""
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


THROTTLE_WINDOW = timedelta(minutes=15)
THROTTLE_LIMIT = {"account": 8, "address": 40}


def throttled_keys(session: Session, at: datetime) -> list[str]:
    """Digests with as many refused tries as lock an account."""
    query = select(SignInFailure.key_sha256).where(SignInFailure.at > at - THROTTLE_WINDOW).group_by(SignInFailure.key_sha256)
    return list(session.scalars(query.having(func.count() >= THROTTLE_LIMIT["account"])))
