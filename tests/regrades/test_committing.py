"""A regrade is proposed, previewed and committed by two people; grades are appended, and nothing is overwritten."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.accounts.queries import who
from app.attempts.actions import grade_attempt, start_attempt, submit_attempt
from app.attempts.models import Grade, GradedItem
from app.attempts.queries import get_attempt
from app.audit.queries import verify
from app.database import db
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.quizzes.queries import get_current_quiz
from app.regrades.actions import advance_preview, begin_preview, withdraw_regrade
from app.regrades.models import RegradedAttempt, RegradeEvent
from app.regrades.queries import get_proposal, left_over
from tests.clearances.builders import Clinic
from tests.regrades.builders import (
    ITEM,
    attempt_of,
    commit,
    correct,
    count,
    newest_grade,
    position_of,
    preview,
    propose,
    regraded,
    suspend,
)


def rows_of(grade_id: int) -> dict[int, tuple[Any, ...]]:
    found = db.session.query(GradedItem).filter_by(grade_id=grade_id).all()
    return {g.position: (g.points_num, g.points_den, g.max_points, g.critical_errors) for g in found}


def refused(clinic: Clinic, event: RegradeEvent) -> str:
    """The words with which the database refuses an event."""
    with clinic.app.app_context():
        db.session.add(event)
        with pytest.raises(IntegrityError) as caught:
            db.session.flush()
        return str(caught.value.orig)


def test_a_commit_appends_the_next_grade_of_each_attempt_that_moves_and_keeps_the_first(clinic: Clinic) -> None:
    attempt_id = attempt_of(clinic)
    with clinic.act():
        first = newest_grade(attempt_id)
        before, place = (first.id, first.passed, rows_of(first.id)), position_of(clinic, attempt_id)
    regrade_id = regraded(clinic)
    with clinic.act():
        grade = newest_grade(attempt_id)
        assert (grade.run, grade.passed, grade.points_num, grade.max_points) == (2, False, 1, 2)
        assert grade.reason.startswith(f"Regrade {regrade_id}. ")
        rows = rows_of(grade.id)
        assert rows[place] == (0, 1, 1, 0)
        assert {p: r for p, r in rows.items() if p != place} == {p: r for p, r in before[2].items() if p != place}
        old = db.session.get_one(Grade, before[0])
        assert (old.run, old.passed, rows_of(old.id)) == (1, True, before[2])
        assert json.loads(grade.decision)["words"].startswith("Not yet passed")
        assert verify(db.session).clean


def test_everybody_who_answered_is_scored_and_only_they(clinic: Clinic) -> None:
    exams = clinic.count("attempt WHERE quiz_id = 'thorax'")
    grades = clinic.count("grade")
    regraded(clinic)
    assert clinic.count("grade WHERE run = 2") == clinic.count("regraded_attempt") == exams == 3
    assert clinic.count("grade") == grades + exams
    assert clinic.count("graded_item") == 2 * clinic.count("grade")


def test_an_answer_that_becomes_dangerous_is_a_critical_error_of_the_new_grade(clinic: Clinic) -> None:
    regraded(clinic, right="c", dangerous=("a", "b"))
    with clinic.act():
        grade = newest_grade(attempt_of(clinic))
        assert (grade.critical_errors, grade.passed) == (1, False)
        assert "critical error" in json.loads(grade.decision)["words"]


def test_full_marks_to_all_give_back_what_a_wrong_key_took(clinic: Clinic) -> None:
    regraded(clinic, dangerous=("a", "b"))
    attempt_id = attempt_of(clinic)
    clinic.clock.advance(days=1)
    with clinic.act() as session:
        suspend(clinic, session)
        regrade_id = propose(clinic, session, "director", policy="full_marks").id
        preview(clinic, session, regrade_id)
        commit(clinic, session, "admin", regrade_id)
    with clinic.act():
        grade = newest_grade(attempt_id)
        assert (grade.run, grade.passed, grade.critical_errors, grade.pass_held_until) == (3, True, 0, None)


def test_regrading_twice_changes_nothing(clinic: Clinic) -> None:
    regraded(clinic)
    grades = clinic.count("grade")
    with clinic.act() as session:
        again = propose(clinic, session, "director").id
        found = preview(clinic, session, again)
        assert found.preview is not None
        assert (found.preview.affected, found.preview.moved) == (3, 0)
        commit(clinic, session, "admin", again)
    assert clinic.count("grade") == grades
    assert clinic.count(f"regraded_attempt WHERE regrade_id = {again}") == 0


def test_the_proposer_cannot_commit_and_the_database_would_not_let_them(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        regrade = propose(clinic, session, "director")
        preview(clinic, session, regrade.id)
        with pytest.raises(NotAllowed, match="A second person"):
            commit(clinic, session, "director", regrade.id)
        regrade_id, signature = regrade.id, regrade.signature_id
    forced = RegradeEvent(
        regrade_id=regrade_id, proposer_id=clinic.ids["director"], proposed_as="supervisor", kind="committed",
        actor_id=clinic.ids["director"], acted_as="supervisor", preview_sha256="0" * 64, signature_id=signature,
        at=clinic.clock.at,
    )  # fmt: skip
    assert "two_people" in refused(clinic, forced)


def test_two_admins_cannot_commit_without_a_supervisor_and_the_database_would_not_let_them(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        regrade_id = propose(clinic, session, "admin").id
        preview(clinic, session, regrade_id)
        with pytest.raises(NotAllowed, match="one of the two is a supervisor"):
            commit(clinic, session, "partner", regrade_id)
        proposed = get_proposal(session, regrade_id).regrade.signature_id
    forced = RegradeEvent(
        regrade_id=regrade_id, proposer_id=clinic.ids["admin"], proposed_as="admin", kind="committed",
        actor_id=clinic.ids["partner"], acted_as="admin", preview_sha256="0" * 64, signature_id=proposed, at=clinic.clock.at,
    )  # fmt: skip
    assert "a_supervisor" in refused(clinic, forced)
    with clinic.act() as session:
        event = commit(clinic, session, "director", regrade_id)
        assert (event.proposed_as, event.acted_as) == ("admin", "supervisor")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("beginner", "Only an admin or a supervisor"), ("auditor", "Only an admin or a supervisor"),
        ("newcomer", "younger than 24 hours"), ("ready", "Only an admin or a supervisor"),
        ("southern", "people at other sites"), ("nobody", "Only an admin or a supervisor"),
    ],
)  # fmt: skip
def test_whoever_may_not_commit_is_told_why(clinic: Clinic, key: str, words: str) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        regrade_id = propose(clinic, session, "director").id
        preview(clinic, session, regrade_id)
        with pytest.raises(NotAllowed, match=words):
            commit(clinic, session, key, regrade_id)
    assert clinic.count("grade WHERE run > 1") == 0


def test_whoever_gains_by_a_regrade_neither_commits_nor_proposes_it(clinic: Clinic) -> None:
    regraded(clinic)
    with clinic.act() as session:
        correct(session, at=clinic.clock.at, right="a")
        regrade_id = propose(clinic, session, "director").id
        preview(clinic, session, regrade_id)
        with pytest.raises(NotAllowed, match="A result of your own would become better"):
            commit(clinic, session, "senior", regrade_id)
        director = clinic.person(session, "director")
        asked = who(session, director, clinic.clock.at)
        withdraw_regrade(session, regrade_id=regrade_id, reason="Handed on.", actor=director, who=asked, now=clinic.clock.at)
        mine = propose(clinic, session, "senior").id
        preview(clinic, session, mine)
        with pytest.raises(NotAllowed, match="A result of the proposer would become better"):
            commit(clinic, session, "admin", mine)


def test_whoever_only_loses_by_a_regrade_may_commit_it(clinic: Clinic) -> None:
    """Where every supervisor sat the exam, no key could be corrected otherwise."""
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        regrade_id = propose(clinic, session, "admin").id
        preview(clinic, session, regrade_id)
        assert commit(clinic, session, "senior", regrade_id).acted_as == "supervisor"
    with clinic.act():
        assert newest_grade(attempt_of(clinic, "senior")).run == 2


def test_a_preview_that_something_changed_since_is_refused(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        regrade_id = propose(clinic, session, "director").id
        shown = preview(clinic, session, regrade_id).preview
        assert shown is not None
    regraded(clinic, "thorax-2")
    with clinic.act() as session, pytest.raises(Conflict, match="out of date"):
        commit(clinic, session, "admin", regrade_id)
    with clinic.act() as session:
        begin_preview(session, regrade_id, now=clinic.clock.at)
        preview(clinic, session, regrade_id)
        commit(clinic, session, "admin", regrade_id)
    with clinic.act():
        grade = newest_grade(attempt_of(clinic))
        assert (grade.run, grade.points_num, grade.max_points) == (3, 0, 2), "both corrections count"
        assert count(clinic, "regraded_attempt") == 6


def test_a_preview_whose_clearances_changed_since_is_refused(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        regrade_id = propose(clinic, session, "director").id
        preview(clinic, session, regrade_id)
    clinic.granted()
    with clinic.act() as session, pytest.raises(Conflict, match="out of date"):
        commit(clinic, session, "admin", regrade_id)
    assert clinic.count("grade WHERE run > 1") == 0


def test_a_digest_that_was_not_shown_is_refused(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        regrade_id = propose(clinic, session, "director").id
        preview(clinic, session, regrade_id)
        with pytest.raises(Conflict, match="out of date"):
            commit(clinic, session, "admin", regrade_id, shown="0" * 64)


def test_a_preview_whose_lines_were_altered_in_the_database_is_refused(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        regrade_id = propose(clinic, session, "director").id
        preview(clinic, session, regrade_id)
        values = {"old": '"passed":false', "new": '"passed":true'}
        session.execute(text("UPDATE regrade_move SET content = replace(content, :old, :new)"), values)
    with clinic.act() as session, pytest.raises(Conflict, match="out of date"):
        commit(clinic, session, "admin", regrade_id)


def test_an_unfinished_preview_is_not_committed(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        regrade_id = propose(clinic, session, "director").id
        with pytest.raises(Conflict, match="not finished"):
            commit(clinic, session, "admin", regrade_id)
        advance_preview(session, regrade_id, now=clinic.clock.at)
        with pytest.raises(Conflict, match="not finished"):
            commit(clinic, session, "admin", regrade_id)


def test_a_version_that_is_still_drawn_is_not_regraded(clinic: Clinic) -> None:
    with clinic.act() as session:
        regrade_id = propose(clinic, session, "director", policy="full_marks").id
        preview(clinic, session, regrade_id)
        with pytest.raises(Conflict, match="still drawn"):
            commit(clinic, session, "admin", regrade_id)


def test_a_real_installation_needs_a_clinician_to_have_accepted_the_corrected_version(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        regrade_id = propose(clinic, session, "director").id
        preview(clinic, session, regrade_id)
        with pytest.raises(Conflict, match="No clinician has accepted"):
            commit(clinic, session, "admin", regrade_id, need_review=True)


def test_one_regrade_of_an_item_waits_at_a_time_and_withdrawing_it_makes_room(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        first = propose(clinic, session, "director").id
        with pytest.raises(Conflict, match="waits for its second person"):
            propose(clinic, session, "admin")
        person = clinic.person(session, "director")
        asked = who(session, person, clinic.clock.at)
        withdraw_regrade(session, regrade_id=first, reason="Proposed too early.", actor=person, who=asked, now=clinic.clock.at)
        assert get_proposal(session, first).state == "withdrawn"
        second = propose(clinic, session, "admin").id
        with pytest.raises(Conflict, match="withdrawn already"):
            commit(clinic, session, "second", first)
        assert second != first


def test_answers_that_the_corrected_version_could_not_score_are_refused_when_proposed(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at, points=2)
        with pytest.raises(InvalidInput, match="worth 1 points and is worth 2"):
            propose(clinic, session, "director")
    assert clinic.count("regrade") == 0


def test_a_regrade_starts_from_the_newest_grade_so_two_of_them_commute(clinic: Clinic) -> None:
    regraded(clinic, "thorax-1")
    clinic.clock.advance(hours=1)
    regraded(clinic, "thorax-2", dangerous=("a", "b"))
    with clinic.act():
        grade = newest_grade(attempt_of(clinic))
        assert (grade.run, grade.points_num, grade.critical_errors) == (3, 0, 1)
        assert db.session.query(RegradedAttempt).count() == 6


def test_the_notice_of_a_lost_pass_is_neither_prolonged_nor_shortened_by_a_later_regrade(clinic: Clinic) -> None:
    regraded(clinic, "thorax-1", notice_days=28)
    ends = clinic.clock.at + timedelta(days=28)
    clinic.clock.advance(days=3)
    regraded(clinic, "thorax-2", dangerous=("a", "b"), notice_days=0)
    with clinic.act():
        grade = newest_grade(attempt_of(clinic))
        assert (grade.run, grade.pass_held_until) == (3, ends)


def test_an_attempt_that_was_running_is_graded_by_its_own_version_and_listed_as_left_over(clinic: Clinic) -> None:
    with clinic.act() as session:
        attempt = start_attempt(
            session, person=clinic.person(session, "beginner"), quiz_version=get_current_quiz(session, "thorax"), seed="9",
            time_zone="UTC", need_review=False, now=clinic.clock.at,
        )  # fmt: skip
        attempt_id = attempt.id
    regraded(clinic)
    clinic.clock.advance(minutes=5)
    with clinic.act() as session:
        attempt = get_attempt(session, attempt_id)
        submit_attempt(session, attempt=attempt, read_back={}, now=clinic.clock.at)
        session.refresh(attempt)
        grade_attempt(session, attempt, now=clinic.clock.at)
    with clinic.act() as session:
        assert [(found.item_id, found.attempts) for found in left_over(session)] == [(ITEM, 1)]
        again = propose(clinic, session, "director").id
        preview(clinic, session, again)
        commit(clinic, session, "admin", again)
    with clinic.act() as session:
        assert left_over(session) == []
