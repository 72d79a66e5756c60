"""Named points at which a test may end the process; in production each is one look-up in an empty dictionary."""

from __future__ import annotations

from collections.abc import Callable

NAMES = (
    "answer.before_lock", "answer.after_lock", "answer.before_insert", "answer.after_insert",
    "answer.before_commit", "answer.after_commit", "answer.before_reply",
    "form.before_commit", "form.after_commit", "form.before_reply",
    "start.before_first", "start.after_attempt", "start.after_form", "start.after_record",
    "start.before_commit", "start.after_commit", "start.before_reply",
    "submit.before_first", "submit.after_lock", "submit.before_commit", "submit.after_commit", "submit.before_reply",
    "close.after_update", "close.after_record",
    "deadline.before_first", "deadline.after_update", "deadline.before_commit", "deadline.after_commit", "deadline.before_reply",
    "grade.before_first", "grade.after_grade", "grade.after_items", "grade.after_record",
    "grade.before_commit", "grade.after_commit",
)  # fmt: skip
"""Every name that the app passes, each in one place."""
HOOKS: dict[str, Callable[[], None]] = {}
"""What tests put at a name; nothing in the app ever does."""


def failpoint(name: str) -> None:
    """Pass a named point."""
    hook = HOOKS.get(name)
    if hook is not None:
        hook()
