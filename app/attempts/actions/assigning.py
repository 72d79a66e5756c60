"""What an attempt hands on to practice, and the practice that a further attempt waits for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.attempts.models import Attempt
from app.attempts.queries import KeyedPlace
from app.audit.actions import Event
from app.domain.errors import Conflict
from app.domain.practice import hazards_of
from app.domain.scoring import ItemResult
from app.practice.actions import assign_practice
from app.practice.queries import hazard_names, practice_left


def assign_missed(
    session: Session, attempt: Attempt, places: Sequence[KeyedPlace], results: Sequence[ItemResult], *, passed: bool, now: datetime
) -> list[Event]:
    """After a miss every hazard without the full mark is assigned; after a pass only what was sure and wrong, and nothing waits.

    Returns what the caller records.
    """
    pairs = list(zip(places, results, strict=True))
    sure = {h for place, result in pairs if result.sure_and_wrong for h in hazards_of(place.content)}
    missed = {h for place, result in pairs if result.mark.points < result.mark.max_points for h in hazards_of(place.content)}
    harmed = {h for place, result in pairs if result.mark.critical_errors for h in hazards_of(place.content)}
    asked = set() if passed else missed | harmed
    if not asked and not sure:
        return []
    assigned = assign_practice(
        session, person_id=attempt.person_id, quiz_id=attempt.quiz_id, attempt_number=attempt.ordinal, missed=asked,
        sure_and_wrong=sure, required=not passed, now=now,
    )  # fmt: skip
    return [] if assigned is None else [assigned]


def refuse_unpractised(session: Session, person_id: int, quiz_id: str) -> None:
    """Raises Conflict while practice that the last miss assigned is not done."""
    left = practice_left_words(session, person_id, quiz_id)
    if left:
        raise Conflict(f"Do the assigned practice first. Items left: {left}. They wait on the practice page.")


def practice_left_words(session: Session, person_id: int, quiz_id: str) -> str:
    """The items that an exam still waits for, by hazard: `2 on pneumothorax, 1 on stuck needle`; no words where there are none."""
    left = practice_left(session, person_id, quiz_id)
    names = hazard_names(session) if left else {}
    return "; ".join(f"{h.left} on {_inside(names.get(h.hazard, h.hazard))}" for h in left)


def _inside(name: str) -> str:
    """A name in the middle of a sentence."""
    return name[:1].lower() + name[1:]
