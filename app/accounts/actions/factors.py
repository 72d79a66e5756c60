"""Write second factors: begin, enrol, use, confirm, end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import totp
from app.accounts.models import IdentityProof, Person, RecoveryCode, SecondFactor, UsedCode
from app.accounts.queries.factors import find_factor, identity_facts
from app.audit.actions import hold_stream, record
from app.domain.codes import code_from, plain_code
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor, Who, is_confirmed, may_confirm_identity

RECOVERY_CODES = 10
RECOVERY_LENGTH = 16
WRONG_CODE = "This code does not fit. Wait for the next one, and check that the clock of your phone is right."
USED_CODE = "This code was used already. Wait for the next one, up to 30 seconds."
NO_FACTOR = "You have no second factor yet. Set it up on your account page."


def _stream(person_id: int) -> str:
    return f"person:{person_id}"


def begin_factor(session: Session, *, person: Person, token: str, actor: Actor, now: datetime) -> SecondFactor:
    """Make a new secret for one's own account; raises Conflict while one is enrolled. One begun before is given up."""
    hold_stream(session, _stream(person.id))
    present = find_factor(session, person.id)
    if present is not None and present.enrolled_at is not None:
        raise Conflict("You have a second factor already. Report it as lost before you set up another one.")
    if present is not None:
        _end(session, present, "begun again", actor, now)
    newest = select(SecondFactor.id).where(SecondFactor.person_id == person.id, SecondFactor.enrolled_at.is_not(None))
    before = session.scalar(newest.order_by(SecondFactor.id.desc()).limit(1))
    factor = SecondFactor(person_id=person.id, replaces_id=before, secret=totp.secret_from(token), begun_at=now)
    session.add(factor)
    session.flush()
    record(session, stream=_stream(person.id), act="factor.begun", actor=actor, now=now, facts={"factor": factor.id})
    return factor


def enrol_factor(
    session: Session, *, person: Person, code: str, tokens: Callable[[], str], actor: Actor, now: datetime
) -> list[str]:
    """Take the first code of a secret that was begun; returns the recovery codes, which are shown once and never stored."""
    hold_stream(session, _stream(person.id))
    factor = find_factor(session, person.id)
    if factor is None or factor.enrolled_at is not None:
        raise Conflict("There is nothing to set up here now. Load your account page again.")
    _spend(session, factor, code, now)
    factor.enrolled_at = now
    codes = [code_from(tokens(), RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(factor_id=factor.id, code_sha256=_digest(c)) for c in codes)
    record(session, stream=_stream(person.id), act="factor.enrolled", actor=actor, now=now, facts={"factor": factor.id})
    return codes


def use_code(session: Session, *, person_id: int, code: str, actor: Actor, now: datetime) -> None:
    """Accept a code of the authenticator, or a recovery code, once; raises InvalidInput with what is wrong."""
    factor = find_factor(session, person_id)
    if factor is None or factor.enrolled_at is None:
        raise NotAllowed(NO_FACTOR)
    if _is_digits(code):
        _spend(session, factor, code, now)
        return
    used = session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.factor_id == factor.id, RecoveryCode.code_sha256 == _digest(code), RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.id)
    ).first()
    if used is None:
        raise InvalidInput([("code", WRONG_CODE)])
    record(session, stream=_stream(person_id), act="factor.recovery", actor=actor, now=now, facts={"factor": factor.id})


def _is_digits(code: str) -> bool:
    return len(plain_code(code)) == 6 and plain_code(code).isdecimal()


def _digest(code: str) -> str:
    return hashlib.sha256(plain_code(code).encode()).hexdigest()


def _spend(session: Session, factor: SecondFactor, code: str, now: datetime) -> None:
    """Use a step of the authenticator up; two requests with one code cannot both pass."""
    step = totp.step_of(factor.secret, plain_code(code), now) if _is_digits(code) else None
    if step is None:
        raise InvalidInput([("code", WRONG_CODE)])
    try:
        with session.begin_nested():
            session.execute(insert(UsedCode).values(factor_id=factor.id, step=step))
    except IntegrityError:
        raise InvalidInput([("code", USED_CODE)]) from None


def confirm_identity_of(
    session: Session, *, holder: Person, code: str, document: str, actor: Actor, who: Who, now: datetime
) -> IdentityProof:
    """Confirm that an account is its holder's, who reads a code of their authenticator out; the last one needed seals it."""
    hold_stream(session, _stream(holder.id))
    factor, facts = find_factor(session, holder.id), identity_facts(session, holder.id, now)
    answer = may_confirm_identity(who, facts, at=now)
    if not answer.allowed or factor is None:
        raise NotAllowed(answer.reason)
    if factor.confirmed_at is not None:
        raise Conflict("This person is confirmed already.")
    try:
        _spend(session, factor, code, now)
    except InvalidInput as error:
        raise InvalidInput([("holder_code", words) for _, words in error.problems]) from None
    proof = IdentityProof(
        factor_id=factor.id, person_id=holder.id, confirmed_by_id=who.person_id, document=document, confirmed_at=now
    )
    session.add(proof)
    session.flush()
    if is_confirmed(identity_facts(session, holder.id, now)):
        factor.confirmed_at = now
        session.flush()
    event = {"factor": factor.id, "document": document, "complete": factor.confirmed_at is not None}
    record(session, stream=_stream(holder.id), act="identity.confirmed", actor=actor, now=now, facts=event)
    return proof


def lose_factor(session: Session, *, person: Person, actor: Actor, now: datetime) -> None:
    """End a factor at once: from now on nothing is signed with it. Setting up another one takes two other people."""
    hold_stream(session, _stream(person.id))
    factor = find_factor(session, person.id)
    if factor is None or factor.enrolled_at is None:
        raise Conflict("There is no second factor to end. Load the page again.")
    _end(session, factor, "lost", actor, now)


def _end(session: Session, factor: SecondFactor, why: str, actor: Actor, now: datetime) -> None:
    factor.ended_at, factor.ended_by_id, factor.ended_why = now, actor.id, why
    session.flush()
    facts = {"factor": factor.id, "why": why}
    record(session, stream=_stream(factor.person_id), act="factor.ended", actor=actor, now=now, facts=facts)
