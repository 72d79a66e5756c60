"""Propose, commit and withdraw a regrade; challenge an item and answer a challenge."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.accounts.forms import SigningForm
from app.domain.regrading import POLICY_WORDS
from app.regrades.actions import NOTICES, Ruling
from app.regrades.queries import VERDICT_WORDS
from app.web.choices import Checkboxes, choices

NEEDED = "Fill this in."
NOTHING = ""


def _notice_words(days: int) -> str:
    return "At once: it is urgent" if days == 0 else f"After {days} days"


class ProposalForm(SigningForm):
    """What is scored anew, how, and why."""

    versions = Checkboxes("Answers to which versions", coerce=int)
    policy = RadioField("How they are scored", choices=choices(POLICY_WORDS.items()), validators=[DataRequired("Choose one.")])
    to_version = SelectField(
        "Corrected version", coerce=int, description="The published version with the right key. Full marks need none."
    )
    reason = TextAreaField(
        "What was wrong",
        [DataRequired(NEEDED), Length(max=1000)],
        description="Public: everybody it concerns reads it. Do not name the right answer, since other people sit the same item.",
    )
    notice_days = RadioField(
        "A clearance that rests on a lost pass is blocked",
        coerce=int,
        choices=choices((days, _notice_words(days)) for days in NOTICES),
        default=14,
    )


class CommitForm(SigningForm):
    """The second person signs exactly the preview that was shown."""

    shown = HiddenField(validators=[DataRequired("Load the page again."), Length(max=64)])


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """Why a proposal is taken back."""

    reason = TextAreaField("Why it is withdrawn", [DataRequired(NEEDED), Length(min=5, max=500)])


class ChallengeForm(FlaskForm):  # type: ignore[misc]
    """What is wrong with an item, in the candidate's own words."""

    words = TextAreaField(
        "What is wrong, and how you know",
        [DataRequired(NEEDED), Length(max=2000)],
        description="Say which part you mean: the story, the answers, the picture, the rule. Name a source if you have one.",
    )


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """The answer to a challenge, and what follows from it."""

    verdict = RadioField("Verdict", choices=choices(VERDICT_WORDS.items()), validators=[DataRequired("Choose one.")])
    follows = SelectField("What follows", description="Needed where it is upheld.")
    words = TextAreaField(
        "Reasons",
        [DataRequired(NEEDED), Length(max=2000)],
        description="The challenger reads them. Do not name the right answer of an exam item.",
    )

    def ruling(self) -> Ruling:
        """What was chosen; `regrade:7` and `version:12` name what follows."""
        kind, _, number = (self.follows.data or "").partition(":")
        known = kind if kind in ("suspend", "regrade", "version") else ""
        return Ruling(self.verdict.data, self.words.data or "", known, int(number) if number.isdecimal() else None)  # type: ignore[arg-type]
