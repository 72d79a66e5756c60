"""Steps to be put in order: the share of pairs in the right order; distractor steps cost pairs.

Points = the item's points x right pairs / (pairs of the key + d x (n - 1)), where d distractors were chosen and n is the
number of real steps. A pair is two steps that the key does not tie; it is right if both were chosen and stand in the key's
order, wherever distractors or other steps stand. Each chosen distractor so counts as n - 1 wrong pairs, as many as a real
step has partners. Range: 0 to the item's points; the full mark needs every step, in order, and no distractor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain.items.base import (
    Answer,
    Finding,
    ItemBase,
    Mark,
    OptionId,
    OptionText,
    Presentation,
    Reason,
    Review,
    ReviewedChoice,
    Variant,
    choices_of,
    chosen_options,
    letter,
    listed,
    no_danger,
    repeated,
    rows,
    split_dangers,
    twins,
    unanswered,
)
from app.domain.strict import Fault, Strict


class Step(Strict):
    """One real step."""

    id: OptionId
    text: OptionText


class Distractor(Strict):
    """A step that does not belong."""

    id: OptionId
    text: OptionText
    dangerous: bool = False
    rationale: Reason


class Ordering(ItemBase):
    """`order` lists every step once; steps in one inner list are tied."""

    type: Literal["ordering"]
    steps: Annotated[tuple[Step, ...], Field(min_length=3, max_length=8)]
    order: tuple[Annotated[tuple[OptionId, ...], Field(min_length=1)], ...]
    distractors: Annotated[tuple[Distractor, ...], Field(max_length=3)] = ()

    @classmethod
    def broken_rules(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Two steps with one id, an order that is not one of the steps, nothing dangerous in a critical item."""
        steps, distractors = rows(data, "steps"), rows(data, "distractors")
        yield from twins([*steps, *distractors], "steps")
        yield from no_danger(data, distractors, "distractor")
        yield from _broken_order([str(row.get("id")) for row in steps], listed(data, "order"))


def _broken_order(steps: list[str], order: Sequence[Any]) -> Iterator[Fault]:
    placed = [str(step) for tied in order if isinstance(tied, tuple | list) for step in tied]
    wrong = {
        "left out": [s for s in steps if s not in placed],
        "twice": repeated(placed),
        "no step": sorted(set(placed) - set(steps)),
    }
    said = "; ".join(f"{what}: {', '.join(ids)}" for what, ids in wrong.items() if ids)
    if order and said:
        yield ("order",), f"order must name every step exactly once and nothing else ({said}): mend the order"
    if len(order) == 1:
        yield ("order",), "order has one place, so every sequence would be right: give it two places or more"


def option_ids(content: Ordering) -> tuple[str, ...]:
    return (*(s.id for s in content.steps), *(d.id for d in content.distractors))


def _texts(content: Ordering) -> dict[str, str]:
    return {**{s.id: s.text for s in content.steps}, **{d.id: d.text for d in content.distractors}}


def presentation(content: Ordering, variant: Variant, answer: Answer | None) -> Presentation:
    words = "Give each step that belongs its place, 1 for the first. Leave out a step that does not belong."
    choices = choices_of(_texts(content), variant)
    return Presentation("ordering", content.scenario, content.stem, words, content.critical, content.points, choices)


def parse_answer(content: Ordering, variant: Variant, wire: object) -> list[str] | None:
    options = chosen_options(wire, "sequence", variant)
    return None if options is None else list(options)


def wire_answer(content: Ordering, variant: Variant, answer: list[str] | None) -> dict[str, Any]:
    return {} if answer is None else {"sequence": [variant.key_of(o) for o in answer]}


def answer_words(content: Ordering, variant: Variant, answer: list[str] | None) -> tuple[str, ...]:
    texts = _texts(content)
    return tuple(f"{n}. {texts[o]}" for n, o in enumerate(answer or (), start=1))


def key_answer(content: Ordering) -> list[str]:
    return [step for tied in content.order for step in tied]


def _pairs(content: Ordering) -> set[tuple[str, str]]:
    return {(a, b) for first, second in combinations(content.order, 2) for a in first for b in second}


def score(content: Ordering, variant: Variant, answer: list[str] | None) -> Mark:
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
    said = f"{right} of {len(pairs)} pairs of steps are in the right order."
    order = Finding("right" if right == len(pairs) else "wrong", said)
    return Mark(Fraction(right * content.points, total), content.points, errors, (*findings, *wrong, *left_out, order))


def review(content: Ordering, variant: Variant, answer: list[str] | None) -> Review:
    false_steps = {d.id: d for d in content.distractors}
    place = {step: n for n, tied in enumerate(content.order, start=1) for step in tied}
    texts = _texts(content)

    def row(n: int, i: str) -> ReviewedChoice:
        why = false_steps[i].rationale if i in false_steps else f"Place {place[i]}."
        dangerous = i in false_steps and false_steps[i].dangerous
        return ReviewedChoice(letter(n), texts[i], i in (answer or ()), i in place, dangerous, why)

    shown = tuple(row(n, i) for n, i in enumerate(variant.order))
    key = tuple(f"{place[s]}. {texts[s]}" for s in key_answer(content))
    return Review(shown, key, content.explanation, content.safe_needle_rule, content.sources)
