"""One best answer among four or five: 1 or 0."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain.items.base import (
    Answer,
    Finding,
    ItemBase,
    Mark,
    Option,
    Presentation,
    Review,
    ReviewedChoice,
    Variant,
    choices_of,
    letter,
    no_danger,
    rows,
    sent,
    split_dangers,
    twins,
    unanswered,
)
from app.domain.strict import Fault


class SingleBestAnswer(ItemBase):
    """Exactly one option is correct; the others each have their own rationale."""

    type: Literal["single_best_answer"]
    options: Annotated[tuple[Option, ...], Field(min_length=3, max_length=6)]

    @classmethod
    def broken_rules(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Two options with one id, not one right option, nothing dangerous in a critical item."""
        options = rows(data, "options")
        right = sum(row.get("correct") is True for row in options)
        yield from twins(options, "options")
        yield from no_danger(data, options, "option")
        if options and right != 1:
            yield (), f"exactly one option must be correct, and {right} are: mark the best one with `correct`, no other"


def option_ids(content: SingleBestAnswer) -> tuple[str, ...]:
    return tuple(o.id for o in content.options)


def presentation(content: SingleBestAnswer, variant: Variant, answer: Answer | None) -> Presentation:
    choices = choices_of({o.id: o.text for o in content.options}, variant)
    return Presentation(
        "single_best_answer",
        content.scenario,
        content.stem,
        "Choose one answer.",
        content.critical,
        content.points,
        choices,
    )


def parse_answer(content: SingleBestAnswer, variant: Variant, wire: object) -> str | None:
    key = sent(wire, "choice")
    return None if key is None else variant.option_of(key)


def wire_answer(content: SingleBestAnswer, variant: Variant, answer: str | None) -> dict[str, Any]:
    return {} if answer is None else {"choice": variant.key_of(answer)}


def answer_words(content: SingleBestAnswer, variant: Variant, answer: str | None) -> tuple[str, ...]:
    texts = {o.id: o.text for o in content.options}
    return () if answer is None else (f"{letter(variant.order.index(answer))}: {texts[answer]}",)


def key_answer(content: SingleBestAnswer) -> str:
    return next(o.id for o in content.options if o.correct)


def score(content: SingleBestAnswer, variant: Variant, answer: str | None) -> Mark:
    if answer is None:
        return unanswered(content.points)
    chosen = next((o for o in content.options if o.id == answer), None)
    if chosen is None:  # an answer to an earlier version, under a key that dropped this option
        return Mark(Fraction(0), content.points, (), (Finding("wrong", "This answer is no longer offered.", answer),))
    if chosen.correct:
        return Mark(Fraction(content.points), content.points, (), (Finding("right", chosen.rationale, chosen.id),))
    if not chosen.dangerous:
        return Mark(Fraction(0), content.points, (), (Finding("wrong", chosen.rationale, chosen.id),))
    errors, findings = split_dangers([Finding("dangerous", chosen.rationale, chosen.id)], critical=content.critical)
    return Mark(Fraction(0), content.points, errors, findings)


def review(content: SingleBestAnswer, variant: Variant, answer: str | None) -> Review:
    return review_options(content.options, variant, () if answer is None else (answer,), content)


def review_options(options: tuple[Option, ...], variant: Variant, chosen: Collection[str], content: ItemBase) -> Review:
    """Every option in display order with its reason."""
    by_id = {o.id: o for o in options}
    rows = tuple(
        ReviewedChoice(letter(n), by_id[i].text, i in chosen, by_id[i].correct, by_id[i].dangerous, by_id[i].rationale)
        for n, i in enumerate(variant.order)
    )
    key = tuple(f"{r.letter}: {r.text}" for r in rows if r.correct)
    return Review(rows, key, content.explanation, content.safe_needle_rule, content.sources)
