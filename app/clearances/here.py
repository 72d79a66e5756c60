"""Who belongs to a site, and which renewals are open there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, false, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Membership
from app.accounts.queries import is_in_force
from app.clearances.models import Application, ApplicationDecision, ApplicationEvent
from app.clearances.statements import KNOWN, PEOPLE, nothing, parts_of, word
from app.database import UtcDateTime, connection_of, table_of
from app.decisions.models import Appeal, AppealOutcome, Decision
from app.domain.application import ENDS

_X, _NO_INSTANT = table_of(Decision), nothing(UtcDateTime)
_APPLIED, _EVENTS, _ANSWERED = (table_of(m) for m in (Application, ApplicationEvent, ApplicationDecision))
_ENDINGS = [word(kind) for kind in ENDS]
_UNDOING, _LINK = _X.alias("undoing"), _ANSWERED.alias("undoing_link")
_UNDONE = (
    select(1).select_from(_LINK.join(_UNDOING, _UNDOING.c.id == _LINK.c.decision_id))
    .where(_LINK.c.application_id == _APPLIED.c.id, _UNDOING.c.kind == word("undo"), _UNDOING.c.about_decision_id == _X.c.id)
    .where(_UNDOING.c.occurred_at <= KNOWN)
    .correlate(_APPLIED, _X)
)  # fmt: skip
_APPEALS, _OUTCOMES = table_of(Appeal), table_of(AppealOutcome)
_SET_ASIDE = (
    select(1).select_from(_APPEALS.join(_OUTCOMES, _OUTCOMES.c.appeal_id == _APPEALS.c.id))
    .where(_APPEALS.c.decision_id == _X.c.id, _OUTCOMES.c.outcome == word("set_aside"), _OUTCOMES.c.decided_at <= KNOWN)
    .correlate(_X)
)  # fmt: skip
_DECIDED = (
    select(1).select_from(_ANSWERED.join(_X, _X.c.id == _ANSWERED.c.decision_id))
    .where(_ANSWERED.c.application_id == _APPLIED.c.id, _X.c.kind.in_(_ENDINGS), _X.c.occurred_at <= KNOWN)
    .where(~_UNDONE.exists(), ~_SET_ASIDE.exists())
    .correlate(_APPLIED)
)  # fmt: skip
_ENDED = select(1).where(_EVENTS.c.application_id == _APPLIED.c.id, _EVENTS.c.kind.in_(_ENDINGS), _EVENTS.c.at <= KNOWN)
# Both ask for people alone and leave the site to Python: offered both, a planner may read a whole site for one person.
_BELONGING, _AT = table_of(Membership), bindparam("at", type_=UtcDateTime)
_MEMBERS = (
    select(
        word("member").label("kind"), _BELONGING.c.person_id.label("number"), _BELONGING.c.site_id, _BELONGING.c.role,
        _BELONGING.c.external, _BELONGING.c.founding, _BELONGING.c.proposed_at, _BELONGING.c.confirmed_at, _BELONGING.c.ended_at,
    )
    .where(_BELONGING.c.person_id.in_(PEOPLE), _BELONGING.c.proposed_at <= _AT)
)  # fmt: skip
_RENEWALS = (
    select(
        word("renewal"), _APPLIED.c.renews_decision_id, _APPLIED.c.site_id, word(""), false(), false(), _APPLIED.c.opened_at,
        _NO_INSTANT, _NO_INSTANT,
    )
    .where(_APPLIED.c.person_id.in_(PEOPLE), _APPLIED.c.renews_decision_id.is_not(None))
    .where(_APPLIED.c.opened_at <= KNOWN, ~_ENDED.exists(), ~_DECIDED.exists())
)  # fmt: skip
_HERE = union_all(_MEMBERS, _RENEWALS)


@dataclass(frozen=True, slots=True)
class Here:
    """Some people at one site."""

    members: set[int]
    """who belongs to it, in any role"""
    renewals: dict[int, datetime]
    """when the renewal of each grant was opened, for those that were open still: by the grant's id"""


def facts_here(session: Session, person_ids: Collection[int], site_id: int, *, at: datetime, known: datetime) -> Here:
    """Who among some people belongs to a site at `at`, and which of their renewals were open at `known`.

    One statement for each few thousand people. Of two renewals of one grant the one opened last counts, as it is never the looser.
    """
    connection, parts = connection_of(session), parts_of(person_ids)
    rows = (row for some in parts for row in connection.execute(_HERE, {"people": some, "at": at, "known": known}).all())
    here = [row for row in rows if row.site_id == site_id]
    members = {row.number for row in here if row.kind == "member" and is_in_force(row, at)}
    renewals = sorted((row.proposed_at, row.number) for row in here if row.kind == "renewal")
    return Here(members, {number: opened_at for opened_at, number in renewals})
