"""Apply, decide, name observers, make check codes."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.domain.standing import Limits
from app.web.choices import Checkboxes


class ApplicationForm(FlaskForm):  # type: ignore[misc]
    """Regions claimed within one group at one site."""

    site_id = SelectField("Site", coerce=int)
    regions = Checkboxes("Regions claimed")


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """What is decided, with which limits, on exactly the evidence shown."""

    act = HiddenField(validators=[DataRequired("Use one of the buttons.")])
    recommendation = HiddenField(validators=[Optional(), Length(max=20)])
    shown = HiddenField(validators=[DataRequired("Load the page again."), Length(max=64)])
    excluded = StringField(
        "Techniques or muscles excluded", [Optional(), Length(max=300)], description="Separate several by commas."
    )
    max_needle_mm = IntegerField("Longest needle, mm", [Optional(), NumberRange(10, 150, "Between 10 and 150 mm.")])
    ultrasound_only = BooleanField("With ultrasound only")
    no_current = BooleanField("No electrical stimulation")
    adults_only = BooleanField("Adults only")
    reason = TextAreaField(
        "Reason", [Optional(), Length(max=2000)], description="Needed for Return and Deny; the applicant reads it."
    )
    password = PasswordField("Your password", [Optional(), Length(max=200)])

    def limits(self) -> Limits:
        """The limits as entered."""
        parts = tuple(p.strip()[:60] for p in (self.excluded.data or "").split(",") if p.strip())
        return Limits(
            parts[:10],
            self.max_needle_mm.data,
            bool(self.ultrasound_only.data),
            bool(self.no_current.data),
            bool(self.adults_only.data),
        )


class ObserverForm(FlaskForm):  # type: ignore[misc]
    """Name a founding observer."""

    person_id = SelectField("Person", coerce=int)
    group = SelectField("Group")
    regions = Checkboxes("Regions")
    grounds = TextAreaField(
        "Grounds",
        [DataRequired("Fill this in."), Length(min=10, max=2000)],
        description="Instructor status, or 200 procedures or more in the group, and how you know.",
    )
    password = PasswordField("Your password", [Optional(), Length(max=200)])


class SignForm(FlaskForm):  # type: ignore[misc]
    """The password of the one who signs."""

    password = PasswordField("Your password", [Optional(), Length(max=200)])


class CodeForm(FlaskForm):  # type: ignore[misc]
    """Make a new check code for one site."""

    site_id = SelectField("Site", coerce=int)
