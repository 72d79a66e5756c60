"""Enter and verify a document."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from app.accounts.forms import SigningForm
from app.records.queries import KIND_WORDS
from app.web.choices import choices

NEEDED = "Fill this in."


class DocumentForm(FlaskForm):  # type: ignore[misc]
    """What a paper says."""

    kind = SelectField("Kind", choices=choices(KIND_WORDS.items()))
    title = StringField("Title", [DataRequired(NEEDED), Length(max=200)], description="As printed on it.")
    issuer = StringField("Issued by", [DataRequired(NEEDED), Length(max=200)])
    reference = StringField(
        "Number", [DataRequired(NEEDED), Length(max=100)], description="Registration, policy or certificate number."
    )
    jurisdiction = StringField(
        "Jurisdiction", [Optional(), Length(max=100)], description="For a licence: written as the site has it."
    )
    valid_from = DateField("Valid from", [DataRequired("Enter a day like 2026-03-01.")])
    valid_until = DateField("Last day", [Optional()], description="Licence, indemnity and BLS have one.")


class VerificationForm(SigningForm):
    """A second person's verdict."""

    verdict = RadioField(
        "Verdict",
        choices=choices([("verified", "Verified"), ("refused", "Refused")]),
        validators=[DataRequired("Choose one.")],
    )
    how = StringField(
        "How you checked it",
        [DataRequired(NEEDED), Length(min=5, max=300)],
        description="For example: register of the council, looked up today.",
    )
