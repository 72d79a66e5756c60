"""Start an attempt, close it, grade it. Saving an answer is in saving.py."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.attempts.assigning import assign_missed, refuse_unpractised
from app.attempts.models import Attempt, AttemptItem, AttemptOpening, Grade, GradedItem
from app.attempts.queries import (
    GRACE,
    KeyedPlace,
    allowance_of,
    find_allowance,
    find_grade,
    find_running_attempt,
    find_unused_opening,
    keyed_places,
    retake_rule,
    seen_counts,
    sittings,
)
from app.audit.actions import hold_stream, record
from app.database.failpoints import failpoint
from app.domain.assembly import Form, assemble, pool_needed
from app.domain.canonical import canonical_bytes, digest
from app.domain.chain import GENESIS, link
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.items import ItemContent, make_variant, score
from app.domain.permissions import SYSTEM, Actor, Who, may_sign
from app.domain.retakes import may_start
from app.domain.scoring import Decision, ItemResult, decide
from app.domain.timing import begin, derivation
from app.quizzes.models import QuizVersion
from app.quizzes.queries import get_current_quiz, pool_item, quiz_pool, rules_of
from app.signatures.actions import sign

FIRST_RUN = 1


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


def open_attempt(
    session: Session, *, person: Person, quiz_id: str, site_id: int, words: str, supervisor: Person, who: Who,
    time_zone: str, now: datetime,
) -> AttemptOpening:  # fmt: skip
    """Open one further attempt for somebody with a signed line; never for oneself."""
    if supervisor.id == person.id:
        raise NotAllowed("Nobody acts on their own record.")
    answer = may_sign(who, "supervisor", site_id, at=now)
    if not answer.allowed:
        raise NotAllowed(answer.reason)
    if len(words.strip()) < 10:
        raise InvalidInput([("words", "Write in a line what you talked about and what was agreed (10 characters or more).")])
    _refuse_needless_opening(session, person, quiz_id, time_zone, now)
    signature = sign(
        session, signer=supervisor, meaning="I spoke with this person and open one further attempt",
        subject=f"person:{person.id}", shown={"person": person.id, "quiz": quiz_id, "words": words.strip()},
        shown_sha256=None, now=now, time_zone=time_zone,
    )  # fmt: skip
    opening = AttemptOpening(
        person_id=person.id, quiz_id=quiz_id, opened_by_id=supervisor.id, words=words.strip(), opened_at=now,
        signature_id=signature.id,
    )  # fmt: skip
    session.add(opening)
    session.flush()
    actor = Actor(supervisor.id, supervisor.printed_name)
    facts = {"opening": opening.id, "quiz": quiz_id}
    record(session, stream=f"person:{person.id}", act="attempt.opened", actor=actor, now=now, facts=facts)
    return opening


def _refuse_needless_opening(session: Session, person: Person, quiz_id: str, time_zone: str, now: datetime) -> None:
    """A line speaks of the newest miss: none is signed ahead, and none twice for the same attempt."""
    hold_stream(session, f"person:{person.id}")
    past = sittings(session, person.id, quiz_id, time_zone)
    if find_unused_opening(session, person.id, quiz_id, past) is not None:
        raise Conflict("The next attempt is open already.")
    rule = retake_rule(rules_of(get_current_quiz(session, quiz_id)))
    if not may_start(rule, past, opened=False, now=now).needs_opening:
        raise Conflict("The next attempt at this exam needs no supervisor's line. Nothing was signed.")


def submit_attempt(session: Session, *, attempt: Attempt, read_back: Mapping[int, int], now: datetime) -> None:
    """Close an attempt for its candidate, once the chosen answer of every critical item was read back.

    `read_back` maps a position to the seq of the answer that was confirmed; it must be the newest one.
    """
    failpoint("submit.before_first")
    if now > attempt.deadline_at + GRACE:
        _close(session, attempt.id, by="deadline", at=attempt.deadline_at, actor=SYSTEM, now=now)
        return
    session.execute(select(Attempt.id).where(Attempt.id == attempt.id).with_for_update())  # no save comes between look and close
    failpoint("submit.after_lock")
    places = keyed_places(session, attempt.id)
    open_ones = [
        p.place.position
        for p in places
        if p.content.critical and p.place.answered and read_back.get(p.place.position) != p.place.seq
    ]
    if open_ones:
        numbers = ", ".join(str(n) for n in open_ones)
        raise InvalidInput([("read_back", f"Confirm your answer to item {numbers} below; then submit.")])
    actor = Actor(attempt.person_id, "candidate")
    if not _close(session, attempt.id, by="candidate", at=min(now, attempt.deadline_at), actor=actor, now=now):
        raise Conflict("This attempt is closed already. Its result is on the next page.")


def close_if_due(session: Session, attempt_id: int, *, now: datetime) -> bool:
    """Close an attempt whose time is up; drafts count, and the finish time is the deadline. True if it was closed now."""
    failpoint("deadline.before_first")
    closed = session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state == "open", Attempt.deadline_at < now - GRACE)
        .values(state="closed", closed_at=Attempt.deadline_at, closed_by="deadline")
        .returning(Attempt.revision_count, Attempt.head_sha256, Attempt.closed_at)
    ).one_or_none()
    failpoint("deadline.after_update")
    return _note_closed(session, attempt_id, closed, by="deadline", actor=SYSTEM, now=now)


def _close(session: Session, attempt_id: int, *, by: str, at: datetime, actor: Actor, now: datetime) -> bool:
    closed = session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state == "open")
        .values(state="closed", closed_at=at, closed_by=by)
        .returning(Attempt.revision_count, Attempt.head_sha256, Attempt.closed_at)
    ).one_or_none()
    failpoint("close.after_update")
    return _note_closed(session, attempt_id, closed, by=by, actor=actor, now=now)


def _note_closed(session: Session, attempt_id: int, closed: Any, *, by: str, actor: Actor, now: datetime) -> bool:
    if closed is None:
        return False
    finished_at = closed.closed_at.isoformat()
    facts = {"by": by, "revisions": closed.revision_count, "head": closed.head_sha256, "finished_at": finished_at}
    record(session, stream=f"attempt:{attempt_id}", act="attempt.closed", actor=actor, now=now, facts=facts)
    failpoint("close.after_record")
    return True


def grade_attempt(session: Session, attempt: Attempt, *, now: datetime) -> Grade:
    """Grade a closed attempt once; asking again returns the grade that stands."""
    if attempt.state != "closed":
        raise Conflict("An attempt is graded once it is closed.")
    failpoint("grade.before_first")
    attempt_id = attempt.id
    existing = find_grade(session, attempt_id)
    if existing is not None:
        return existing
    places = keyed_places(session, attempt.id)
    results = [_item_result(p) for p in places]
    decision = decide(rules_of(attempt.quiz_version), results)
    grade = _grade_row(attempt, results, decision, now)
    session.add(grade)
    try:
        session.flush()
    except IntegrityError:  # another window graded it in the same moment
        session.rollback()
        standing = find_grade(session, attempt_id)
        if standing is None:
            raise
        return standing
    failpoint("grade.after_grade")
    session.execute(insert(GradedItem), [_graded_row(grade.id, n, r) for n, r in enumerate(results, start=1)])
    failpoint("grade.after_items")
    facts = {"grade": grade.id, "passed": grade.passed, "critical_errors": grade.critical_errors}
    record(session, stream=f"attempt:{attempt.id}", act="attempt.graded", actor=SYSTEM, now=now, facts=facts)
    assign_missed(session, attempt, places, results, passed=grade.passed, now=now)
    failpoint("grade.after_record")
    return grade


def _item_result(keyed: KeyedPlace) -> ItemResult:
    mark = score(keyed.content, keyed.variant, keyed.place.answer)
    sure_and_wrong = keyed.place.certainty == "sure" and mark.points < mark.max_points and keyed.content.critical
    return ItemResult(
        position=keyed.place.position,
        domain=keyed.content.domain,
        topic=keyed.content.topic,
        mark=mark,
        sure_and_wrong=sure_and_wrong,
    )


def _grade_row(attempt: Attempt, results: list[ItemResult], decision: Decision, now: datetime) -> Grade:
    points = sum((r.mark.points for r in results), Fraction(0))
    return Grade(
        attempt_id=attempt.id,
        run=FIRST_RUN,
        passed=decision.passed,
        points_num=points.numerator,
        points_den=points.denominator,
        max_points=sum(r.mark.max_points for r in results),
        critical_errors=decision.critical_errors,
        decision=json.dumps(decision.to_json(), sort_keys=True),
        reason="first grading",
        graded_at=now,
    )


def _graded_row(grade_id: int, position: int, result: ItemResult) -> dict[str, object]:
    mark = result.mark
    findings = [asdict(f) for f in (*mark.critical_errors, *mark.findings)]
    return {
        "grade_id": grade_id,
        "position": position,
        "points_num": mark.points.numerator,
        "points_den": mark.points.denominator,
        "max_points": mark.max_points,
        "critical_errors": len(mark.critical_errors),
        "findings": json.dumps({"findings": findings, "sure_and_wrong": result.sure_and_wrong}, sort_keys=True),
    }
