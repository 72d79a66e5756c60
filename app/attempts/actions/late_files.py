"""Take in a file of unsent answers as evidence: appended to the chain, never scored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.attempts.actions.saving import Save, save_answer
from app.attempts.models import Attempt, ResponseRevision
from app.attempts.queries import get_own_attempt
from app.audit.actions import record
from app.domain.errors import InvalidInput, NotAllowed, NotFound
from app.domain.permissions import Actor
from app.formats.unsent_file import UnsentAnswer, UnsentFile

Fate = Literal["taken", "known", "contradicts"]
_ANOTHERS = "This file belongs to an attempt of somebody else. Open the page of the person who sat it and choose it there."


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: the attempt it belongs to, and of each answer whether it is new here."""

    attempt: Attempt
    answers: tuple[tuple[UnsentAnswer, Fate], ...]

    def count(self, fate: Fate) -> int:
        """How many answers met this fate."""
        return sum(found == fate for _, found in self.answers)


def take_late_answers(
    session: Session, *, person_id: int, file: UnsentFile, file_sha256: str, actor: Actor, now: datetime
) -> Taken:  # fmt: skip
    """Append every answer of the file that is not known yet as a late one; the same file again adds nothing.

    All or nothing: an answer that does not fit its item refuses the file. An id that is known with other content is not
    taken and named in the trail: the record that the server made itself stands.
    """
    if actor.id == person_id:
        raise NotAllowed("Nobody brings in answers of their own. Ask another supervisor of your site.")
    attempt = _attempt_of(session, file, person_id)
    known = _known(session, attempt.id, [op.op_id for op in file.ops])
    answers = tuple((op, _take(session, attempt, op, op.op_id in known, now)) for op in file.ops)
    taken = Taken(attempt, answers)
    facts = {"file": file_sha256, **{fate: taken.count(fate) for fate in ("taken", "known", "contradicts")}}
    record(session, stream=f"attempt:{attempt.id}", act="attempt.late_file", actor=actor, now=now, facts=facts)
    return taken


def _attempt_of(session: Session, file: UnsentFile, person_id: int) -> Attempt:
    if file.person != person_id:
        raise InvalidInput(_ANOTHERS)
    try:
        return get_own_attempt(session, file.attempt, person_id)
    except NotFound:
        raise InvalidInput(_ANOTHERS) from None


def _known(session: Session, attempt_id: int, op_ids: Collection[str]) -> frozenset[str]:
    query = select(ResponseRevision.op_id).where(ResponseRevision.attempt_id == attempt_id, ResponseRevision.op_id.in_(op_ids))
    return frozenset(session.scalars(query))


def _take(session: Session, attempt: Attempt, op: UnsentAnswer, known: bool, now: datetime) -> Fate:
    save = Save(op.position, op.base_seq, op.op_id, op.payload, op.certainty, op.client_at)
    try:
        save_answer(session, attempt_id=attempt.id, person_id=attempt.person_id, save=save, now=now, evidence=True)
    except InvalidInput as error:
        if known and error.problems[0][0] == "op_id":
            return "contradicts"
        words = f"The answer to item {op.position} does not fit this exam: {error.problems[0][1]} Nothing was taken in."
        raise InvalidInput(words) from None
    except NotFound:
        raise InvalidInput(f"This attempt has no item {op.position}. Nothing was taken in.") from None
    return "known" if known else "taken"
