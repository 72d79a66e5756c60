"""Turn what a browser posts into a save; the same for a form post and for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.accounts.forms import SigningForm
from app.attempts.actions import Save, is_lease
from app.domain.errors import InvalidInput
from app.domain.timing import MOST_BREAK_S, MOST_EXTENSION_S, MOST_EXTRA_S, MULTIPLIERS, Allowance
from app.web.answers import answer_from_form, typed_answer
from app.web.choices import Checkboxes, choices
from app.web.numbers import whole_number


def save_from_form(position: int, form: MultiDict[str, str], item_type: str) -> Save:
    """The save of a page without script: one field for each part of the answer."""
    payload = {
        "answer": answer_from_form(form, item_type),
        "struck": form.getlist("strike"),
        "flag": form.get("flag") == "1",
    }
    return Save(
        position=position,
        base_seq=_whole(form.get("base_seq")),
        op_id=form.get("op_id", ""),
        payload=payload,
        certainty=form.get("certainty") or None,
        lease=form.get("lease") or None,
    )


@dataclass(frozen=True, slots=True)
class Typed:
    """What a refused form post held, to be shown again as it was."""

    answer: dict[str, Any]
    struck: tuple[str, ...]
    flagged: bool
    certainty: str | None


def typed_in(form: MultiDict[str, str]) -> Typed:
    """The fields of a form post, whether or not they make an answer."""
    answer = typed_answer(form)
    certainty = form.get("certainty")
    return Typed(answer, tuple(form.getlist("strike")), form.get("flag") == "1", certainty or None)


def _whole(text: str | None) -> int:
    number = whole_number(text)
    if number is None:
        raise InvalidInput([("base_seq", "The page is out of date. Load it again; your last saved answer is kept.")])
    return number


def save_from_json(position: int, body: object) -> Save:
    """The save of the page's script: `{base_seq, op_id, payload, certainty, client_at, lease}`."""
    if not isinstance(body, Mapping):
        raise InvalidInput([("", "Send a JSON object.")])
    unknown = set(body) - {"base_seq", "op_id", "payload", "certainty", "client_at", "lease"}
    if unknown:
        raise InvalidInput([(sorted(map(str, unknown))[0], "This field is not known here.")])
    base_seq, op_id, payload = body.get("base_seq"), body.get("op_id"), body.get("payload")
    if not isinstance(base_seq, int) or isinstance(base_seq, bool):
        raise InvalidInput([("base_seq", "Send a whole number.")])
    if not isinstance(op_id, str):
        raise InvalidInput([("op_id", "Send a text of 8 to 64 characters.")])
    if not isinstance(payload, Mapping):
        raise InvalidInput([("payload", "Send an object with answer, struck and flag.")])
    certainty = body.get("certainty")
    if certainty is not None and not isinstance(certainty, str):
        raise InvalidInput([("certainty", "Send a word or nothing.")])
    return Save(position, base_seq, op_id, payload, certainty, _instant(body.get("client_at")), _lease(body.get("lease")))


def _lease(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InvalidInput([("lease", "Send the name of this copy of the page, or nothing.")])
    return value


def lease_from_json(body: object) -> str:
    """The one field of a take-over: `{lease}`."""
    found = body.get("lease") if isinstance(body, Mapping) and set(body) == {"lease"} else None
    if not isinstance(found, str) or not is_lease(found):
        raise InvalidInput([("lease", "Send 16 to 64 letters, digits or hyphens: the name of this copy of the page.")])
    return found


def _instant(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not 1900 <= instant.year <= 2200:
        raise InvalidInput([("client_at", "Send an instant with its offset, like 2027-03-03T10:42:07+00:00.")])
    return instant


def read_back_from_form(form: MultiDict[str, str]) -> dict[int, int]:
    """Position → seq of each critical answer that was confirmed."""
    found = {}
    for key, value in form.items():
        position, seq = whole_number(key.removeprefix("read-back-")), whole_number(value)
        if key.startswith("read-back-") and position is not None and seq is not None:
            found[position] = seq
    return found


class OpeningForm(SigningForm):
    """A supervisor's line that opens one further attempt."""

    words = TextAreaField("What you talked about", [DataRequired("Fill this in."), Length(min=10, max=500)])


MULTIPLIER_WORDS = {"1": "The usual time", "5/4": "A quarter more", "3/2": "Half as much again", "2": "Twice", "3": "Three times"}


class ExamTimeForm(FlaskForm):  # type: ignore[misc]
    """What a person gets beyond an exam's limit."""

    multiplier = RadioField(
        "Time to work in", [DataRequired("Choose one.")], default="1",
        choices=choices((str(m), MULTIPLIER_WORDS[str(m)]) for m in MULTIPLIERS),
    )  # fmt: skip
    extra = IntegerField(
        "Minutes on top", [InputRequired("Enter 0 or more."), NumberRange(0, MOST_EXTRA_S // 60, "Give 0 to %(max)s minutes.")],
        default=0,
    )  # fmt: skip
    breaks = IntegerField(
        "Minutes of breaks", [InputRequired("Enter 0 or more."), NumberRange(0, MOST_BREAK_S // 60, "Give 0 to %(max)s minutes.")],
        default=0, description="The clock stands still while a break is taken; the items are hidden meanwhile.",
    )  # fmt: skip

    def show(self, allowance: Allowance) -> None:
        """Fill the form with what is set."""
        self.multiplier.data, self.extra.data, self.breaks.data = (
            str(allowance.multiplier),
            allowance.extra_s // 60,
            allowance.break_s // 60,
        )


class MoreTimeForm(FlaskForm):  # type: ignore[misc]
    """An extension of a running attempt."""

    minutes = IntegerField(
        "Minutes more", [InputRequired("Enter the minutes."), NumberRange(1, MOST_EXTENSION_S // 60, "Give 1 to %(max)s minutes.")]
    )
    reason = StringField(
        "Why", [DataRequired("Write in a line why."), Length(min=10, max=300)],
        description="For example: fire alarm, all left the room.",
    )  # fmt: skip


class SittingForm(FlaskForm):  # type: ignore[misc]
    """A start that several people plan together."""

    quiz_id = SelectField("Exam", [DataRequired("Choose an exam.")])
    day = DateField("Day", [InputRequired("Enter the day.")])
    time = TimeField("Time", [InputRequired("Enter the time.")])
    candidates = Checkboxes("Who", [DataRequired("Choose at least one person.")], coerce=int)


class LateFileForm(FlaskForm):  # type: ignore[misc]
    """A file of unsent answers."""

    file = FileField("File of unsent answers", [FileRequired("Choose the file that the exam page saved.")])
