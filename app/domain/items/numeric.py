"""A number with a fixed, shown unit: inside the accepted interval 1, else 0; a danger interval is unsafe."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from app.domain.errors import InvalidInput
from app.domain.items.base import (
    Finding,
    ItemBase,
    Mark,
    Presentation,
    Review,
    Strict,
    Variant,
    expect_keys,
    split_dangers,
    unanswered,
)

_NUMBER = re.compile(r"^[-+]?\d{1,8}([.,]\d{1,4})?$")


def _decimal(value: object) -> object:
    return Decimal(str(value)) if isinstance(value, int | float | str) and not isinstance(value, bool) else value


Number = Annotated[Decimal, BeforeValidator(_decimal), Field(allow_inf_nan=False)]


class Interval(Strict):
    """Both ends belong to it."""

    min: Number
    max: Number

    @model_validator(mode="after")
    def _in_order(self) -> Interval:
        if self.min > self.max:
            raise ValueError("min must not be above max")
        return self

    def holds(self, value: Decimal) -> bool:
        """Whether a value lies in it."""
        return self.min <= value <= self.max

    def overlaps(self, other: Interval) -> bool:
        """Whether two intervals share a value."""
        return self.min <= other.max and other.min <= self.max


class NamedInterval(Interval):
    """An interval with what it means."""

    text: Annotated[str, Field(min_length=5, max_length=600)]


class Numeric(ItemBase):
    """`traps` are typical slips, `danger` are unsafe answers."""

    type: Literal["numeric"]
    unit: Annotated[str, Field(min_length=1, max_length=30)]
    accept: Interval
    danger: tuple[NamedInterval, ...] = ()
    traps: tuple[NamedInterval, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> Numeric:
        for interval in (*self.danger, *self.traps):
            if interval.overlaps(self.accept):
                raise ValueError("a danger or trap interval overlaps the accepted one: narrow it")
        if self.critical and not self.danger:
            raise ValueError("a critical item needs at least one danger interval")
        return self


def option_ids(content: Numeric) -> tuple[str, ...]:
    return ()


def presentation(content: Numeric, variant: Variant) -> Presentation:
    words = f"Enter a number in {content.unit}."
    return Presentation("numeric", content.scenario, content.stem, words, content.critical, content.points, (), content.unit)


def parse_answer(content: Numeric, variant: Variant, wire: object) -> str | None:
    text = expect_keys(wire, "value")
    if text is None or text == "":
        return None
    if not isinstance(text, str) or not _NUMBER.match(text.strip()):
        raise InvalidInput([("answer", f"Enter a plain number in {content.unit}, such as 23 or 23.5.")])
    return text.strip().replace(",", ".").removeprefix("+")


def wire_answer(content: Numeric, variant: Variant, answer: Any) -> dict[str, Any]:
    return {} if answer is None else {"value": answer}


def answer_words(content: Numeric, variant: Variant, answer: Any) -> tuple[str, ...]:
    return () if answer is None else (f"{answer} {content.unit}",)


def key_answer(content: Numeric) -> str:
    middle = (content.accept.min + content.accept.max) / 2
    return format(middle.quantize(Decimal("0.0001")).normalize(), "f")


def score(content: Numeric, answer: Any) -> Mark:
    if answer is None:
        return unanswered(content.points)
    value = Decimal(answer)
    if content.accept.holds(value):
        return Mark(Fraction(content.points), content.points, (), (Finding("right", "Inside the accepted interval."),))
    dangers = [Finding("dangerous", d.text) for d in content.danger if d.holds(value)]
    errors, findings = split_dangers(dangers, critical=content.critical)
    traps = tuple(Finding("wrong", t.text) for t in content.traps if t.holds(value))
    outside = () if dangers or traps else (Finding("wrong", "Outside the accepted interval."),)
    return Mark(Fraction(0), content.points, errors, (*findings, *traps, *outside))


def review(content: Numeric, variant: Variant, answer: Any) -> Review:
    accept = content.accept
    words = f"{accept.min} {content.unit}" if accept.min == accept.max else f"{accept.min} to {accept.max} {content.unit}"
    return Review((), (words,), content.explanation, content.safe_needle_rule, content.sources)
