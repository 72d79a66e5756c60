"""Turn what a browser posts into an answer to a showing, and into a note."""

from __future__ import annotations

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import TextAreaField
from wtforms.validators import Length, Optional

from app.practice.actions import NOTE_MOST, Given
from app.web.answers import answer_from_form


def given_from_form(form: MultiDict[str, str]) -> Given:
    """The answer of a page; its fields are read once the type of the item is known."""
    return Given(
        op_id=form.get("op_id", ""),
        read=lambda item_type: answer_from_form(form, item_type),
        certainty=form.get("certainty") or None,
        finish=form.get("finish") == "1",
    )


class NoteForm(FlaskForm):  # type: ignore[misc]
    """A learner's own note on an item."""

    words = TextAreaField("Your note", [Optional(), Length(max=NOTE_MOST)], description="Only you see it. Name no patient.")
