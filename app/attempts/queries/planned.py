"""Read planned starts, and the facts on which a form that was drawn ahead rests."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from app.attempts.models import Attempt, ExamSitting, PreparedForm, SittingCandidate
from app.bank.queries import bank_marks
from app.database import table_of

_FORMS, _ATTEMPTS = (table_of(model) for model in (PreparedForm, Attempt))
_SAT = select(func.count()).select_from(_ATTEMPTS).where(_ATTEMPTS.c.person_id == bindparam("person")).scalar_subquery()
_MARKS = select(*bank_marks(), _SAT)  # built once: a crowd that starts together asks it together


def stamp_of(session: Session, person_id: int, version_id: int, on: date, *, need_review: bool) -> str:
    """Everything that a draw depends on, in a line: quiz version, bank, day (reviews run out by day), earlier attempts.

    A form that was put by is used only under exactly the same line: in doubt a form is drawn anew.
    """
    *bank, count = session.execute(_MARKS, {"person": person_id}).one()
    day = on.isoformat() if need_review else "any day"
    return f"quiz version {version_id}; bank {'/'.join(str(mark) for mark in bank)}; {day}; attempts {count}"


def planned_sittings(session: Session, site_ids: Collection[int], since: datetime) -> list[ExamSitting]:
    """The planned starts at some sites from an instant on, the next first."""
    query = select(ExamSitting).where(ExamSitting.site_id.in_(site_ids), ExamSitting.starts_at >= since)
    loaded = query.options(joinedload(ExamSitting.candidates).joinedload(SittingCandidate.person))
    return list(session.scalars(loaded.order_by(ExamSitting.starts_at)).unique())


def next_sitting(session: Session, person_id: int, quiz_id: str, since: datetime) -> ExamSitting | None:
    """The next planned start of an exam at which somebody is expected."""
    query = (
        select(ExamSitting)
        .join(SittingCandidate, SittingCandidate.sitting_id == ExamSitting.id)
        .where(SittingCandidate.person_id == person_id, ExamSitting.quiz_id == quiz_id, ExamSitting.starts_at >= since)
        .order_by(ExamSitting.starts_at)
        .limit(1)
    )
    return session.scalar(query)


def forms_to_prepare(session: Session, since: datetime, until: datetime) -> list[tuple[int, str]]:
    """(person, quiz) of everybody expected at a start between two instants, the nearest start first."""
    rows = session.execute(
        select(SittingCandidate.person_id, ExamSitting.quiz_id)
        .join(ExamSitting, ExamSitting.id == SittingCandidate.sitting_id)
        .where(ExamSitting.starts_at >= since, ExamSitting.starts_at <= until)
        .order_by(ExamSitting.starts_at, SittingCandidate.person_id)
    )
    return list(dict.fromkeys((row[0], row[1]) for row in rows))


def prepared_stamps(session: Session) -> dict[tuple[int, str], str]:
    """(person, quiz) → the facts on which the form rests that was put by."""
    rows = session.execute(select(_FORMS.c.person_id, _FORMS.c.quiz_id, _FORMS.c.stamp))
    return {(row[0], row[1]): row[2] for row in rows}
