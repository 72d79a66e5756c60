"""Plan a start by several people together, and draw their forms ahead, so that starting draws nothing."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.attempts.actions.assembling import assemble_form
from app.attempts.models import ExamSitting, PreparedForm, SittingCandidate
from app.attempts.queries import stamp_of
from app.audit.actions import record
from app.database import table_of
from app.domain.canonical import canonical_bytes
from app.domain.errors import InvalidInput, NotAllowed
from app.domain.permissions import Actor, Who
from app.domain.quiz import Quiz as QuizRules

AHEAD = timedelta(hours=24)
"""How long before a planned start its forms are drawn."""
MOST_CANDIDATES = 400
_CANDIDATES, _FORMS = table_of(SittingCandidate), table_of(PreparedForm)


def plan_sitting(
    session: Session, *, quiz_id: str, site_id: int, starts_at: datetime, candidates: Collection[int], members: Collection[int],
    supervisor: Person, who: Who, now: datetime,
) -> ExamSitting:  # fmt: skip
    """Plan a start for members of one's own site; it reserves nothing and closes nothing."""
    if site_id not in who.sites_as("supervisor"):
        raise NotAllowed("Only a supervisor of this site plans a start here.")
    problems = []
    if not now < starts_at <= now + timedelta(days=366):
        problems.append(("starts_at", "Choose an instant from now to a year ahead."))
    if not candidates or len(candidates) > MOST_CANDIDATES or not set(candidates) <= set(members):
        problems.append(("candidates", f"Choose 1 to {MOST_CANDIDATES} people of this site."))
    if problems:
        raise InvalidInput(problems)
    sitting = ExamSitting(quiz_id=quiz_id, site_id=site_id, starts_at=starts_at, planned_by_id=supervisor.id, planned_at=now)
    session.add(sitting)
    session.flush()
    session.execute(insert(_CANDIDATES), [{"sitting_id": sitting.id, "person_id": p} for p in sorted(set(candidates))])
    facts = {"sitting": sitting.id, "quiz": quiz_id, "people": len(set(candidates))}
    actor = Actor(supervisor.id, supervisor.printed_name)
    record(session, stream=f"site:{site_id}", act="sitting.planned", actor=actor, now=now, facts=facts)
    return sitting


def prepare_form(
    session: Session, *, person_id: int, version_id: int, rules: QuizRules, seed: str, on: date, need_review: bool, now: datetime
) -> None:
    """Draw a person's next form of a quiz and put it by; one drawn earlier is replaced. Raises Conflict if none can be made."""
    stamp = stamp_of(session, person_id, version_id, on, need_review=need_review)
    rows = assemble_form(session, person_id, rules, seed, on=on, need_review=need_review)
    _drop(session, person_id, rules.id)
    session.execute(
        insert(_FORMS),
        {
            "person_id": person_id, "quiz_id": rules.id, "seed": seed, "stamp": stamp, "rows": canonical_bytes(rows).decode(),
            "prepared_at": now,
        },
    )  # fmt: skip


def take_prepared(session: Session, person_id: int, quiz_id: str, stamp: str) -> tuple[str, list[dict[str, Any]]] | None:
    """(seed, rows) of the form that was put by, if the facts are still the same; it is taken away, whatever they are."""
    gone = delete(_FORMS).where(_FORMS.c.person_id == person_id, _FORMS.c.quiz_id == quiz_id)
    found = session.execute(gone.returning(_FORMS.c.seed, _FORMS.c.stamp, _FORMS.c.rows)).one_or_none()
    if found is None or found.stamp != stamp:
        return None
    return found.seed, json.loads(found.rows)


def _drop(session: Session, person_id: int, quiz_id: str) -> None:
    session.execute(delete(_FORMS).where(_FORMS.c.person_id == person_id, _FORMS.c.quiz_id == quiz_id))
