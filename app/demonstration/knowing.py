"""Fictional signers set up their second factor, and another person confirms them, as people do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts import totp
from app.accounts.actions import begin_factor, enrol_factor
from app.accounts.models import Person
from app.accounts.queries import find_factor, who
from app.domain.errors import Conflict
from app.domain.permissions import Actor
from app.signatures.actions import confirm_signer


def set_up(session: Session, *, holder: Person, tokens: Callable[[], str], at: datetime) -> None:
    """Connect an authenticator to an account."""
    actor = Actor(holder.id, holder.printed_name)
    factor = begin_factor(session, person=holder, token=tokens(), actor=actor, now=at)
    enrol_factor(session, person=holder, code=totp.code_at(factor.secret, at), tokens=tokens, actor=actor, now=at)


def confirm(session: Session, *, holder: Person, by: Person, at: datetime) -> None:
    """Be the other person, who hears the code read out."""
    factor = find_factor(session, holder.id)
    if factor is None:
        raise Conflict(f"{holder.printed_name} has no second factor.")
    confirm_signer(
        session, holder=holder, code=totp.code_at(factor.secret, at), document="passport", signer=by, who=who(session, by, at),
        now=at, time_zone="UTC",
    )  # fmt: skip


def make_founders_known(session: Session, *, founders: tuple[Person, Person], tokens: Callable[[], str], at: datetime) -> None:
    """Both set a factor up, then they confirm each other."""
    for founder in founders:
        set_up(session, holder=founder, tokens=tokens, at=at)
    for holder, by in (founders, founders[::-1]):
        confirm(session, holder=holder, by=by, at=at + timedelta(minutes=5))


def make_known(session: Session, *, holder: Person, by: Person, tokens: Callable[[], str], at: datetime) -> None:
    """Set a factor up and have it confirmed five minutes later."""
    set_up(session, holder=holder, tokens=tokens, at=at)
    confirm(session, holder=holder, by=by, at=at + timedelta(minutes=5))
