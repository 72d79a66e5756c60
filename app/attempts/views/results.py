"""The result of a closed attempt, and its receipt."""

from __future__ import annotations

import json
from typing import Any

from flask import jsonify, redirect, render_template, url_for

from app.attempts import queries
from app.attempts.actions import practice_left_words
from app.attempts.models import Attempt
from app.attempts.views.blueprint import Page, blueprint, close_and_grade, told_in, zone_of
from app.database import db
from app.database.failpoints import failpoint
from app.domain.errors import NotFound
from app.domain.retakes import may_start
from app.quizzes.queries import rules_of
from app.web.access import SIGNED_IN, allow, current_person
from app.web.clockwork import exam_now, now
from app.web.errors import answer as error_answer


@blueprint.get("/attempts/<int:attempt_id>/result")
@allow(SIGNED_IN)
def result(attempt_id: int) -> Page:
    """The decision and the rule that decided, domains, critical errors apart, the receipt."""
    found = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    if not queries.is_over(found, exam_now()):
        return redirect(url_for("attempts.attempt", attempt_id=attempt_id))
    if found.state == "open" or queries.find_grade(db.session, attempt_id) is None:
        close_and_grade(attempt_id)
        failpoint("deadline.before_reply")
        found = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    return _result_page(found)


def _result_page(found: Attempt) -> Page:
    grade = queries.find_grade(db.session, found.id)
    if grade is None:
        return error_answer(503, "This attempt is closed and safe, but it is not graded yet. Load the page again in a minute.")
    decision = json.loads(grade.decision)
    return render_template(
        "attempts/result.html", attempt=found, grade=grade, decision=decision, zone=told_in(found),
        report=queries.released_report(db.session, found, grade), retake=_retake(found),
        practice_left=practice_left_words(db.session, found.person_id, found.quiz_id), next_href=url_for("home.home"),
        validity_months=rules_of(found.quiz_version).validity_months,
    )  # fmt: skip


def _retake(found: Attempt) -> Any:
    rules, zone = rules_of(found.quiz_version), zone_of(found.person_id)
    past = queries.sittings(db.session, found.person_id, found.quiz_id, zone)
    opening = queries.find_unused_opening(db.session, found.person_id, found.quiz_id, past)
    return may_start(queries.retake_rule(rules), past, opened=opening is not None, now=now())


@blueprint.get("/attempts/<int:attempt_id>/receipt")
@allow(SIGNED_IN)
def receipt(attempt_id: int) -> Page:
    """Every revision of a closed attempt in order, so that its holder can compute the chain again."""
    found = queries.get_own_attempt(db.session, attempt_id, current_person().id)
    if found.state != "closed":
        raise NotFound("The receipt is made when the attempt is closed.")
    return jsonify(queries.receipt_of(db.session, found))
