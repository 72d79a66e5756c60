"""What an observer fills in, and what is missing from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from app.domain.catalogue import Catalogue
from app.domain.errors import Conflict, InvalidInput, Problem
from app.supervision.queries import PRESENCE_WORDS, form_sha256

OUTCOMES = ("completed", "abandoned")
OTHER_FORM = (
    "The rows of this form changed since you loaded it, so nothing was signed. Load the page again and mark the rows once more."
)


@dataclass(frozen=True, slots=True)
class Form:
    """What an observer fills in. `rows` are 0, 1 or 2 for each row; `version` is the digest of the rows that were asked."""

    presence: str
    outcome: str
    rating: int | None
    rows: Mapping[str, int]
    auto_fail: tuple[str, ...]
    done_well: str
    to_change: str
    version: str

    @property
    def seen(self) -> bool:
        """Whether the observer was there."""
        return self.presence != "not_seen"

    def as_signed(self) -> Form:
        """What the signature is of: nobody rates or marks what they did not see."""
        words = replace(self, done_well=self.done_well.strip(), to_change=self.to_change.strip())
        if not self.seen:
            return replace(words, rating=None, rows={}, auto_fail=())
        return replace(words, auto_fail=tuple(sorted(self.auto_fail)), rows=dict(sorted(self.rows.items())))


def check_form(form: Form, catalogue: Catalogue) -> None:
    """Raise Conflict for a form of other rows than today's, and InvalidInput that lists everything missing."""
    if form.version != form_sha256(catalogue):
        raise Conflict(OTHER_FORM)
    problems = [*_of_the_end(form), *(_of_the_rows(form, catalogue) if form.presence in ("in_room", "live_video") else ())]
    unknown = set(form.rows) - set(catalogue.form_rows) | set(form.auto_fail) - set(catalogue.auto_fail)
    if unknown:
        problems.append(("rows", "The form has rows that this version does not know. Load the page again."))
    if max(len(form.done_well), len(form.to_change)) > 500:
        problems.append(("done_well", "Keep each remark under 500 characters."))
    if problems:
        raise InvalidInput(problems)


def _of_the_end(form: Form) -> Iterator[Problem]:
    if form.presence not in PRESENCE_WORDS:
        yield "presence", "Say whether you were in the room."
    if form.outcome not in OUTCOMES:
        yield "outcome", "Say whether the procedure was completed or abandoned."


def _of_the_rows(form: Form, catalogue: Catalogue) -> Iterator[Problem]:
    missing = [name for name in catalogue.form_rows if form.rows.get(name) not in (0, 1, 2)]
    if missing:
        yield "rows", f"{len(missing)} rows are not marked yet: {missing[0]}."
    if form.rating not in (1, 2, 3, 4, 5):
        yield "rating", "Choose how much help you had to give."
    if not form.done_well.strip():
        yield "done_well", "Write one thing that was done well."
    if not form.to_change.strip():
        yield "to_change", "Write one thing to change next time."
