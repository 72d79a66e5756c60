"""Read practice: what is due, what an exam assigned and what is left of it, progress, one's own sessions and notes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bank.models import Item, ItemVersion
from app.bank.queries import parse_stored, published_contents
from app.catalogue.queries import catalogue_in_force
from app.domain.errors import NotFound
from app.domain.items import DOMAINS, Answer, ItemContent, Presentation, Variant, presentation
from app.domain.practice import Agenda, Day, Memory, Practicable, Progress, Wanted, agenda, hazards_of, still_left
from app.practice.models import PracticeAnswer, PracticeAssignment, PracticeCard, PracticeNote, PracticeSession


@dataclass(frozen=True, slots=True)
class HazardLeft:
    """One hazard that an exam assigned: how many items, how many of them answered since, how many left."""

    hazard: str
    due: int
    left: int
    first: bool

    @property
    def done(self) -> int:
        """How many count as done; never more than were asked for."""
        return self.due - self.left


@dataclass(frozen=True, slots=True)
class Assigned:
    """What one attempt assigned, and what is left of it."""

    quiz_id: str
    attempt_number: int
    assigned_at: datetime
    required: bool
    hazards: tuple[HazardLeft, ...]

    @property
    def left(self) -> tuple[HazardLeft, ...]:
        """The hazards that are not done."""
        return tuple(h for h in self.hazards if h.left)


def find_open_session(session: Session, person_id: int) -> PracticeSession | None:
    """The session that somebody may go on with."""
    return session.scalar(select(PracticeSession).where(PracticeSession.person_id == person_id, PracticeSession.ended_at.is_(None)))


def get_own_session(session: Session, session_id: int, person_id: int) -> PracticeSession:
    """One's own session; anybody else's does not exist."""
    query = select(PracticeSession).where(PracticeSession.id == session_id, PracticeSession.person_id == person_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound("There is no such practice session of yours.")
    return found


def memory_of(card: PracticeCard | None) -> Memory | None:
    """A stored card as the schedule reads it."""
    if card is None:
        return None
    return Memory(
        card.state, card.step, card.stability, card.difficulty, card.due_at, card.first_answered_at, card.answered_at,
        card.answers, card.sure_and_wrong,
    )  # fmt: skip


def agenda_of(session: Session, person_id: int, *, day: Day, now: datetime) -> Agenda:
    """What somebody can practise now, and in which order."""
    contents = published_contents(session, "practice")
    cards = {c.item_id: c for c in session.scalars(select(PracticeCard).where(PracticeCard.person_id == person_id))}
    items = [
        Practicable(content.id, number, hazards_of(content), memory_of(cards.get(content.id)))
        for number, content in contents.items()
    ]
    return agenda(items, _wanted(assigned_to(session, person_id, contents)), day=day, now=now)


def _wanted(found: Iterable[Assigned]) -> list[Wanted]:
    return [Wanted(h.hazard, h.left, h.first, a.assigned_at) for a in found for h in a.left]


def published_by_hazard(contents: Mapping[int, ItemContent]) -> Counter[str]:
    """How many published practice items teach each hazard."""
    return Counter(hazard for content in contents.values() for hazard in hazards_of(content))


def assigned_to(
    session: Session, person_id: int, contents: Mapping[int, ItemContent] | None = None, quiz_id: str | None = None
) -> list[Assigned]:
    """What the newest assigning attempt at each exam (or at one) asks of somebody; an earlier one was done or is replaced.

    An item counts once for each of its hazards from the instant of the assignment on, even if it is withdrawn later.
    """
    newest = (
        select(func.max(PracticeAssignment.attempt_number), PracticeAssignment.quiz_id)
        .where(PracticeAssignment.person_id == person_id)
        .group_by(PracticeAssignment.quiz_id)
        .subquery()
    )
    query = (
        select(PracticeAssignment)
        .join(newest, (newest.c.quiz_id == PracticeAssignment.quiz_id) & (newest.c[0] == PracticeAssignment.attempt_number))
        .where(PracticeAssignment.person_id == person_id)
        .order_by(PracticeAssignment.id)
    )
    rows = list(session.scalars(query if quiz_id is None else query.where(PracticeAssignment.quiz_id == quiz_id)))
    if not rows:
        return []
    published = published_by_hazard(published_contents(session, "practice") if contents is None else contents)
    answered = _answered_since(session, person_id, min(row.assigned_at for row in rows))
    return [_assigned(row, published, answered) for row in rows]


def _answered_since(session: Session, person_id: int, since: datetime) -> list[tuple[str, datetime, tuple[str, ...]]]:
    """(item, when, its hazards) of every answer since an instant."""
    rows = session.execute(
        select(PracticeAnswer.item_id, PracticeAnswer.answered_at, ItemVersion.content)
        .join(ItemVersion, ItemVersion.id == PracticeAnswer.item_version_id)
        .where(PracticeAnswer.person_id == person_id, PracticeAnswer.answered_at >= since)
    )
    return [(item_id, at, hazards_of(parse_stored(content))) for item_id, at, content in rows]


def _assigned(
    row: PracticeAssignment, published: Mapping[str, int], answered: Sequence[tuple[str, datetime, tuple[str, ...]]]
) -> Assigned:
    found = []
    for one in json.loads(row.hazards):
        items = {item_id for item_id, at, hazards in answered if at >= row.assigned_at and one["hazard"] in hazards}
        left = still_left(one["due"], published=published.get(one["hazard"], 0), answered=len(items))
        found.append(HazardLeft(one["hazard"], one["due"], left, one["first"]))
    return Assigned(row.quiz_id, row.attempt_number, row.assigned_at, row.required, tuple(found))


def practice_left(session: Session, person_id: int, quiz_id: str) -> tuple[HazardLeft, ...]:
    """What must be practised before an exam may be sat again."""
    return tuple(h for a in assigned_to(session, person_id, quiz_id=quiz_id) if a.required for h in a.left)


def assigned_hazards(session: Session, person_id: int, quiz_id: str) -> frozenset[str]:
    """The hazards that the newest assignment of an exam names."""
    mine = (PracticeAssignment.person_id == person_id) & (PracticeAssignment.quiz_id == quiz_id)
    newest = session.scalar(select(PracticeAssignment.hazards).where(mine).order_by(PracticeAssignment.id.desc()).limit(1))
    return frozenset() if newest is None else frozenset(entry["hazard"] for entry in json.loads(newest))


def progress_of(session: Session, person_id: int) -> tuple[list[Progress], list[Progress]]:
    """(by domain, by region): right answers out of all of somebody's answers; regions without an answer are left out."""
    is_right = (PracticeAnswer.mark_num == PracticeAnswer.mark_den) & PracticeAnswer.dangerous.is_(False)
    rows = session.execute(
        select(ItemVersion.content, func.count(), func.count().filter(is_right))
        .join(PracticeAnswer, PracticeAnswer.item_version_id == ItemVersion.id)
        .where(PracticeAnswer.person_id == person_id)
        .group_by(ItemVersion.id)
    )
    answers: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for content, count, good in rows:
        item = parse_stored(content)
        for slug in (item.domain, *item.regions):
            answers[slug] += count
            right[slug] += good
    regions = sorted((s for s in answers if s not in DOMAINS), key=lambda slug: (-answers[slug], slug))
    return [Progress(d, right[d], answers[d]) for d in DOMAINS], [Progress(r, right[r], answers[r]) for r in regions]


def shown_of(session: Session, practice: PracticeSession, answer: Answer | None = None) -> Presentation:
    """What a learner may see of the item that is shown: an allow-list, the same whatever the key is."""
    content = parse_stored(session.scalars(select(ItemVersion.content).where(ItemVersion.id == practice.shown_version_id)).one())
    return presentation(content, Variant.from_json(json.loads(practice.shown_variant or "{}")), answer)


def find_answer(session: Session, session_id: int, number: int) -> PracticeAnswer | None:
    """The answer to one showing of a session."""
    query = select(PracticeAnswer).where(PracticeAnswer.session_id == session_id, PracticeAnswer.number == number)
    return session.scalar(query)


def answers_of(session: Session, session_id: int) -> list[tuple[PracticeAnswer, ItemContent]]:
    """Every answer of a session in order, with the content of the version that was answered."""
    rows = session.execute(
        select(PracticeAnswer, ItemVersion.content)
        .join(ItemVersion, ItemVersion.id == PracticeAnswer.item_version_id)
        .where(PracticeAnswer.session_id == session_id)
        .order_by(PracticeAnswer.number)
    )
    return [(answer, parse_stored(content)) for answer, content in rows]


def was_right(answer: PracticeAnswer) -> bool:
    """The full mark and nothing dangerous."""
    return answer.mark_num == answer.mark_den and not answer.dangerous


def is_withdrawn(session: Session, version_id: int) -> bool:
    """Whether the item of a version is no longer published, so that nobody should learn from it."""
    query = select(Item.state).join(ItemVersion, ItemVersion.item_id == Item.id).where(ItemVersion.id == version_id)
    return session.scalar(query) != "published"


def find_card(session: Session, person_id: int, item_id: str) -> PracticeCard | None:
    """The schedule of one item for somebody."""
    return session.get(PracticeCard, (person_id, item_id))


def find_note(session: Session, person_id: int, item_id: str) -> PracticeNote | None:
    """Somebody's own note on an item."""
    return session.get(PracticeNote, (person_id, item_id))


def notes_of(session: Session, person_id: int) -> list[tuple[PracticeNote, ItemContent]]:
    """Somebody's notes, the newest first, each with the item's current content."""
    rows = session.execute(
        select(PracticeNote, ItemVersion.content)
        .join(Item, Item.id == PracticeNote.item_id)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(PracticeNote.person_id == person_id)
        .order_by(PracticeNote.updated_at.desc(), PracticeNote.item_id)
    )
    return [(note, parse_stored(content)) for note, content in rows]


def hazard_names(session: Session) -> dict[str, str]:
    """Hazard → words: complications by their names, domains for the items that teach no single complication."""
    general: dict[str, str] = {domain: f"{domain.capitalize()} in general" for domain in DOMAINS}
    return catalogue_in_force(session).catalogue.names | general
