"""Regrades at scale: the preview of 10,000 attempts and its commit, with seconds and statements."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, select

from app.accounts.actions import add_person
from app.accounts.models import Person
from app.accounts.queries import find_person_by_email, get_site, who
from app.attempts.actions import Save, grade_attempt, save_answer, start_attempt, submit_attempt
from app.attempts.models import Attempt, AttemptItem
from app.attempts.queries import keyed_places
from app.bank.actions import publish_version
from app.bank.models import ItemVersion
from app.bank.queries import get_item, parse_stored
from app.database import db
from app.demonstration.answers import right_answer, saves_to
from app.demonstration.clinic import email_of
from app.domain.items import SingleBestAnswer, item_json, parse_item
from app.domain.permissions import SYSTEM
from app.quizzes.queries import get_current_quiz
from app.regrades.actions import Plan, advance_preview, commit_regrade, propose_regrade
from app.regrades.queries import get_proposal
from benchmarks.crowd import crowd

ATTEMPTS = 10_000
QUIZ = "general-safety"


@contextmanager
def counting() -> Iterator[list[int]]:
    """The number of statements that a block sends."""
    seen = [0]

    def note(*_: object) -> None:
        seen[0] += 1

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def timed(act: Callable[[], Any]) -> tuple[Any, float, int]:
    """(what an act answers, its seconds, its statements)."""
    start = time.perf_counter()
    with counting() as seen:
        answer = act()
    return answer, time.perf_counter() - start, seen[0]


def regrades(now: datetime, size: int = ATTEMPTS) -> dict[str, Any]:
    """Correct the key of one item that `size` attempts hold, preview what it changes, and commit it."""
    template, position = _template(now)
    crowd(db.session, template, position, size, site_id=1, now=now - timedelta(days=1))
    item_id = _corrected(template, position, now)
    db.session.commit()
    regrade_id = _proposed(item_id, now)
    longest = 0.0

    def every_step() -> Any:
        nonlocal longest
        while True:
            preview, seconds, _ = timed(lambda: advance_preview(db.session, regrade_id, now=now))
            ready = preview.phase == "ready"
            db.session.commit()
            longest = max(longest, seconds)
            if ready:
                return get_proposal(db.session, regrade_id).preview

    preview, seconds, statements = timed(every_step)
    figures = {
        "attempts": preview.affected, "moved": preview.moved, "preview_s": round(seconds, 1), "statements": statements,
        "longest_step_s": round(longest, 2),
    }  # fmt: skip
    _, seconds, statements = timed(lambda: _commit(regrade_id, preview.sha256, now))
    return {**figures, "commit_s": round(seconds, 1), "commit_statements": statements}


def _person(key: str) -> Person:
    person = find_person_by_email(db.session, email_of(key))
    assert person is not None
    return person


def _template(now: datetime) -> tuple[Attempt, int]:
    """A finished attempt with full marks, and the place of a single-best-answer item in it."""
    at = now - timedelta(days=2)
    person = add_person(
        db.session, email="first@bench.invalid", printed_name="First of many", profession="Physiotherapist", session_key="first",
        actor=SYSTEM, now=at,
    )  # fmt: skip
    attempt = start_attempt(
        db.session, person=person, quiz_version=get_current_quiz(db.session, QUIZ), seed="bench",
        time_zone=get_site(db.session, 1).time_zone, need_review=False, now=at,
    )  # fmt: skip
    for keyed in keyed_places(db.session, attempt.id):
        for seq, answer in enumerate(saves_to(right_answer(keyed.content, keyed.variant))):
            payload = {"answer": answer, "struck": [], "flag": False}
            save = Save(keyed.place.position, seq, f"bench-{keyed.place.position:03d}-{seq}", payload)
            save_answer(db.session, attempt_id=attempt.id, person_id=person.id, save=save, now=at)
    db.session.refresh(attempt)
    places = keyed_places(db.session, attempt.id)
    submit_attempt(db.session, attempt=attempt, read_back={p.place.position: p.place.seq for p in places}, now=at)
    db.session.refresh(attempt)
    grade_attempt(db.session, attempt, now=at)
    position = next(p.place.position for p in places if isinstance(p.content, SingleBestAnswer) and p.content.critical)
    return attempt, position


def _corrected(template: Attempt, position: int, now: datetime) -> str:
    """Publish the item at a place with its key moved to another option; its id."""
    place = db.session.get_one(AttemptItem, (template.id, position))
    content = parse_stored(db.session.get_one(ItemVersion, place.item_version_id).content)
    assert isinstance(content, SingleBestAnswer)
    body, right = item_json(content), next(o for o in content.options if not o.correct and not o.dangerous)
    for option in body["options"]:
        option.pop("correct", None)
        if option["id"] == right.id:
            option["correct"] = True
    publish_version(db.session, parse_item(body), origin="desk", author_id=None, reason="corrected", actor=SYSTEM, now=now)
    found: str = place.item_id
    return found


def _proposed(item_id: str, now: datetime) -> int:
    query = select(ItemVersion).where(ItemVersion.item_id == item_id).order_by(ItemVersion.number)
    *old, new = db.session.scalars(query)
    person = _person("director")
    plan = Plan(get_item(db.session, item_id), old, "new_key", new, "A figure for this benchmark: the key was moved.", 14)
    regrade = propose_regrade(db.session, plan=plan, proposer=person, who=who(db.session, person, now), now=now)
    regrade_id = regrade.id
    db.session.commit()
    return regrade_id


def _commit(regrade_id: int, shown: str, now: datetime) -> None:
    person = _person("admin")
    commit_regrade(
        db.session, regrade_id=regrade_id, shown_sha256=shown, signer=person, who=who(db.session, person, now),
        need_review=False, now=now,
    )  # fmt: skip
    db.session.commit()


def report(now: datetime) -> None:
    """One JSON line."""
    print(json.dumps({"a regrade": regrades(now)}))
