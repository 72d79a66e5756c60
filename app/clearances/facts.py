"""What a standing is reckoned from, in few wide statements, each built once: composing them anew costs more than the database does.

They read tables of every room below, as `queries/rows.py` does, and give plain rows: objects of the session would cost more again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.accounts.models import Installation, Membership, Person, Site
from app.accounts.queries import takes_effect_at
from app.attempts.models import Attempt, Grade
from app.catalogue.models import CatalogueVersion
from app.catalogue.queries import InForce, in_force, no_catalogue
from app.clearances.models import Application, ApplicationDecision, ApplicationEvent, DecisionEvidence, EvidenceVoid
from app.database import UtcDateTime, app_metadata
from app.decisions.models import Appeal, AppealOutcome, Decision
from app.domain.application import ENDS
from app.domain.permissions import is_restored
from app.quizzes.models import QuizVersion
from app.records.models import Document, DocumentVerification
from app.supervision.models import CompetencyApproval, Observation, ObservationRecord

PEOPLE_AT_ONCE = 5000
"""How many people one statement names: a database takes a limited number of parameters, and one of these names them three times."""


def _table(model: Any) -> Any:
    return app_metadata.tables[model.__tablename__]


_A, _G, _C, _D, _V = (_table(m) for m in (Attempt, Grade, CompetencyApproval, Document, DocumentVerification))
_O, _R, _P, _X, _E, _S = (_table(m) for m in (Observation, ObservationRecord, Person, Decision, DecisionEvidence, Site))
_B = _table(EvidenceVoid)
_PEOPLE: BindParameter[Any] = bindparam("people", expanding=True)
_KNOWN = bindparam("known", type_=UtcDateTime)
_ZERO = literal_column("0", Integer)
_NO_WORD, _NO_NUMBER, _NO_INSTANT, _NO_DAY = (cast(null(), kind) for kind in (String, Integer, UtcDateTime, Date))


def _word(text: str) -> ColumnElement[str]:
    """A word of our own in a statement; a parameter would have to be worked out at every execution."""
    return literal_column(f"'{text}'", String)


def _exams() -> Select[Any]:
    """Every grade of every closed exam, by its run."""
    return (
        select(
            _word("exam").label("kind"), _A.c.id.label("id"), _G.c.run.label("version"), _A.c.person_id,
            _A.c.quiz_id.label("word"), case((_G.c.passed, _word("passed")), else_=_word("missed")).label("verdict"),
            _G.c.id.label("seal"), _G.c.critical_errors.label("number"),
            func.coalesce(_A.c.closed_at, _A.c.deadline_at).label("at"), _G.c.pass_held_until.label("until"),
            _NO_WORD.label("place"), _NO_DAY.label("first_day"), _NO_DAY.label("last_day"),
        )
        .select_from(_A.join(_G, _G.c.attempt_id == _A.c.id))
        .where(_A.c.person_id.in_(_PEOPLE), _A.c.state == _word("closed"), _G.c.graded_at <= _KNOWN)
    )  # fmt: skip


def _verdicts() -> Select[Any]:
    """Every verdict on a competency."""
    return select(
        _word("competency"), _C.c.id, _ZERO, _C.c.person_id, _C.c.competency, _C.c.verdict, _C.c.signature_id,
        _C.c.approver_id, _C.c.approved_at, _C.c.until, _NO_WORD, _NO_DAY, _NO_DAY,
    ).where(_C.c.person_id.in_(_PEOPLE), _C.c.approved_at <= _KNOWN)  # fmt: skip


def _papers() -> Select[Any]:
    """Every document, once for each look that a second person took at it."""
    looked = and_(_V.c.document_id == _D.c.id, _V.c.verified_at <= _KNOWN)
    return (
        select(
            _word("document"), _D.c.id, func.coalesce(_V.c.id, _ZERO), _D.c.holder_id, _D.c.kind, _V.c.verdict, _V.c.signature_id,
            _NO_NUMBER, _V.c.verified_at, _NO_INSTANT, _D.c.jurisdiction, _D.c.valid_from, _D.c.valid_until,
        )
        .select_from(_D.outerjoin(_V, looked))
        .where(_D.c.holder_id.in_(_PEOPLE), _D.c.entered_at <= _KNOWN)
    )  # fmt: skip


def _called_back() -> Select[Any]:
    """Every piece of evidence that was called back: `word` is its kind and `id` that of its record."""
    return select(
        _word("void"), _B.c.record_id, _ZERO, _B.c.person_id, _B.c.kind, _NO_WORD, _NO_NUMBER, _NO_NUMBER, _B.c.voided_at,
        _NO_INSTANT, _NO_WORD, _NO_DAY, _NO_DAY,
    ).where(_B.c.person_id.in_(_PEOPLE), _B.c.voided_at <= _KNOWN)  # fmt: skip


def _watched() -> Select[Any]:
    """Every signed observation, the newest first, and with no `id` every assessment that nobody had signed."""
    signed = and_(_R.c.observation_id == _O.c.id, _R.c.signed_at <= _KNOWN)
    return (
        select(
            _R.c.id, _O.c.id.label("observation_id"), _O.c.trainee_id.label("person_id"), _O.c.site_id, _O.c.region, _O.c.purpose,
            _O.c.subject, _O.c.opened_at, _S.c.time_zone, _R.c.presence, _R.c.outcome, _R.c.rating, _R.c.auto_fail,
            _R.c.observer_id, _P.c.printed_name.label("observer_name"), _R.c.signed_at, _R.c.signature_id,
        )
        .select_from(
            _O.join(_S, _S.c.id == _O.c.site_id).outerjoin(_R, signed).outerjoin(_P, _P.c.id == _R.c.observer_id)
        )
        .where(
            _O.c.trainee_id.in_(_PEOPLE), _O.c.opened_at <= _KNOWN,
            or_(_R.c.id.is_not(None), _O.c.purpose == _word("assessment")),
        )
        .order_by(_O.c.id.desc())
    )  # fmt: skip


_PIECES = union_all(_exams(), _verdicts(), _papers(), _called_back())
_IN_ORDER = itemgetter(0, 1, 2)
"""Kind, record, version: an older version before a newer one."""
_WATCHED = _watched()
_DECISIONS = (
    select(
        _X.c.id, _X.c.kind, _X.c.level, _X.c.person_id, _X.c.site_id, _X.c.group_slug, _X.c.regions, _X.c.limits,
        _X.c.effective_at, _X.c.recorded_at, _X.c.until, _X.c.about_decision_id, _X.c.founding, _X.c.with_observer,
        _X.c.recommender_id, _X.c.signer_id, _X.c.policy_version_id,
    )
    .where(_X.c.person_id.in_(_PEOPLE), _X.c.recorded_at <= _KNOWN)
    .where(_X.c.kind.not_in([_word(kind) for kind in ("recommend", "return", "deny")]))
    .order_by(_X.c.effective_at, _X.c.id)
)  # fmt: skip
_RESTED_ON = (
    select(func.aggregate_strings(_E.c.reference, ","))
    .where(_E.c.decision_id == _X.c.id, _E.c.kind == "exam")
    .scalar_subquery()
)  # fmt: skip
_DECISIONS_ALONE = _DECISIONS.add_columns(_NO_WORD.label("exams"))
_DECISIONS_WITH_EXAMS = _DECISIONS.add_columns(_RESTED_ON.label("exams"))


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows about some people: what they have shown and what of it was called back, what was watched, what was decided.

    Decisions are those about the people themselves and about everybody who observed them.
    """

    pieces: list[Any]
    watched: list[Any]
    decisions: list[Any]


def _connection(session: Session) -> Connection:
    """The connection of a session, which has written what it holds: a statement on tables does not see to that by itself."""
    session.flush()
    return session.connection()


def facts_of(session: Session, person_ids: Collection[int], known: datetime) -> Facts:
    """Everything about some people that was on record at an instant, in three statements for each few thousand people."""
    found, ids, connection = Facts([], [], []), list(person_ids), _connection(session)
    for first in range(0, len(ids), PEOPLE_AT_ONCE):
        some = ids[first : first + PEOPLE_AT_ONCE]
        asked = {"people": some, "known": known}
        pieces = sorted(connection.execute(_PIECES, asked).all(), key=_IN_ORDER)
        watched = connection.execute(_WATCHED, asked).all()
        found.pieces.extend(pieces)
        found.watched.extend(watched)
        held = any(p.kind == "exam" and p.until is not None for p in pieces)
        about = {*some, *(w.observer_id for w in watched if w.observer_id is not None)}
        found.decisions.extend(decision_rows(session, about, known, with_exams=held))
    return found


def decision_rows(session: Session, person_ids: Collection[int], known: datetime, *, with_exams: bool) -> list[Any]:
    """All decisions about some people that give or take something, oldest first.

    With the attempts that they rest on, joined by commas, where they matter.
    """
    statement = _DECISIONS_WITH_EXAMS if with_exams else _DECISIONS_ALONE
    found: list[Any] = list(_connection(session).execute(statement, {"people": list(person_ids), "known": known}).all())
    return found


def exams_rested_on(decision: Any) -> frozenset[int]:
    """The attempts that a decision rests on, as far as they were asked."""
    return frozenset(map(int, decision.exams.split(","))) if decision.exams else frozenset()


_INSTALLED, _PACKS, _QUIZZES = (_table(m) for m in (Installation, CatalogueVersion, QuizVersion))
_FOR_EVERYBODY = union_all(
    select(_word("catalogue").label("kind"), _PACKS.c.id.label("id"), _word("").label("name"), _PACKS.c.sha256.label("text"))
    .where(_PACKS.c.id == select(func.max(_PACKS.c.id)).scalar_subquery()),
    select(_word("installation"), _INSTALLED.c.id, _word(""), _INSTALLED.c.mode).where(_INSTALLED.c.id == literal_column("1")),
    select(_word("quiz"), _QUIZZES.c.id, _QUIZZES.c.quiz_id, _QUIZZES.c.title),
).order_by("kind", "id")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shared:
    """What is the same for everybody: the catalogue in force, whether anything can be confirmed, names of everything by slug."""

    in_force: InForce
    restored: bool
    """nothing can be confirmed: the installation was restored and nobody has confirmed it, or there is none"""
    names: dict[str, str]


def shared_facts(session: Session) -> Shared:
    """What is the same for everybody, in one statement; raises Unavailable while no catalogue is loaded."""
    rows = _connection(session).execute(_FOR_EVERYBODY).all()
    pack = next((r for r in rows if r.kind == "catalogue"), None)
    newest = in_force(session, pack.id, pack.text) if pack is not None else no_catalogue()
    titles = {f"quiz:{r.name}": r.text for r in rows if r.kind == "quiz"}
    mode = next((r.text for r in rows if r.kind == "installation"), "restored")
    return Shared(newest, is_restored(mode), {**newest.catalogue.names, **titles})


_APPLIED, _EVENTS, _ANSWERED = (_table(m) for m in (Application, ApplicationEvent, ApplicationDecision))
_ENDINGS = [_word(kind) for kind in ENDS]
_UNDOING, _LINK = _X.alias("undoing"), _ANSWERED.alias("undoing_link")
_UNDONE = (
    select(1).select_from(_LINK.join(_UNDOING, _UNDOING.c.id == _LINK.c.decision_id))
    .where(_LINK.c.application_id == _APPLIED.c.id, _UNDOING.c.kind == _word("undo"), _UNDOING.c.about_decision_id == _X.c.id)
    .where(_UNDOING.c.occurred_at <= _KNOWN)
    .correlate(_APPLIED, _X)
)  # fmt: skip
_APPEALS, _OUTCOMES = _table(Appeal), _table(AppealOutcome)
_SET_ASIDE = (
    select(1).select_from(_APPEALS.join(_OUTCOMES, _OUTCOMES.c.appeal_id == _APPEALS.c.id))
    .where(_APPEALS.c.decision_id == _X.c.id, _OUTCOMES.c.outcome == _word("set_aside"), _OUTCOMES.c.decided_at <= _KNOWN)
    .correlate(_X)
)  # fmt: skip
_DECIDED = (
    select(1).select_from(_ANSWERED.join(_X, _X.c.id == _ANSWERED.c.decision_id))
    .where(_ANSWERED.c.application_id == _APPLIED.c.id, _X.c.kind.in_(_ENDINGS), _X.c.occurred_at <= _KNOWN)
    .where(~_UNDONE.exists(), ~_SET_ASIDE.exists())
    .correlate(_APPLIED)
)  # fmt: skip
_ENDED = select(1).where(_EVENTS.c.application_id == _APPLIED.c.id, _EVENTS.c.kind.in_(_ENDINGS), _EVENTS.c.at <= _KNOWN)
# Both ask for people alone and leave the site to Python: offered both, a planner may read a whole site for one person.
_BELONGING, _AT = _table(Membership), bindparam("at", type_=UtcDateTime)
_MEMBERS = (
    select(
        _word("member").label("kind"), _BELONGING.c.person_id.label("number"), _BELONGING.c.site_id, _BELONGING.c.role,
        _BELONGING.c.external, _BELONGING.c.founding, _BELONGING.c.proposed_at, _BELONGING.c.confirmed_at, _BELONGING.c.ended_at,
    )
    .where(_BELONGING.c.person_id.in_(_PEOPLE), _BELONGING.c.proposed_at <= _AT)
)  # fmt: skip
_RENEWALS = (
    select(
        _word("renewal"), _APPLIED.c.renews_decision_id, _APPLIED.c.site_id, _word(""), false(), false(), _APPLIED.c.opened_at,
        _NO_INSTANT, _NO_INSTANT,
    )
    .where(_APPLIED.c.person_id.in_(_PEOPLE), _APPLIED.c.renews_decision_id.is_not(None))
    .where(_APPLIED.c.opened_at <= _KNOWN, ~_ENDED.exists(), ~_DECIDED.exists())
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
    """Who among some people belongs to a site at `at`, and which of their renewals were open at `known`; one statement."""
    rows = _connection(session).execute(_HERE, {"people": list(person_ids), "at": at, "known": known}).all()
    here = [row for row in rows if row.site_id == site_id]
    members = {row.number for row in here if row.kind == "member" and _belongs(row, at)}
    renewals = sorted((row.proposed_at, row.number) for row in here if row.kind == "renewal")
    return Here(members, {number: opened_at for opened_at, number in renewals})


def _belongs(row: Any, at: datetime) -> bool:
    since = takes_effect_at(row)
    return since is not None and since <= at and bool(row.ended_at is None or row.ended_at > at)
