"""People who sit exams in a benchmark, and where each stands."""

from __future__ import annotations

import contextvars
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import login_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import func, insert, select

from app.accounts.models import Membership, Person
from app.accounts.queries import find_person_row
from app.accounts.views.sessions import Session
from app.attempts.actions import start_attempt
from app.attempts.queries import keyed_places
from app.database import db
from app.demonstration.answers import right_answer
from app.domain.items import Case
from app.quizzes.queries import get_current_quiz
from app.web.clockwork import now
from app.web.step_up import mark_password

QUIZ = "general-safety"


@dataclass(slots=True)
class Candidate:
    """Somebody with a running attempt, and the right answer (in display keys) to each place that is answered at once."""

    person_id: int
    session_key: str
    attempt_id: int = 0
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)


def newcomers(number: int, site_id: int = 1) -> list[Candidate]:
    """New trainees of a site who have sat nothing yet; committed."""
    taken, by = db.session.scalar(select(func.count()).select_from(Person)) or 0, db.session.scalar(select(func.min(Person.id)))
    rows = [
        {"email": f"taker-{n}@bench.invalid", "printed_name": f"Taker {n:05d}", "session_key": f"key-{n:032d}", "created_at": now()}
        for n in range(taken, taken + number)
    ]
    ids = list(db.session.scalars(insert(Person).returning(Person.id, sort_by_parameter_order=True), rows))
    roles = [{"person_id": i, "site_id": site_id, "role": "trainee", "proposed_by_id": by, "proposed_at": now()} for i in ids]
    db.session.execute(insert(Membership), roles)
    db.session.commit()
    return [Candidate(i, str(row["session_key"])) for i, row in zip(ids, rows, strict=True)]


def sit_down(candidate: Candidate, seed: str, quiz_id: str = QUIZ) -> Candidate:
    """Start an exam for somebody, in this process; committed."""
    attempt = start_attempt(
        db.session, person=db.session.get_one(Person, candidate.person_id), quiz_version=get_current_quiz(db.session, quiz_id),
        seed=seed, time_zone="UTC", need_review=False, now=now(),
    )  # fmt: skip
    candidate.attempt_id = attempt.id
    db.session.commit()
    return learn(candidate)


def learn(candidate: Candidate, *, cases: bool = False) -> Candidate:
    """Note what is right at each place of the attempt; cases, which are answered step by step, only if asked for."""
    places = [p for p in keyed_places(db.session, candidate.attempt_id) if cases or not isinstance(p.content, Case)]
    candidate.answers = {p.place.position: right_answer(p.content, p.variant) for p in places}
    db.session.rollback()
    return candidate


def cookie_of(app: Flask, candidate: Candidate) -> tuple[str, str]:
    """(session cookie, token for forms) of somebody who signed in from this machine, as `login_user` leaves them."""
    person = find_person_row(db.session, candidate.person_id)
    db.session.rollback()
    return contextvars.Context().run(_sign_in, app, person)  # a request of its own, whatever context the benchmark holds


def _sign_in(app: Flask, person: Any) -> tuple[str, str]:
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        session.permanent = True
        login_user(Session(person))
        mark_password(person.id, now())
        token = generate_csrf()
        return signer.dumps(dict(session)), token
