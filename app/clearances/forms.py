"""Apply, decide, stop, answer and appeal, cover, name observers, make check codes."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.accounts.forms import SigningForm
from app.domain.standing import Limits
from app.web.choices import Checkboxes, choices


class ApplicationForm(FlaskForm):  # type: ignore[misc]
    """Regions claimed within one group at one site."""

    site_id = SelectField("Site", coerce=int)
    regions = Checkboxes("Regions claimed")


class DecisionForm(SigningForm):
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
    missing = Checkboxes(
        "What is missing", validate_choice=False, description="Return names what you tick. Each has its next step."
    )
    reason = TextAreaField(
        "Reason", [Optional(), Length(max=2000)], description="Needed for Return and Deny; the applicant reads it."
    )

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


class ObserverForm(SigningForm):
    """Name a founding observer."""

    person_id = SelectField("Person", coerce=int)
    group = SelectField("Group")
    regions = Checkboxes("Regions")
    grounds = TextAreaField(
        "Grounds",
        [DataRequired("Fill this in."), Length(min=10, max=2000)],
        description="Instructor status, or 200 procedures or more in the group, and how you know.",
    )


class SignForm(SigningForm):
    """The password of the one who signs."""


class StopForm(SigningForm):
    """Stop a clearance: how, what, where and why."""

    what = RadioField(
        "How",
        choices=choices(
            [
                ("suspend", "Suspend | no needling in these regions until two supervisors end it"),
                ("hold", "Hold | no needling while something is being looked into"),
                ("watched_hold", "Hold, only with an observer | needling goes on with an observer present"),
                ("revoke", "Revoke | the clearance is over; a new application takes two people"),
            ]
        ),
        validators=[DataRequired("Choose one.")],
    )
    level = RadioField(
        "What", choices=choices([("independent", "Needling alone"), ("may_observe", "Observing others")]), default="independent",
        validators=[DataRequired("Choose one.")],
    )  # fmt: skip
    regions = Checkboxes("Regions")
    reason = TextAreaField(
        "Reason", [DataRequired("Fill this in."), Length(min=10, max=2000, message="Between 10 and 2,000 characters.")],
        description="The holder reads it. Nothing about a patient.",
    )  # fmt: skip


class RecallForm(SigningForm):
    """Call evidence back, on exactly what was shown."""

    shown = HiddenField(validators=[DataRequired("Load the page again."), Length(max=64)])
    reason = TextAreaField(
        "Reason", [DataRequired("Fill this in."), Length(min=10, max=2000, message="Between 10 and 2,000 characters.")],
        description="Whose evidence it is reads it. Nothing about a patient.",
    )  # fmt: skip


class LiftForm(SigningForm):
    """Propose to end a stop, or end it."""

    act = HiddenField(validators=[DataRequired("Use one of the buttons.")])
    proposal = HiddenField(validators=[Optional(), Length(max=20)])
    reason = TextAreaField(
        "What came out, and why it can end", [Optional(), Length(max=2000)], description="The holder and the second person read it."
    )


class CodeForm(FlaskForm):  # type: ignore[misc]
    """Make a new check code for one site."""

    site_id = SelectField("Site", coerce=int)


class PolicyForm(SigningForm):
    """Propose a policy: its text, for whom it counts and from when; signed on exactly what was shown."""

    source = TextAreaField("Text of the policy", [Optional(), Length(max=100_000, message="At most 100,000 characters.")])
    upload = FileField("Or a file", description="A YAML file takes the place of the text above.")
    roll_out = RadioField(
        "For whom it counts",
        choices=choices(
            [
                ("next_renewal", "With the next renewal | what was granted before keeps its rules until it is renewed"),
                ("by_date", "To everybody by a date | at least 30 days ahead, so that people can meet what is new"),
                ("immediate", "To everybody at once | whoever does not meet it is no longer cleared"),
            ]
        ),
        default="next_renewal",
        validators=[DataRequired("Choose one.")],
    )
    day = DateField("Day", [Optional()], description="Only for a roll-out by date. It begins at 0:00 UTC.")
    reason = TextAreaField(
        "What changes, and why",
        [Optional(), Length(max=1000, message="At most 1,000 characters.")],
        description="Everybody reads it.",
    )
    shown = HiddenField(validators=[Optional(), Length(max=64)])


class PublishForm(SigningForm):
    """The second person signs exactly the preview that was shown."""

    shown = HiddenField(validators=[DataRequired("Load the page again."), Length(max=64)])


class WithdrawPolicyForm(FlaskForm):  # type: ignore[misc]
    """Why a draft is taken back."""

    reason = TextAreaField("Why it is withdrawn", [DataRequired("Fill this in."), Length(min=10, max=500)])


class WordsForm(FlaskForm):  # type: ignore[misc]
    """Why an application is taken over, or what has changed since it was returned."""

    words = TextAreaField("Reason", [Length(max=500, message="At most 500 characters.")])


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """What the holder answers to a decision against them."""

    words = TextAreaField(
        "Your answer", [DataRequired("Fill this in."), Length(min=10, max=2000, message="Between 10 and 2,000 characters.")],
        description="Whoever decides about this reads it. It stays as it is; you can add to it. Nothing about a patient.",
    )  # fmt: skip


class AppealForm(FlaskForm):  # type: ignore[misc]
    """The grounds of an appeal."""

    grounds = TextAreaField(
        "Why it should be looked at again",
        [DataRequired("Fill this in."), Length(min=10, max=2000, message="Between 10 and 2,000 characters.")],
        description="Whoever hears the appeal reads it. It cannot be changed later. Nothing about a patient.",
    )


class HearingForm(SigningForm):
    """What somebody uninvolved decides on an appeal, on exactly what was shown."""

    shown = HiddenField(validators=[DataRequired("Load the page again."), Length(max=64)])
    outcome = RadioField("Your decision", choices=[], validators=[DataRequired("Choose one.")])
    reason = TextAreaField(
        "What you looked at, and why",
        [DataRequired("Fill this in."), Length(min=10, max=2000, message="Between 10 and 2,000 characters.")],
        description="The holder reads it. Nothing about a patient.",
    )


class CoverForm(FlaskForm):  # type: ignore[misc]
    """Ask another supervisor to cover for oneself."""

    site_id = SelectField("Site", coerce=int)
    delegate_id = SelectField("Who covers for you", coerce=int)
    last_day = DateField("Through", [DataRequired("Choose a day.")], description="The last day. It ends by itself after it.")
    reason = StringField(
        "Why", [DataRequired("Fill this in."), Length(min=10, max=300, message="Between 10 and 300 characters.")],
        description="Every supervisor of the site reads it.",
    )  # fmt: skip
