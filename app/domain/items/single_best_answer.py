"""One best answer among four or five: 1 or 0."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.domain.items.base import (
    Finding,
    ItemBase,
    Mark,
    Option,
    Presentation,
    Review,
    ReviewedChoice,
    Variant,
    choices_of,
    expect_keys,
    letter,
    split_dangers,
    unanswered,
    unique,
)


class SingleBestAnswer(ItemBase):
    """Exactly one option is correct; the others each have their own rationale."""

    type: Literal["single_best_answer"]
    options: Annotated[tuple[Option, ...], Field(min_length=3, max_length=6)]

    @model_validator(mode="after")
    def _one_key(self) -> SingleBestAnswer:
        unique((o.id for o in self.options), "options")
        if sum(o.correct for o in self.options) != 1:
            raise ValueError("exactly one option must have correct: true")
        if self.critical and not any(o.dangerous for o in self.options):
            raise ValueError("a critical item needs at least one option with dangerous: true")
        return self


def option_ids(content: SingleBestAnswer) -> tuple[str, ...]:
    return tuple(o.id for o in content.options)


def presentation(content: SingleBestAnswer, variant: Variant) -> Presentation:
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
    key = expect_keys(wire, "choice")
    return None if key is None else variant.option_of(key)


def wire_answer(content: SingleBestAnswer, variant: Variant, answer: Any) -> dict[str, Any]:
    return {} if answer is None else {"choice": variant.key_of(answer)}


def answer_words(content: SingleBestAnswer, variant: Variant, answer: Any) -> tuple[str, ...]:
    texts = {o.id: o.text for o in content.options}
    return () if answer is None else (f"{letter(variant.order.index(answer))}: {texts[answer]}",)


def key_answer(content: SingleBestAnswer) -> str:
    return next(o.id for o in content.options if o.correct)


def score(content: SingleBestAnswer, answer: Any) -> Mark:
    if answer is None:
        return unanswered(content.points)
    chosen = next(o for o in content.options if o.id == answer)
    if chosen.correct:
        return Mark(Fraction(content.points), content.points, (), (Finding("right", chosen.rationale, chosen.id),))
    if not chosen.dangerous:
        return Mark(Fraction(0), content.points, (), (Finding("wrong", chosen.rationale, chosen.id),))
    errors, findings = split_dangers([Finding("dangerous", chosen.rationale, chosen.id)], critical=content.critical)
    return Mark(Fraction(0), content.points, errors, findings)


def review(content: SingleBestAnswer, variant: Variant, answer: Any) -> Review:
    return review_options(content.options, variant, {answer}, content)


def review_options(options: tuple[Option, ...], variant: Variant, chosen: set[Any], content: ItemBase) -> Review:
    """Every option in display order with its reason."""
    by_id = {o.id: o for o in options}
    rows = tuple(
        ReviewedChoice(letter(n), by_id[i].text, i in chosen, by_id[i].correct, by_id[i].dangerous, by_id[i].rationale)
        for n, i in enumerate(variant.order)
    )
    key = tuple(f"{r.letter}: {r.text}" for r in rows if r.correct)
    return Review(rows, key, content.explanation, content.safe_needle_rule, content.sources)
