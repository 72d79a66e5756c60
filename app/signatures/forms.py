"""Confirm who somebody is."""

from __future__ import annotations

from wtforms import RadioField, StringField
from wtforms.validators import DataRequired, Length

from app.accounts.forms import SigningForm
from app.signatures.actions import DOCUMENTS
from app.web.choices import choices


class IdentityForm(SigningForm):
    """What was looked at, and the code that the holder read out."""

    document = RadioField("Document you looked at", choices=choices(DOCUMENTS.items()), validators=[DataRequired("Choose one.")])
    holder_code = StringField(
        "Code that they read out",
        [DataRequired("Let them read the six digits of their authenticator out."), Length(max=20)],
        description="Six digits from their authenticator, now. Never a recovery code.",
    )
