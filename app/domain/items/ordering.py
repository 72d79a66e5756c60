"""Steps to be put in order: the share of pairs in the right order; distractor steps cost pairs.

Points = content points x right pairs / (pairs of the key + n - 1 for each chosen distractor), n being the number of real
steps. A pair counts if both its steps were chosen and stand in the right order; steps tied in the key make no pair. The
full mark therefore needs every real step, in order, and no distractor; the mark lies between 0 and the item's points.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.domain.items.base import (
    Finding,
    ItemBase,
    Mark,
    OptionId,
    Presentation,
    Review,
    ReviewedChoice,
    Strict,
    Variant,
    choices_of,
    chosen_options,
    letter,
    split_dangers,
    unanswered,
    unique,
)


class Step(Strict):
    """One real step."""

    id: OptionId
    text: Annotated[str, Field(min_length=1, max_length=300)]


class Distractor(Strict):
    """A step that does not belong."""

    id: OptionId
    text: Annotated[str, Field(min_length=1, max_length=300)]
    dangerous: bool = False
    rationale: Annotated[str, Field(min_length=5, max_length=600)]


class Ordering(ItemBase):
    """`order` lists every step once; steps in one inner list are tied."""

    type: Literal["ordering"]
    steps: Annotated[tuple[Step, ...], Field(min_length=3, max_length=8)]
    order: tuple[tuple[OptionId, ...], ...]
    distractors: Annotated[tuple[Distractor, ...], Field(max_length=3)] = ()

    @model_validator(mode="after")
    def _whole(self) -> Ordering:
        unique((*(s.id for s in self.steps), *(d.id for d in self.distractors)), "steps")
        placed = [step for tied in self.order for step in tied]
        if sorted(placed) != sorted(s.id for s in self.steps):
            raise ValueError("order must name every step exactly once and nothing else")
        if len(self.order) < 2:
            raise ValueError("order needs at least two places")
        if self.critical and not any(d.dangerous for d in self.distractors):
            raise ValueError("a critical item needs at least one distractor with dangerous: true")
        return self


def option_ids(content: Ordering) -> tuple[str, ...]:
    return (*(s.id for s in content.steps), *(d.id for d in content.distractors))


def _texts(content: Ordering) -> dict[str, str]:
    return {**{s.id: s.text for s in content.steps}, **{d.id: d.text for d in content.distractors}}


def presentation(content: Ordering, variant: Variant) -> Presentation:
    words = "Give each step that belongs its place, 1 for the first. Leave out a step that does not belong."
    choices = choices_of(_texts(content), variant)
    return Presentation("ordering", content.scenario, content.stem, words, content.critical, content.points, choices)


def parse_answer(content: Ordering, variant: Variant, wire: object) -> list[str] | None:
    options = chosen_options(wire, "sequence", variant)
    return None if options is None else list(options)


def wire_answer(content: Ordering, variant: Variant, answer: Any) -> dict[str, Any]:
    return {} if answer is None else {"sequence": [variant.key_of(o) for o in answer]}


def answer_words(content: Ordering, variant: Variant, answer: Any) -> tuple[str, ...]:
    texts = _texts(content)
    return tuple(f"{n}. {texts[o]}" for n, o in enumerate(answer or (), start=1))


def key_answer(content: Ordering) -> list[str]:
    return [step for tied in content.order for step in tied]


def _pairs(content: Ordering) -> set[tuple[str, str]]:
    return {(a, b) for first, second in combinations(content.order, 2) for a in first for b in second}


def score(content: Ordering, answer: Any) -> Mark:
    if answer is None:
        return unanswered(content.points)
    pairs = _pairs(content)
    right = sum(pair in pairs for pair in combinations(answer, 2))
    false_steps = [d for d in content.distractors if d.id in answer]
    total = len(pairs) + len(false_steps) * (len(content.steps) - 1)
    dangers = [Finding("dangerous", d.rationale, d.id) for d in false_steps if d.dangerous]
    errors, findings = split_dangers(dangers, critical=content.critical)
    wrong = [Finding("wrong", d.rationale, d.id) for d in false_steps if not d.dangerous]
    left_out = [Finding("missing", f"Left out: {s.text}", s.id) for s in content.steps if s.id not in answer]
    order = Finding("right" if right == total else "wrong", f"{right} of {len(pairs)} pairs of steps are in the right order.")
    return Mark(Fraction(right * content.points, total), content.points, errors, (*findings, *wrong, *left_out, order))


def review(content: Ordering, variant: Variant, answer: Any) -> Review:
    texts, false_steps = _texts(content), {d.id: d for d in content.distractors}
    place = {step: n for n, tied in enumerate(content.order, start=1) for step in tied}
    rows = tuple(
        ReviewedChoice(
            letter(n), texts[i], i in (answer or ()), i not in false_steps, i in false_steps and false_steps[i].dangerous,
            false_steps[i].rationale if i in false_steps else f"Place {place[i]}.",
        )
        for n, i in enumerate(variant.order)
    )  # fmt: skip
    key = tuple(f"{place[s]}. {texts[s]}" for s in key_answer(content))
    return Review(rows, key, content.explanation, content.safe_needle_rule, content.sources)
