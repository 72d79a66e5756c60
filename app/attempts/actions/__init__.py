"""What people do in an attempt, and what follows from it."""

from __future__ import annotations

from app.attempts.actions.assigning import practice_left_words
from app.attempts.actions.closing import close_if_due, submit_attempt
from app.attempts.actions.grading import grade_attempt
from app.attempts.actions.late_files import Taken, take_late_answers
from app.attempts.actions.leases import take_lease
from app.attempts.actions.openings import open_attempt
from app.attempts.actions.preparing import AHEAD, plan_sitting, prepare_form
from app.attempts.actions.regrading import NextGrade, append_grades
from app.attempts.actions.saving import CERTAINTIES, Reply, Save, is_lease, save_answer
from app.attempts.actions.starting import start_attempt
from app.attempts.actions.timekeeping import begin_break, end_break, extend_attempt, set_allowance

__all__ = [
    "AHEAD",
    "CERTAINTIES",
    "NextGrade",
    "Reply",
    "Save",
    "Taken",
    "append_grades",
    "begin_break",
    "close_if_due",
    "end_break",
    "extend_attempt",
    "grade_attempt",
    "is_lease",
    "open_attempt",
    "plan_sitting",
    "practice_left_words",
    "prepare_form",
    "save_answer",
    "set_allowance",
    "start_attempt",
    "submit_attempt",
    "take_late_answers",
    "take_lease",
]
