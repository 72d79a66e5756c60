"""Start an attempt: draw a form, freeze it, start its clock."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.attempts.actions.assigning import refuse_unpractised
from app.attempts.models import Attempt, AttemptItem
from app.attempts.queries import (
    allowance_of,
    find_allowance,
    find_running_attempt,
    find_unused_opening,
    retake_rule,
    seen_counts,
    sittings,
)
from app.audit.actions import record
from app.database.failpoints import failpoint
from app.domain.assembly import Form, assemble, pool_needed
from app.domain.canonical import canonical_bytes, digest
from app.domain.chain import GENESIS, link
from app.domain.errors import Conflict
from app.domain.items import ItemContent, make_variant
from app.domain.permissions import Actor
from app.domain.retakes import may_start
from app.domain.timing import begin, derivation
from app.quizzes.models import QuizVersion
from app.quizzes.queries import pool_item, quiz_pool, rules_of


def start_attempt(
    session: Session,
    *,
    person: Person,
    quiz_version: QuizVersion,
    seed: str,
    time_zone: str,
    need_review: bool,
    now: datetime,
) -> Attempt:
    """Draw a form, freeze it and start the clock; raises Conflict with the reason and the time if it is too early."""
    failpoint("start.before_first")
    rules = rules_of(quiz_version)
    if rules.mode != "exam":
        raise Conflict("This is practice and no exam. Open Practice from the menu.")
    running = find_running_attempt(session, person.id, quiz_version.quiz_id)
    if running is not None:
        raise Conflict("An attempt at this exam is running. Go on with it from the exam's page.")
    past = sittings(session, person.id, quiz_version.quiz_id, time_zone)
    opening = find_unused_opening(session, person.id, quiz_version.quiz_id, past)
    answer = may_start(retake_rule(rules), past, opened=opening is not None, now=now)
    if not answer.allowed:
        raise Conflict(answer.reason)
    refuse_unpractised(session, person.id, quiz_version.quiz_id)
    seen = seen_counts(session, person.id)
    pool = {v.version_id: v for v in quiz_pool(session, rules, now.date(), need_review=need_review)}
    if len(pool) < pool_needed(rules):
        raise Conflict(f"This exam is not offered yet: {pool_needed(rules) - len(pool)} reviewed items short.")
    rng = random.Random(seed)  # a stored seed, so that a form can be drawn again
    form = assemble(rules.blueprint, [pool_item(v, seen[v.content.id]) for v in pool.values()], rng)
    if not isinstance(form, Form):
        raise Conflict(f"This exam is not offered now: {form.words}")
    attempt = _attempt_row(session, person, quiz_version, len(past) + 1, seed, now)
    attempt.opening_id = opening.id if opening is not None and answer.needs_opening else None
    session.add(attempt)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Conflict("An attempt at this exam was started in another window. Go on with it from the exam's page.") from None
    failpoint("start.after_attempt")
    rows = _frozen_form(attempt, form, {number: v.content for number, v in pool.items()}, rng)
    session.execute(insert(AttemptItem), rows)
    failpoint("start.after_form")
    facts = {"attempt": attempt.id, "quiz": quiz_version.quiz_id, "version": quiz_version.id, "form": digest(rows)}
    actor = Actor(person.id, person.printed_name)
    record(session, stream=f"attempt:{attempt.id}", act="attempt.started", actor=actor, now=now, facts=facts)
    failpoint("start.after_record")
    return attempt


def _frozen_form(attempt: Attempt, form: Form, contents: Mapping[int, ItemContent], rng: random.Random) -> list[dict[str, Any]]:
    """The rows of a form, each with the variant that this person sees."""
    return [
        {
            "attempt_id": attempt.id,
            "position": position,
            "item_id": drawn.item_id,
            "item_version_id": drawn.version_id,
            "variant": canonical_bytes(make_variant(contents[drawn.version_id], rng).to_json()).decode(),
        }
        for position, drawn in enumerate(form.items, start=1)
    ]


def _attempt_row(session: Session, person: Person, version: QuizVersion, ordinal: int, seed: str, now: datetime) -> Attempt:
    """A row whose ordinal follows the attempts that were looked at: one that ended since then makes it collide, not count twice."""
    limit_s, allowance = rules_of(version).time_limit_s, allowance_of(find_allowance(session, person.id))
    timing = begin(limit_s, allowance, now)
    return Attempt(
        person_id=person.id,
        quiz_id=version.quiz_id,
        quiz_version_id=version.id,
        ordinal=ordinal,
        seed=seed,
        started_at=now,
        deadline_at=timing.deadline_at,
        derivation=canonical_bytes(derivation(limit_s, allowance)).decode(),
        break_left_s=timing.break_left_s,
        state="open",
        head_sha256=link(GENESIS, canonical_bytes({"person": person.id, "quiz_version": version.id, "seed": seed})),
    )
