"""When an item comes back: the FSRS scheduler, told by mark and certainty how well the item was remembered.

FSRS: the three-component model of memory (difficulty, stability, retrievability) of the `fsrs` package, version 6, with its
published default weights. Nothing here draws a random number, and every instant is an argument in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fsrs import Card, Rating, Scheduler, State

CERTAINTIES = ("sure", "fairly_sure", "unsure")
AGAIN_AFTER = timedelta(minutes=10)
"""What was not right comes back the same day, once the explanation has left the eye."""
LONGEST_DAYS = 365
"""Knowledge that keeps people safe is looked at once a year at least, however well it is known."""
_SCHEDULER = Scheduler(
    learning_steps=(AGAIN_AFTER,), relearning_steps=(AGAIN_AFTER,), maximum_interval=LONGEST_DAYS, enable_fuzzing=False
)
_NO_CARD = 0  # FSRS names its cards; ours are named by person and item


@dataclass(frozen=True, slots=True)
class Memory:
    """What FSRS knows of one person and one item (stability in days, difficulty 1 to 10), and the answers it rests on."""

    state: int
    step: int | None
    stability: float
    difficulty: float
    due_at: datetime
    first_answered_at: datetime
    answered_at: datetime
    answers: int
    sure_and_wrong: bool
    """Whether the newest answer was given as sure and was not right."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer as the schedule reads it."""

    right: bool
    certainty: str | None
    at: datetime


def rating_of(*, right: bool, certainty: str | None) -> Rating:
    """How well the item was remembered. Right means the full mark and nothing dangerous: half remembered is not remembered.

    Without a certainty a right answer is Good, FSRS's own word for a plain success: silence says neither that it was hard
    (which would bring the item back early) nor that it was easy (which would put it off for long).
    """
    if not right:
        return Rating.Again
    return {"unsure": Rating.Hard, "sure": Rating.Easy}.get(certainty or "", Rating.Good)


def remember(before: Memory | None, answered: Answered) -> Memory:
    """The memory after one more answer."""
    at = answered.at.astimezone(UTC)
    card, _ = _SCHEDULER.review_card(_card(before, at), rating_of(right=answered.right, certainty=answered.certainty), at)
    if card.stability is None or card.difficulty is None:
        raise ValueError("FSRS left a reviewed card without stability or difficulty.")
    return Memory(
        state=card.state.value,
        step=card.step,
        stability=card.stability,
        difficulty=card.difficulty,
        due_at=card.due,
        first_answered_at=before.first_answered_at if before is not None else at,
        answered_at=at,
        answers=(before.answers if before is not None else 0) + 1,
        sure_and_wrong=not answered.right and answered.certainty == "sure",
    )


def replay(answers: Iterable[Answered]) -> Memory | None:
    """The memory that a history of answers leaves, the oldest first; None for no answers."""
    memory = None
    for answered in answers:
        memory = remember(memory, answered)
    return memory


def retrievability(memory: Memory, at: datetime) -> float:
    """The probability, 0 to 1, that the item is remembered at an instant; it counts whole days since the newest answer."""
    return _SCHEDULER.get_card_retrievability(_card(memory, at), at.astimezone(UTC))


def _card(memory: Memory | None, at: datetime) -> Card:
    """Every field is given: FSRS would otherwise look at the clock."""
    if memory is None:
        return Card(card_id=_NO_CARD, state=State.Learning, step=0, due=at)
    return Card(
        card_id=_NO_CARD,
        state=State(memory.state),
        step=memory.step,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=memory.due_at,
        last_review=memory.answered_at,
    )
