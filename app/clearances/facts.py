"""What a standing is reckoned from, in few wide statements, each built once: composing them anew costs more than the database does.

They read tables of every room below, as `queries/rows.py` does, and give plain rows: objects of the session would cost more again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Date, Integer, Select, String, and_, case, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Installation, Person, Site
from app.attempts.models import Attempt, Grade
from app.catalogue.models import CatalogueVersion
from app.catalogue.queries import NO_CATALOGUE, InForce, stored_catalogue
from app.clearances.models import DecisionEvidence, EvidenceVoid
from app.clearances.statements import KNOWN, PEOPLE, nothing, parts_of, word
from app.database import UtcDateTime, connection_of, table_of
from app.decisions.models import Decision
from app.domain.errors import Unavailable
from app.domain.permissions import is_restored
from app.quizzes.models import QuizVersion
from app.records.models import Document, DocumentVerification
from app.supervision.models import CompetencyApproval, Observation, ObservationRecord

_A, _G, _C, _D, _V = (table_of(m) for m in (Attempt, Grade, CompetencyApproval, Document, DocumentVerification))
_O, _R, _P, _X, _E, _S = (table_of(m) for m in (Observation, ObservationRecord, Person, Decision, DecisionEvidence, Site))
_B = table_of(EvidenceVoid)
_ZERO = literal_column("0", Integer)
_NO_WORD, _NO_NUMBER, _NO_INSTANT, _NO_DAY = (nothing(kind) for kind in (String, Integer, UtcDateTime, Date))


def _exams() -> Select[Any]:
    """Every grade of every closed exam, by its run."""
    return (
        select(
            word("exam").label("kind"), _A.c.id.label("id"), _G.c.run.label("version"), _A.c.person_id,
            _A.c.quiz_id.label("word"), case((_G.c.passed, word("passed")), else_=word("missed")).label("verdict"),
            _G.c.id.label("seal"), _G.c.critical_errors.label("number"),
            func.coalesce(_A.c.closed_at, _A.c.deadline_at).label("at"), _G.c.pass_held_until.label("until"),
            _NO_WORD.label("place"), _NO_DAY.label("first_day"), _NO_DAY.label("last_day"),
        )
        .select_from(_A.join(_G, _G.c.attempt_id == _A.c.id))
        .where(_A.c.person_id.in_(PEOPLE), _A.c.state == word("closed"), _G.c.graded_at <= KNOWN)
    )  # fmt: skip


def _verdicts() -> Select[Any]:
    """Every verdict on a competency."""
    return select(
        word("competency"), _C.c.id, _ZERO, _C.c.person_id, _C.c.competency, _C.c.verdict, _C.c.signature_id,
        _C.c.approver_id, _C.c.approved_at, _C.c.until, _NO_WORD, _NO_DAY, _NO_DAY,
    ).where(_C.c.person_id.in_(PEOPLE), _C.c.approved_at <= KNOWN)  # fmt: skip


def _papers() -> Select[Any]:
    """Every document, once for each look that a second person took at it."""
    looked = and_(_V.c.document_id == _D.c.id, _V.c.verified_at <= KNOWN)
    return (
        select(
            word("document"), _D.c.id, func.coalesce(_V.c.id, _ZERO), _D.c.holder_id, _D.c.kind, _V.c.verdict, _V.c.signature_id,
            _NO_NUMBER, _V.c.verified_at, _NO_INSTANT, _D.c.jurisdiction, _D.c.valid_from, _D.c.valid_until,
        )
        .select_from(_D.outerjoin(_V, looked))
        .where(_D.c.holder_id.in_(PEOPLE), _D.c.entered_at <= KNOWN)
    )  # fmt: skip


def _called_back() -> Select[Any]:
    """Every piece of evidence that was called back: `word` is its kind and `id` that of its record."""
    return select(
        word("void"), _B.c.record_id, _ZERO, _B.c.person_id, _B.c.kind, _NO_WORD, _NO_NUMBER, _NO_NUMBER, _B.c.voided_at,
        _NO_INSTANT, _NO_WORD, _NO_DAY, _NO_DAY,
    ).where(_B.c.person_id.in_(PEOPLE), _B.c.voided_at <= KNOWN)  # fmt: skip


def _watched() -> Select[Any]:
    """Every signed observation, the newest first, and with no `id` every assessment that nobody had signed."""
    signed = and_(_R.c.observation_id == _O.c.id, _R.c.signed_at <= KNOWN)
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
            _O.c.trainee_id.in_(PEOPLE), _O.c.opened_at <= KNOWN,
            or_(_R.c.id.is_not(None), _O.c.purpose == word("assessment")),
        )
        .order_by(_O.c.id.desc())
    )  # fmt: skip


PIECE = (
    "kind", "id", "version", "person_id", "word", "verdict", "seal", "number", "at", "until", "place", "first_day", "last_day",
)  # fmt: skip
"""The columns of a piece, which its readers take by their order; `number`: critical errors of an exam, approver of a verdict."""
_PIECES = union_all(_exams(), _verdicts(), _papers(), _called_back())
_WATCHED = _watched()
_DECISIONS = (
    select(
        _X.c.id, _X.c.kind, _X.c.level, _X.c.person_id, _X.c.site_id, _X.c.group_slug, _X.c.regions, _X.c.limits,
        _X.c.effective_at, _X.c.recorded_at, _X.c.until, _X.c.about_decision_id, _X.c.founding, _X.c.with_observer,
        _X.c.recommender_id, _X.c.signer_id, _X.c.policy_version_id,
    )
    .where(_X.c.person_id.in_(PEOPLE), _X.c.recorded_at <= KNOWN)
    .where(_X.c.kind.not_in([word(kind) for kind in ("recommend", "return", "deny")]))
    .order_by(_X.c.effective_at, _X.c.id)
)  # fmt: skip
_RESTED_ON = (
    select(func.aggregate_strings(_E.c.reference, ","))
    .where(_E.c.decision_id == _X.c.id, _E.c.kind == word("exam"))
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


def facts_of(session: Session, person_ids: Collection[int], known: datetime) -> Facts:
    """Everything about some people that was on record at an instant, in three statements for each few thousand people."""
    found, connection = Facts([], [], []), connection_of(session)
    for some in parts_of(person_ids):
        asked = {"people": some, "known": known}
        pieces, watched = connection.execute(_PIECES, asked).all(), connection.execute(_WATCHED, asked).all()
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
    found: list[Any] = list(connection_of(session).execute(statement, {"people": list(person_ids), "known": known}).all())
    return found


def exams_rested_on(decision: Any) -> frozenset[int]:
    """The attempts that a decision rests on, as far as they were asked."""
    return frozenset(map(int, decision.exams.split(","))) if decision.exams else frozenset()


_INSTALLED, _PACKS, _QUIZZES = (table_of(m) for m in (Installation, CatalogueVersion, QuizVersion))
_FOR_EVERYBODY = union_all(
    select(word("catalogue").label("kind"), _PACKS.c.id.label("id"), word("").label("name"), _PACKS.c.sha256.label("text"))
    .where(_PACKS.c.id == select(func.max(_PACKS.c.id)).scalar_subquery()),
    select(word("installation"), _INSTALLED.c.id, word(""), _INSTALLED.c.mode).where(_INSTALLED.c.id == literal_column("1")),
    select(word("quiz"), _QUIZZES.c.id, _QUIZZES.c.quiz_id, _QUIZZES.c.title),
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
    rows = connection_of(session).execute(_FOR_EVERYBODY).all()
    pack = next((r for r in rows if r.kind == "catalogue"), None)
    if pack is None:
        raise Unavailable(NO_CATALOGUE)
    newest = stored_catalogue(session, pack.id, pack.text)
    titles = {f"quiz:{r.name}": r.text for r in rows if r.kind == "quiz"}
    mode = next((r.text for r in rows if r.kind == "installation"), "restored")
    return Shared(newest, is_restored(mode), {**newest.catalogue.names, **titles})
