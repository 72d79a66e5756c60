"""Random sequences of save, stale save, repeat, forgery, extension, break, submit, sweep and grade against a model of a few lines.

The model knows nothing of tables: it holds what a candidate was told. After each act the database must tell the same. Every
sequence begins at one frozen form and is rolled back. DEEP_SEQUENCES sets their number; a small seeded sample otherwise.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from app.attempts.actions import (
    Reply,
    Save,
    begin_break,
    close_if_due,
    end_break,
    extend_attempt,
    grade_attempt,
    save_answer,
    set_allowance,
    submit_attempt,
)
from app.attempts.models import Attempt, Grade, ResponseRevision
from app.attempts.queries import GRACE, keyed_places
from app.domain.errors import Conflict, InvalidInput
from app.domain.items import wire_answer
from app.domain.timing import Allowance
from tests.attempts.sitting import QUIZ, some_answer
from tests.builders import Clinic, start
from tests.clock import START

SEQUENCES = int(os.environ.get("DEEP_SEQUENCES", "25"))
SEED = os.environ.get("DEEP_SEED", "20261128")
ACTS = 25
BREAKS = timedelta(seconds=90)


@dataclass
class Model:
    """What the candidate was told: the answers that count, every operation with its reply, and whether it is over."""

    begun_deadline: datetime
    now: datetime
    critical: frozenset[int]
    given: timedelta = timedelta(0)
    rested: timedelta = timedelta(0)
    break_began: datetime | None = None
    current: dict[int, tuple[int, Any]] = field(default_factory=dict)
    told: dict[str, tuple[Save, Reply]] = field(default_factory=dict)
    closed_at: datetime | None = None
    graded: bool = False

    @property
    def deadline(self) -> datetime:
        """The end at the start, what supervisors gave, and the breaks; one that runs counts whole until it is ended."""
        lent = BREAKS - self.rested if self.break_began is not None else timedelta(0)
        return self.begun_deadline + self.given + self.rested + lent

    def end_break(self) -> None:
        """What was used of the break counts, and no more."""
        if self.break_began is not None:
            self.rested = min(BREAKS, self.rested + (self.now - self.break_began))
            self.break_began = None

    @property
    def takes_saves(self) -> bool:
        """Open, and not later than the grace."""
        return self.closed_at is None and self.now <= self.deadline + GRACE


@dataclass
class Walk:
    """One sequence: the real attempt beside its model."""

    clinic: Clinic
    attempt_id: int
    model: Model
    rng: Random
    answers: dict[int, list[Any]]

    def attempt(self) -> Attempt:
        """As it is stored now."""
        return self.clinic.session.get_one(Attempt, self.attempt_id, populate_existing=True)

    def send(self, save: Save) -> Reply:
        """What the save endpoint does, without the commit."""
        person_id = self.clinic.people["trainee"].id
        return save_answer(self.clinic.session, attempt_id=self.attempt_id, person_id=person_id, save=save, now=self.model.now)

    def save(self) -> None:
        """A save that knows the newest answer, or one that does not."""
        position = self.rng.choice(list(self.answers))
        seq, answer = self.model.current.get(position, (0, None))
        base = seq if self.rng.random() < 0.7 else self.rng.choice([n for n in range(seq + 3) if n != seq])
        wanted = self.rng.choice(self.answers[position])
        op_id = f"op-number-{len(self.model.told):04d}"
        save = Save(position, base, op_id, {"answer": wanted, "struck": [], "flag": False})
        reply = self.send(save)
        if self.model.takes_saves:
            self.model.end_break()
        if not self.model.takes_saves:
            assert reply.outcome == "late"
        elif base != seq:
            assert (reply.outcome, reply.seq) == ("conflict", seq)
            assert (reply.theirs["answer"] if reply.theirs else None) == answer
            assert reply.yours is not None
            assert reply.yours["answer"] == wanted
        else:
            assert (reply.outcome, reply.seq) == ("saved", seq + 1)
            self.model.current[position] = (seq + 1, wanted)
        self.model.told[op_id] = (save, reply)

    def repeat(self) -> None:
        """A reply that got lost: the same bytes again, whatever has happened since, and the same reply."""
        if self.model.told:
            save, reply = self.model.told[self.rng.choice(list(self.model.told))]
            again = self.send(save)
            assert (again.outcome, again.sha256, again.received_at) == (reply.outcome, reply.sha256, reply.received_at)

    def forge(self) -> None:
        """An operation that was answered, sent again with another body."""
        if self.model.told:
            save, _ = self.model.told[self.rng.choice(list(self.model.told))]
            other = next(a for a in self.answers[save.position] if a != save.payload["answer"])
            with pytest.raises(InvalidInput):
                self.send(Save(save.position, save.base_seq, save.op_id, {**save.payload, "answer": other}))

    def submit(self) -> None:
        """With every critical answer read back, or with one forgotten."""
        answered = {p: seq for p, (seq, answer) in self.model.current.items() if answer != {}}
        to_confirm = sorted(self.model.critical & set(answered))
        forgotten = self.rng.choice(to_confirm) if to_confirm and self.rng.random() < 0.7 else None
        read_back = {p: seq for p, seq in answered.items() if p != forgotten}
        model = self.model
        if model.closed_at is None and model.takes_saves and forgotten is not None:
            with pytest.raises(InvalidInput):
                self._submit(read_back)
        elif model.closed_at is not None and model.now <= model.deadline + GRACE:
            with pytest.raises((Conflict, InvalidInput)):
                self._submit(read_back)
        else:
            self._submit(read_back)
            model.closed_at = model.closed_at or min(model.now, model.deadline)

    def _submit(self, read_back: dict[int, int]) -> None:
        submit_attempt(self.clinic.session, attempt=self.attempt(), read_back=read_back, now=self.model.now)

    def sweep(self) -> None:
        """The job that closes what is over."""
        due = self.model.closed_at is None and self.model.now > self.model.deadline + GRACE
        assert close_if_due(self.clinic.session, self.attempt_id, now=self.model.now) == due
        if due:
            self.model.closed_at = self.model.deadline

    def grade(self) -> None:
        """Once closed; twice is once."""
        if self.model.closed_at is None:
            with pytest.raises(Conflict):
                grade_attempt(self.clinic.session, self.attempt(), now=self.model.now)
        else:
            grade_attempt(self.clinic.session, self.attempt(), now=self.model.now)
            self.model.graded = True

    def extend(self) -> None:
        """A supervisor gives some minutes."""
        minutes = self.rng.choice((1, 7))
        clinic, model = self.clinic, self.model

        def act() -> object:
            return extend_attempt(
                clinic.session, attempt_id=self.attempt_id, person_id=clinic.people["trainee"].id,
                person_sites=frozenset({clinic.site.id}), minutes=minutes, reason="Fire alarm in the house",
                supervisor=clinic.people["observer1"], who=clinic.who("observer1", START), now=model.now,
            )  # fmt: skip

        if not model.takes_saves:
            with pytest.raises(Conflict):
                act()
        elif model.given + timedelta(minutes=minutes) > timedelta(hours=2):
            with pytest.raises(InvalidInput):
                act()
        else:
            act()
            model.given += timedelta(minutes=minutes)

    def rest(self) -> None:
        """Begin a break, or go on."""
        model, session, person_id = self.model, self.clinic.session, self.clinic.people["trainee"].id
        running = model.break_began is not None and model.now < model.break_began + BREAKS - model.rested
        if model.takes_saves and (running or self.rng.random() < 0.3):
            end_break(session, attempt_id=self.attempt_id, person_id=person_id, now=model.now)
            model.end_break()
            return
        spent = BREAKS if model.break_began is not None and not running else model.rested
        if not model.takes_saves or running or spent >= BREAKS or model.now > model.deadline:
            with pytest.raises(Conflict), session.begin_nested():
                begin_break(session, attempt_id=self.attempt_id, person_id=person_id, now=model.now)
            return
        begin_break(session, attempt_id=self.attempt_id, person_id=person_id, now=model.now)
        model.end_break()
        model.break_began = model.now

    def wait(self) -> None:
        """A moment, or until about the deadline."""
        until = self.model.deadline - self.model.now
        near = until + timedelta(seconds=self.rng.choice((-1, 0, 10, 11))) if self.rng.random() < 0.15 else timedelta(0)
        self.model.now += max(near, timedelta(seconds=self.rng.randrange(1, 40)))

    def compare(self) -> None:
        """The database tells what the candidate was told, and nothing else."""
        session, model, attempt = self.clinic.session, self.model, self.attempt()
        places = {k.place.position: k for k in keyed_places(session, self.attempt_id)}
        for position, keyed in places.items():
            seq, answer = model.current.get(position, (0, None))
            assert keyed.place.seq == seq
            assert wire_answer(keyed.content, keyed.variant, keyed.place.answer) == (answer or {})
        assert (attempt.state == "closed", attempt.closed_at) == (model.closed_at is not None, model.closed_at)
        assert attempt.deadline_at == model.deadline
        stored = select(func.count()).select_from(ResponseRevision).where(ResponseRevision.attempt_id == self.attempt_id)
        assert session.scalar(stored) == attempt.revision_count == len(model.told)
        grades = select(func.count()).select_from(Grade).where(Grade.attempt_id == self.attempt_id)
        assert session.scalar(grades) == int(model.graded)


MOVES = (Walk.save,) * 8 + (
    Walk.repeat, Walk.forge, Walk.wait, Walk.wait, Walk.submit, Walk.sweep, Walk.grade, Walk.extend, Walk.rest, Walk.rest,
)  # fmt: skip


def test_no_sequence_of_acts_leaves_what_the_candidate_was_told(clinic: Clinic) -> None:
    set_allowance(
        clinic.session, person=clinic.people["trainee"], allowance=Allowance(break_s=int(BREAKS.total_seconds())),
        officer=clinic.people["admin"], who=clinic.who("admin", START), now=START,
    )  # fmt: skip
    attempt = start(clinic, "trainee", QUIZ, START)
    places = [k for k in keyed_places(clinic.session, attempt.id) if k.content.type != "case"]
    answers = {k.place.position: [{}, some_answer(k, 1), some_answer(k, 2)] for k in places}
    critical = frozenset(k.place.position for k in places if k.content.critical)
    attempt_id, deadline = attempt.id, attempt.deadline_at
    clinic.session.commit()
    for number in range(SEQUENCES):
        model = Model(deadline, START, critical)
        walk = Walk(clinic, attempt_id, model, Random(f"{SEED}/{number}"), answers)
        for _ in range(ACTS):
            walk.rng.choice(MOVES)(walk)
            walk.compare()
        clinic.session.rollback()
