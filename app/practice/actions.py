"""Practise: begin a session, show an item, answer it once, end; what an exam assigns; one's own notes.

Showing, answering and noting write no audit event: the sessions and their append-only answers are the record of learning,
and a trail of what somebody noted for themselves is nobody's business.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.audit.actions import Event, record
from app.bank.models import Item, ItemVersion
from app.bank.queries import parse_stored, published_contents
from app.domain.canonical import canonical_bytes
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.items import Answer, Case, ItemContent, Mark, Variant, make_variant, parse_answer, presentation, score
from app.domain.permissions import SYSTEM, Actor
from app.domain.practice import CERTAINTIES, Answered, Day, Line, assigned_hazards, remember, step_s, time_is_used
from app.practice.models import PracticeAnswer, PracticeAssignment, PracticeCard, PracticeNote, PracticeSession
from app.practice.queries import (
    agenda_of,
    find_answer,
    find_note,
    find_open_session,
    is_withdrawn,
    memory_of,
    published_by_hazard,
)

NOTE_MOST = 2000


@dataclass(frozen=True, slots=True)
class Chance:
    """What a showing needs of chance: the dice that shuffle its options, and a token that names it."""

    rng: random.Random
    op_id: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a browser posts: the showing it answers, how its answer reads for a type of item, and whether a case is broken off."""

    op_id: str
    read: Callable[[str], Any]
    """Type of the item → answer in display keys; the type is known once the showing is."""
    certainty: str | None = None
    finish: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """Either the number of the stored answer; or, of a case that goes on, what was done so far."""

    number: int | None
    taken: Answer | None = None


def start_session(session: Session, *, person: Person, day: Day, chance: Chance, now: datetime) -> PracticeSession:
    """Begin five minutes with the first item; one that is open is gone on with. Raises Conflict if nothing can be practised."""
    open_one = find_open_session(session, person.id)
    if open_one is not None:
        return open_one
    lines = agenda_of(session, person.id, day=day, now=now).lines
    if not lines:
        raise Conflict("Nothing can be practised now. The practice page says when the next item comes back.")
    found = PracticeSession(person_id=person.id, started_at=now, touched_at=now, used_s=0, shown_count=0)
    _show(session, found, lines[0], chance, now)
    session.add(found)
    person_id = person.id
    try:
        session.flush()
    except IntegrityError:  # another window began one in the same moment
        session.rollback()
        standing = find_open_session(session, person_id)
        if standing is None:
            raise
        return standing
    actor = Actor(person.id, person.printed_name)
    record(
        session, stream=f"person:{person.id}", act="practice.started", actor=actor, now=now, facts={"practice_session": found.id}
    )
    return found


def _show(session: Session, practice: PracticeSession, line: Line, chance: Chance, now: datetime) -> None:
    content = parse_stored(session.scalars(select(ItemVersion.content).where(ItemVersion.id == line.item.version_id)).one())
    show_version(practice, line.item.version_id, make_variant(content, chance.rng), why=line.why, op_id=chance.op_id, now=now)


def show_version(practice: PracticeSession, version_id: int, variant: Variant, *, why: str, op_id: str, now: datetime) -> None:
    """Let a session show one version in one variant, from now on."""
    practice.shown_count += 1
    practice.shown_op_id, practice.shown_version_id, practice.shown_why, practice.shown_at = op_id, version_id, why, now
    practice.shown_variant = canonical_bytes(variant.to_json()).decode()


def show_next(session: Session, *, session_id: int, person_id: int, day: Day, chance: Chance, now: datetime) -> PracticeSession:
    """Show the next item once the one before is answered or withdrawn; after five minutes, or with nothing left, it ends."""
    practice = _lock(session, session_id, person_id)
    if practice.ended_at is not None or _waits_for_an_answer(session, practice):
        return practice
    _use_time(practice, now)
    if time_is_used(practice.used_s):
        return _end(practice, "time", now)
    lines = agenda_of(session, person_id, day=day, now=now).lines
    if not lines:
        return _end(practice, "nothing_left", now)
    _show(session, practice, lines[0], chance, now)
    return practice


def end_session(session: Session, *, session_id: int, person_id: int, now: datetime) -> PracticeSession:
    """End a session for its person; what was answered stays, the item that is open is not counted."""
    practice = _lock(session, session_id, person_id)
    if practice.ended_at is None:
        _use_time(practice, now)
        _end(practice, "person", now)
    return practice


def _lock(session: Session, session_id: int, person_id: int) -> PracticeSession:
    query = select(PracticeSession).where(PracticeSession.id == session_id, PracticeSession.person_id == person_id)
    practice = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if practice is None:
        raise NotFound("There is no such practice session of yours.")
    return practice


def _waits_for_an_answer(session: Session, practice: PracticeSession) -> bool:
    if practice.shown_version_id is None or find_answer(session, practice.id, practice.shown_count) is not None:
        return False
    return not is_withdrawn(session, practice.shown_version_id)


def _use_time(practice: PracticeSession, now: datetime) -> None:
    practice.used_s += step_s(practice.touched_at, now)
    practice.touched_at = now


def _end(practice: PracticeSession, by: str, now: datetime) -> PracticeSession:
    practice.ended_at, practice.ended_by = now, by
    practice.shown_op_id = practice.shown_version_id = practice.shown_variant = None
    practice.shown_why = practice.shown_at = None
    return practice


def answer_item(session: Session, *, session_id: int, person_id: int, given: Given, now: datetime) -> Reply:
    """Mark the answer to the item that is shown and store it once; the same showing answered again gets the first answer.

    The session's row is locked first, so that two windows follow each other. A case is stored at its end, or where it is
    broken off; until then nothing is written, and the reply carries what was done so far.
    """
    practice = _lock(session, session_id, person_id)
    earlier = session.scalar(
        select(PracticeAnswer.number).where(PracticeAnswer.session_id == session_id, PracticeAnswer.op_id == given.op_id)
    )
    if earlier is not None:
        return Reply(earlier)
    version, state = _shown_version(session, practice, given.op_id)
    if state != "published":
        raise Conflict("This item was withdrawn in the meantime. Nothing was counted; go on with the next one.")
    content, variant = parse_stored(version.content), Variant.from_json(json.loads(practice.shown_variant or "{}"))
    answer = _read(content, variant, given)
    if isinstance(content, Case) and not given.finish and not _has_ended(content, variant, answer):
        return Reply(None, answer)
    mark = score(content, variant, answer)
    session.add(_row(practice, version, answer, given.certainty, mark, now))
    _remember(session, person_id, content.id, Answered(_is_right(mark), given.certainty, now))
    _use_time(practice, now)
    session.flush()
    return Reply(practice.shown_count)


def _shown_version(session: Session, practice: PracticeSession, op_id: str) -> tuple[ItemVersion, str]:
    """The version that is shown, with the state of its item; refused if the page is of another showing."""
    if practice.shown_version_id is None or op_id != practice.shown_op_id:
        raise Conflict(
            "This page is out of date: another item is shown now, or the session has ended. Go on from the practice page."
        )
    query = select(ItemVersion, Item.state).join(Item, Item.id == ItemVersion.item_id)
    version, state = session.execute(query.where(ItemVersion.id == practice.shown_version_id)).one()
    return version, state


def _read(content: ItemContent, variant: Variant, given: Given) -> Answer:
    if given.certainty is not None and given.certainty not in CERTAINTIES:
        raise InvalidInput([("certainty", "Choose how sure you are from the three, or leave it open.")])
    answer = parse_answer(content, variant, given.read(content.type))
    if answer is None:
        raise InvalidInput([("answer", "Give an answer first. If you do not know, choose what seems likeliest and say Unsure.")])
    return answer


def _has_ended(content: ItemContent, variant: Variant, answer: Answer) -> bool:
    patient = presentation(content, variant, answer).patient
    return patient is not None and patient.ended


def _is_right(mark: Mark) -> bool:
    return mark.points == mark.max_points and not _is_dangerous(mark)


def _is_dangerous(mark: Mark) -> bool:
    return bool(mark.critical_errors) or any(f.kind == "dangerous" for f in mark.findings)


def _row(
    practice: PracticeSession, version: ItemVersion, answer: Answer, certainty: str | None, mark: Mark, now: datetime
) -> PracticeAnswer:
    share = Fraction(mark.points) / mark.max_points
    return PracticeAnswer(
        session_id=practice.id, person_id=practice.person_id, number=practice.shown_count, op_id=practice.shown_op_id,
        item_id=version.item_id, item_version_id=version.id, variant=practice.shown_variant,
        payload=canonical_bytes(answer).decode(), certainty=certainty, mark_num=share.numerator, mark_den=share.denominator,
        dangerous=_is_dangerous(mark), critical=bool(mark.critical_errors), shown_at=practice.shown_at, answered_at=now,
    )  # fmt: skip


def _remember(session: Session, person_id: int, item_id: str, answered: Answered) -> None:
    card = session.get(PracticeCard, (person_id, item_id))
    memory = remember(memory_of(card), answered)
    if card is None:
        card = PracticeCard(person_id=person_id, item_id=item_id, first_answered_at=memory.first_answered_at)
        session.add(card)
    card.state, card.step, card.stability, card.difficulty = memory.state, memory.step, memory.stability, memory.difficulty
    card.due_at, card.answered_at, card.answers = memory.due_at, memory.answered_at, memory.answers
    card.sure_and_wrong = memory.sure_and_wrong


def assign_practice(
    session: Session, *, person_id: int, quiz_id: str, attempt_number: int, missed: Collection[str],
    sure_and_wrong: Collection[str], required: bool, now: datetime,
) -> Event | None:  # fmt: skip
    """Assign up to three items of each hazard that an attempt missed; the event to record, None where nothing can be practised.

    What was answered as sure and was wrong comes first. With `required` the exam waits for it.
    """
    published = published_by_hazard(published_contents(session, "practice"))
    hazards = assigned_hazards(missed, sure_and_wrong, published)
    if not hazards:
        return None
    body = [{"hazard": h.hazard, "due": h.due, "first": h.first} for h in hazards]
    found = PracticeAssignment(
        person_id=person_id, quiz_id=quiz_id, attempt_number=attempt_number, hazards=canonical_bytes(body).decode(),
        required=required, assigned_at=now,
    )  # fmt: skip
    session.add(found)
    session.flush()
    facts = {"assignment": found.id, "quiz": quiz_id, "attempt_number": attempt_number, "hazards": len(body), "required": required}
    return Event(f"person:{person_id}", "practice.assigned", SYSTEM, facts)


def write_note(session: Session, *, person_id: int, item_id: str, words: str, now: datetime) -> None:
    """Keep somebody's own note on an item; no words take it away."""
    note = find_note(session, person_id, item_id)
    if len(words) > NOTE_MOST:
        raise InvalidInput([("words", f"Keep a note to {NOTE_MOST} characters.")])
    if not words.strip():
        if note is not None:
            session.delete(note)
        return
    if note is None:
        session.add(PracticeNote(person_id=person_id, item_id=item_id, words=words.strip(), updated_at=now))
    else:
        note.words, note.updated_at = words.strip(), now
