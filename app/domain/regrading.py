"""Score answers again under a corrected key: what one mark becomes, and whether the result of its attempt moves.

A regrade starts from the newest grade, not from the form: what an earlier regrade of another item changed stays changed, so
two regrades of two items give the same result in either order, and the same regrade twice gives nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

from app.domain.corrections import answer_under
from app.domain.items import Answer, Finding, ItemContent, Mark, Variant, score
from app.domain.quiz import Quiz
from app.domain.scoring import Decision, ItemResult, decide

Policy = Literal["new_key", "full_marks"]
POLICY_WORDS: dict[str, str] = {
    "new_key": "Score with the corrected key",
    "full_marks": "Full marks to everybody: the item is spoilt",
}
"""An item is never dropped from a form: the others would weigh more, and a domain could fall below the items it is scored on."""
SPOILT = Finding("right", "This item was withdrawn. Everybody has the full mark for it.")
_SOME_ERROR = Finding("dangerous", "Noted with the grade.")


@dataclass(frozen=True, slots=True)
class ItemMark:
    """The mark of one place as a grade stores it. Two marks are equal if they count the same, whatever their findings say."""

    points: Fraction
    max_points: int
    critical_errors: int
    sure_and_wrong: bool = False
    findings: tuple[Finding, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Scored:
    """One place of a form: where it counts, and its mark."""

    position: int
    domain: str
    topic: str | None
    mark: ItemMark


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was given: how its form showed the item, what was answered, how sure the candidate was."""

    variant: Variant
    answer: Answer | None
    certainty: str | None = None


def mark_again(policy: Policy, corrected: ItemContent | None, given: Given, max_points: int) -> ItemMark:
    """The mark of an answer under a policy; raises InvalidInput where the corrected item cannot read the answer."""
    if policy == "full_marks" or corrected is None:
        return ItemMark(Fraction(max_points), max_points, 0, sure_and_wrong=False, findings=(SPOILT,))
    mark = score(corrected, given.variant, answer_under(corrected, given.answer))
    wrong = given.certainty == "sure" and mark.points < mark.max_points and corrected.critical
    findings = (*mark.critical_errors, *mark.findings)
    return ItemMark(mark.points, mark.max_points, len(mark.critical_errors), wrong, findings)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a whole attempt as a grade stores it."""

    points: Fraction
    max_points: int
    decision: Decision

    @property
    def passed(self) -> bool:
        """Whether the attempt is passed."""
        return self.decision.passed

    @property
    def critical_errors(self) -> int:
        """How many items of the form hold a critical error."""
        return self.decision.critical_errors


def result_of(quiz: Quiz, places: Sequence[Scored]) -> Result:
    """The result that some marks make under the rules of a quiz."""
    decision = decide(quiz, [_item_result(p) for p in places])
    points = sum((p.mark.points for p in places), Fraction(0))
    return Result(points, sum(p.mark.max_points for p in places), decision)


def _item_result(place: Scored) -> ItemResult:
    errors = (_SOME_ERROR,) * place.mark.critical_errors
    mark = Mark(place.mark.points, place.mark.max_points, errors)
    return ItemResult(place.position, place.domain, place.topic, mark, place.mark.sure_and_wrong)


def with_marks(places: Sequence[Scored], again: Mapping[int, ItemMark]) -> list[Scored]:
    """The places of a form with some marks replaced, by position."""
    return [replace(p, mark=again[p.position]) if p.position in again else p for p in places]


Crossing = Literal["gains", "loses", ""]


def crossing(before: bool, after: bool) -> Crossing:
    """Which way an attempt crosses the standard."""
    if before == after:
        return ""
    return "gains" if after else "loses"


def change_of_errors(before: int, after: int) -> Literal["appear", "vanish", ""]:
    """Whether critical errors appear or vanish."""
    if before == after:
        return ""
    return "appear" if after > before else "vanish"


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as grades store it."""
    return {"kind": finding.kind, "text": finding.text, "option_id": finding.option_id}
