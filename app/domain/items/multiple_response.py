"""Several right answers: +1 for each right pick, -1 for each wrong pick, floor 0, scaled to the item's points."""

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
    Variant,
    choices_of,
    chosen_options,
    letter,
    split_dangers,
    unanswered,
    unique,
)
from app.domain.items.single_best_answer import review_options


class MultipleResponse(ItemBase):
    """At least one option is correct and at least one is not."""

    type: Literal["multiple_response"]
    options: Annotated[tuple[Option, ...], Field(min_length=4, max_length=8)]

    @model_validator(mode="after")
    def _keys(self) -> MultipleResponse:
        unique((o.id for o in self.options), "options")
        right = sum(o.correct for o in self.options)
        if not 1 <= right < len(self.options):
            raise ValueError("at least one option must have correct: true and at least one must not")
        if self.critical and not any(o.dangerous for o in self.options):
            raise ValueError("a critical item needs at least one option with dangerous: true")
        return self


def option_ids(content: MultipleResponse) -> tuple[str, ...]:
    return tuple(o.id for o in content.options)


def presentation(content: MultipleResponse, variant: Variant) -> Presentation:
    choices = choices_of({o.id: o.text for o in content.options}, variant)
    words = "Choose every answer that fits. A wrong choice takes back a right one."
    return Presentation("multiple_response", content.scenario, content.stem, words, content.critical, content.points, choices)


def parse_answer(content: MultipleResponse, variant: Variant, wire: object) -> list[str] | None:
    options = chosen_options(wire, "choices", variant)
    return None if options is None else sorted(options)


def wire_answer(content: MultipleResponse, variant: Variant, answer: Any) -> dict[str, Any]:
    return {} if answer is None else {"choices": sorted(variant.key_of(o) for o in answer)}


def answer_words(content: MultipleResponse, variant: Variant, answer: Any) -> tuple[str, ...]:
    texts = {o.id: o.text for o in content.options}
    chosen = [o for o in variant.order if answer is not None and o in answer]
    return tuple(f"{letter(variant.order.index(o))}: {texts[o]}" for o in chosen)


def key_answer(content: MultipleResponse) -> list[str]:
    return sorted(o.id for o in content.options if o.correct)


def score(content: MultipleResponse, answer: Any) -> Mark:
    if answer is None:
        return unanswered(content.points)
    picked = [o for o in content.options if o.id in answer]
    right = sum(o.correct for o in picked)
    total = sum(o.correct for o in content.options)
    points = Fraction(max(0, right - (len(picked) - right)) * content.points, total)
    dangers = [Finding("dangerous", o.rationale, o.id) for o in picked if o.dangerous]
    errors, findings = split_dangers(dangers, critical=content.critical)
    rest = [Finding("right" if o.correct else "wrong", o.rationale, o.id) for o in picked if not o.dangerous]
    missed = [Finding("missing", o.rationale, o.id) for o in content.options if o.correct and o not in picked]
    return Mark(points, content.points, errors, (*findings, *rest, *missed))


def review(content: MultipleResponse, variant: Variant, answer: Any) -> Review:
    return review_options(content.options, variant, set(answer or ()), content)
