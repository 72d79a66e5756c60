"""Sessions of practice at earlier instants, through the same actions as the pages; the demonstration's past and tests use them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.bank.queries import contents
from app.demonstration.answers import poor_answer, right_answer
from app.domain.items import Variant
from app.domain.practice import day_in
from app.practice.actions import Chance, Given, answer_item, show_next, start_session
from app.practice.models import PracticeSession

ANSWER, READ = timedelta(seconds=35), timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Habit:
    """How somebody practises: how much is right, how sure they are of it, and where dice and tokens come from."""

    rng: Random
    tokens: Callable[[], str]
    zone: str
    right_share: float = 0.75
    certainties: tuple[str, ...] = ("sure", "fairly_sure", "fairly_sure", "unsure")


def practise(session: Session, person: Person, habit: Habit, at: datetime) -> PracticeSession:
    """One session of five minutes, begun at an instant, to its end."""
    now = at
    practice = start_session(session, person=person, day=day_in(habit.zone, now), chance=Chance(habit.rng, habit.tokens()), now=now)
    while practice.ended_at is None:
        now += ANSWER
        answer_item(session, session_id=practice.id, person_id=person.id, given=_given(session, practice, habit), now=now)
        now += READ
        practice = show_next(
            session, session_id=practice.id, person_id=person.id, day=day_in(habit.zone, now),
            chance=Chance(habit.rng, habit.tokens()), now=now,
        )  # fmt: skip
    return practice


def _given(session: Session, practice: PracticeSession, habit: Habit) -> Given:
    if practice.shown_version_id is None or practice.shown_op_id is None or practice.shown_variant is None:
        raise ValueError("An open session shows an item.")
    content = contents(session, [practice.shown_version_id])[practice.shown_version_id]
    variant = Variant.from_json(json.loads(practice.shown_variant))
    make = right_answer if habit.rng.random() < habit.right_share else poor_answer
    wire, sure = make(content, variant), habit.rng.choice(habit.certainties)
    return Given(practice.shown_op_id, lambda _: wire, sure, finish=True)
