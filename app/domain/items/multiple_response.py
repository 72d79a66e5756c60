"""Several right answers: +1 for each right pick, -1 for each wrong pick, floor 0, scaled to the item's points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    Variant,
    choices_of,
    chosen_options,
    letter,
    no_danger,
    rows,
    split_dangers,
    twins,
    unanswered,
)
from app.domain.items.single_best_answer import review_options
from app.domain.strict import Fault


class MultipleResponse(ItemBase):
    """At least one option is correct and at least one is not."""

    type: Literal["multiple_response"]
    options: Annotated[tuple[Option, ...], Field(min_length=4, max_length=8)]

    @classmethod
    def broken_rules(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Two options with one id, all or none of them right, nothing dangerous in a critical item."""
        options = rows(data, "options")
        right = sum(row.get("correct") is True for row in options)
        yield from twins(options, "options")
        yield from no_danger(data, options, "option")
        if options and not 1 <= right < len(options):
            said = f"{right} of {len(options)} options are correct, and it takes right and wrong ones"
            yield (), f"{said}: mark at least one with `correct`, and leave at least one without"


def option_ids(content: MultipleResponse) -> tuple[str, ...]:
    return tuple(o.id for o in content.options)


def presentation(content: MultipleResponse, variant: Variant, answer: Answer | None) -> Presentation:
    choices = choices_of({o.id: o.text for o in content.options}, variant)
    words = "Choose every answer that fits. A wrong choice takes back a right one."
    return Presentation("multiple_response", content.scenario, content.stem, words, content.critical, content.points, choices)


def parse_answer(content: MultipleResponse, variant: Variant, wire: object) -> list[str] | None:
    options = chosen_options(wire, "choices", variant)
    return None if options is None else sorted(options)


def wire_answer(content: MultipleResponse, variant: Variant, answer: list[str] | None) -> dict[str, Any]:
    return {} if answer is None else {"choices": sorted(variant.key_of(o) for o in answer)}


def answer_words(content: MultipleResponse, variant: Variant, answer: list[str] | None) -> tuple[str, ...]:
    texts = {o.id: o.text for o in content.options}
    chosen = [o for o in variant.order if answer is not None and o in answer]
    return tuple(f"{letter(variant.order.index(o))}: {texts[o]}" for o in chosen)


def key_answer(content: MultipleResponse) -> list[str]:
    return sorted(o.id for o in content.options if o.correct)


def score(content: MultipleResponse, variant: Variant, answer: list[str] | None) -> Mark:
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


def review(content: MultipleResponse, variant: Variant, answer: list[str] | None) -> Review:
    return review_options(content.options, variant, answer or (), content)
