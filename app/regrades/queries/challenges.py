"""Challenges of items: the place that is challenged, what waits for an answer, what was answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.attempts.models import Attempt, AttemptItem, Grade
from app.bank.models import ItemVersion
from app.domain.errors import NotFound
from app.practice.queries import find_answer
from app.quizzes.models import QuizVersion
from app.regrades.models import Acknowledgement, Challenge, ChallengeAnswer

CLOSED_ID = "-"
"""Stands in addresses for the id of an exam item, which would tell its candidate more than the review of the exam does."""
VERDICT_WORDS = {"upheld": "Upheld", "not_upheld": "Not upheld"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody met an item: a place of their own closed attempt, or an answer of their own practice."""

    item_id: str
    version_id: int
    number: int
    """The item's position in the attempt, or the answer's number in the session."""
    at: datetime
    """When the attempt closed, or the answer was given."""
    attempt_id: int | None = None
    session_id: int | None = None
    quiz_title: str = ""

    @property
    def position(self) -> int | None:
        """The position in the attempt; None in practice."""
        return None if self.attempt_id is None else self.number


def own_place(session: Session, person_id: int, item_id: str, attempt_id: int, position: int) -> Place:
    """A place of one's own graded attempt; anything else does not exist, an exam item by its id neither."""
    graded = select(Grade.id).where(Grade.attempt_id == Attempt.id).exists()
    row = session.execute(
        select(AttemptItem.item_id, AttemptItem.item_version_id, ItemVersion.pool, QuizVersion.title, Attempt.closed_at)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .join(QuizVersion, QuizVersion.id == Attempt.quiz_version_id)
        .where(AttemptItem.attempt_id == attempt_id, AttemptItem.position == position)
        .where(Attempt.person_id == person_id, Attempt.state == "closed", graded)
    ).one_or_none()
    wanted = CLOSED_ID if row is not None and row.pool == "exam" else row.item_id if row is not None else ""
    if row is None or item_id != wanted:
        raise NotFound("There is no such item in a finished attempt of yours.")
    return Place(row.item_id, row.item_version_id, position, row.closed_at, attempt_id=attempt_id, quiz_title=row.title)


def own_practice(session: Session, person_id: int, item_id: str, session_id: int, number: int) -> Place:
    """An answer of one's own practice, whose key is open to whoever gave it; anything else does not exist."""
    answer = find_answer(session, session_id, number)
    if answer is None or answer.person_id != person_id or answer.item_id != item_id:
        raise NotFound("There is no such answer in a practice session of yours.")
    return Place(item_id, answer.item_version_id, number, answer.answered_at, session_id=session_id)


@dataclass(frozen=True, slots=True)
class Challenged:
    """A challenge and its answer, if there is one."""

    challenge: Challenge
    answer: ChallengeAnswer | None


def get_challenge(session: Session, challenge_id: int) -> Challenged:
    """One challenge; raises NotFound."""
    challenge = session.get(Challenge, challenge_id, options=[joinedload(Challenge.version)])
    if challenge is None:
        raise NotFound("There is no such challenge.")
    return _with_answers(session, [challenge])[0]


def challenge_of(session: Session, person_id: int, version_id: int) -> Challenged | None:
    """What a person said of a version, if anything."""
    found = session.scalar(select(Challenge).where(Challenge.person_id == person_id, Challenge.version_id == version_id))
    return None if found is None else _with_answers(session, [found])[0]


def said_of(session: Session, person_id: int, place: Place) -> Challenged | None:
    """What a person said of the version at a place, or what they said of another version and still waits for its answer."""
    waiting = open_challenge(session, person_id, place.item_id)
    found = challenge_of(session, person_id, place.version_id)
    return found or (None if waiting is None else Challenged(waiting, None))


def list_challenges(session: Session, *, waiting: bool) -> list[Challenged]:
    """Challenges that wait for an answer, the oldest first; or the answered ones, the newest first."""
    answered = select(ChallengeAnswer.challenge_id)
    query = select(Challenge).options(joinedload(Challenge.version))
    if waiting:
        rows = session.scalars(query.where(Challenge.id.not_in(answered)).order_by(Challenge.id))
    else:
        rows = session.scalars(query.where(Challenge.id.in_(answered)).order_by(Challenge.id.desc()).limit(100))
    return _with_answers(session, list(rows))


def _with_answers(session: Session, challenges: list[Challenge]) -> list[Challenged]:
    query = select(ChallengeAnswer).where(ChallengeAnswer.challenge_id.in_([c.id for c in challenges]))
    whole = (joinedload(ChallengeAnswer.regrade), joinedload(ChallengeAnswer.version), joinedload(ChallengeAnswer.answered_by))
    answers = {a.challenge_id: a for a in session.scalars(query.options(*whole))}
    return [Challenged(c, answers.get(c.id)) for c in challenges]


def challenges_waiting(session: Session) -> int:
    """How many challenges wait for an answer."""
    answered = select(ChallengeAnswer.challenge_id)
    return session.scalar(select(func.count()).select_from(Challenge).where(Challenge.id.not_in(answered))) or 0


def open_challenge(session: Session, person_id: int, item_id: str) -> Challenge | None:
    """A person's challenge of an item that waits for its answer."""
    answered = select(ChallengeAnswer.challenge_id)
    return session.scalar(
        select(Challenge).where(Challenge.person_id == person_id, Challenge.item_id == item_id, Challenge.id.not_in(answered))
    )


def made_within(session: Session, person_id: int, span: timedelta, now: datetime) -> int:
    """How many challenges a person made lately."""
    query = select(func.count()).select_from(Challenge).where(Challenge.person_id == person_id, Challenge.made_at > now - span)
    return session.scalar(query) or 0


def count_of_item(session: Session, person_id: int, item_id: str) -> int:
    """How often a person challenged an item, in all its versions."""
    query = select(func.count()).select_from(Challenge)
    return session.scalar(query.where(Challenge.person_id == person_id, Challenge.item_id == item_id)) or 0


def unseen_answers(session: Session, person_id: int) -> list[Challenged]:
    """Answers to a person's challenges of which they have not taken note."""
    seen = select(Acknowledgement.reference).where(Acknowledgement.person_id == person_id, Acknowledgement.kind == "challenge")
    query = (
        select(Challenge)
        .join(ChallengeAnswer, ChallengeAnswer.challenge_id == Challenge.id)
        .where(Challenge.person_id == person_id, Challenge.id.not_in(seen))
        .order_by(Challenge.id)
    )
    return _with_answers(session, list(session.scalars(query)))


def writers_of(version: ItemVersion) -> frozenset[int]:
    """Everybody who wrote on a version or published it."""
    return frozenset({version.author_id, *json.loads(version.editor_ids)} - {None})
