"""Ask for an observation, fill its form, approve a competency."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.accounts.forms import SigningForm
from app.supervision.actions import Form
from app.supervision.queries import PURPOSE_WORDS, SUBJECT_WORDS
from app.web.choices import choices

NEEDED = "Fill this in."


class OpenObservationForm(FlaskForm):  # type: ignore[misc]
    """What will be done, declared before the needle."""

    site_id = SelectField("Site", coerce=int)
    region = SelectField("Region")
    technique = StringField(
        "Technique",
        [DataRequired(NEEDED), Length(min=3, max=200)],
        description="For example: pincer grip, 30 mm. Nothing about the patient.",
    )
    purpose = RadioField(
        "Purpose",
        choices=choices(PURPOSE_WORDS.items()),
        validators=[DataRequired("Choose one; it cannot be changed afterwards.")],
    )
    subject = RadioField("Who or what is needled", choices=choices(SUBJECT_WORDS.items()), validators=[DataRequired("Choose one.")])


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The code that a trainee shows."""

    code = StringField("Code", [DataRequired("Type the code that the trainee shows you."), Length(max=40)])


class CompetencyForm(SigningForm):
    """A verdict on one competency."""

    site_id = SelectField("Site", coerce=int)
    verdict = RadioField(
        "Verdict", choices=choices([("met", "Met"), ("not_yet", "Not yet")]), validators=[DataRequired("Choose one.")]
    )
    mode = SelectField("Assessed by")
    evidence = TextAreaField(
        "Evidence",
        [DataRequired(NEEDED), Length(min=10, max=1000)],
        description="Which attempt, observation or talk it rests on.",
    )
    until = DateField("Valid until", [Optional()], description="Leave empty if it does not run out.")


def observation_form(form: MultiDict[str, str], row_names: Sequence[str], fail_names: Sequence[str]) -> Form:
    """What an observer's page posts; rows and failures come by their number on the form."""
    marks = {name: form.get(f"row-{n}", "") for n, name in enumerate(row_names)}
    rating = form.get("rating", "")
    return Form(
        presence=form.get("presence", ""),
        outcome=form.get("outcome", ""),
        rating=int(rating) if rating in ("1", "2", "3", "4", "5") else None,
        rows={name: int(mark) for name, mark in marks.items() if mark in ("0", "1", "2")},
        auto_fail=tuple(name for n, name in enumerate(fail_names) if form.get(f"fail-{n}") == "1"),
        done_well=form.get("done_well", ""),
        to_change=form.get("to_change", ""),
        version=form.get("version", ""),
    )
