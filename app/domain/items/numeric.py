"""A number with a fixed, shown unit: inside the accepted interval 1, else 0; a danger interval is unsafe."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from app.domain.errors import InvalidInput
from app.domain.items.base import (
    Answer,
    Finding,
    ItemBase,
    Mark,
    Presentation,
    Reason,
    Review,
    Variant,
    listed,
    sent,
    split_dangers,
    unanswered,
)
from app.domain.strict import Fault, Strict, visible

_TYPED = re.compile(r"[-+]?\d+([.,]\d+)?", re.ASCII)
_WRITTEN = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
MOST_CHARACTERS = 12
"""A candidate's number is no longer; the bank's bounds below keep every accepted value typeable."""


def _decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    if isinstance(value, str) and _WRITTEN.fullmatch(value):
        return Decimal(value)
    raise ValueError("this is not a plain number: write it like 22.5")


Number = Annotated[Decimal, BeforeValidator(_decimal), Field(allow_inf_nan=False, ge=-999_999, le=999_999, decimal_places=4)]


class Interval(Strict):
    """Both ends belong to it."""

    min: Number
    max: Number

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError("min must not be above max: swap them")
        return self

    def holds(self, value: Decimal) -> bool:
        """Whether a value lies in it."""
        return self.min <= value <= self.max

    def overlaps(self, other: Interval) -> bool:
        """Whether two intervals share a value."""
        return self.min <= other.max and other.min <= self.max


class NamedInterval(Interval):
    """An interval with what it means."""

    text: Reason


class Numeric(ItemBase):
    """`traps` are typical slips, `danger` are unsafe answers."""

    type: Literal["numeric"]
    unit: Annotated[str, Field(min_length=1, max_length=30), AfterValidator(visible)]
    accept: Interval
    danger: tuple[NamedInterval, ...] = ()
    traps: tuple[NamedInterval, ...] = ()

    @classmethod
    def broken_rules(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """A slip or a danger that would also be accepted, nothing dangerous in a critical item."""
        accept = _interval(data.get("accept"))
        for name in ("danger", "traps"):
            for n, row in enumerate(listed(data, name)):
                found = _interval(row)
                if accept and found and found.overlaps(accept):
                    yield (name, n), "this interval overlaps the accepted one: narrow it"
        if data.get("critical") is True and not listed(data, "danger"):
            said = "a critical item needs at least one interval under danger, and has none"
            yield ("danger",), f"{said}: add the unsafe values, or make the item not critical"


def _interval(data: object) -> Interval | None:
    """An interval of unchecked data, if it is a sound one."""
    if not isinstance(data, Mapping):
        return None
    try:
        return Interval.model_validate({end: data.get(end) for end in ("min", "max")})
    except ValidationError:
        return None


def option_ids(content: Numeric) -> tuple[str, ...]:
    return ()


def presentation(content: Numeric, variant: Variant, answer: Answer | None) -> Presentation:
    words = f"Enter a number in {content.unit}."
    return Presentation("numeric", content.scenario, content.stem, words, content.critical, content.points, (), content.unit)


def parse_answer(content: Numeric, variant: Variant, wire: object) -> str | None:
    value = sent(wire, "value")
    text = value.strip() if isinstance(value, str) else value
    if text is None or text == "":
        return None
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS or not _TYPED.fullmatch(text):
        said = f"Enter a plain number in {content.unit}, such as 23 or 23.5, in at most {MOST_CHARACTERS} characters."
        raise InvalidInput([("answer", said)])
    return text.replace(",", ".").removeprefix("+")


def wire_answer(content: Numeric, variant: Variant, answer: str | None) -> dict[str, Any]:
    return {} if answer is None else {"value": answer}


def answer_words(content: Numeric, variant: Variant, answer: str | None) -> tuple[str, ...]:
    return () if answer is None else (f"{answer} {content.unit}",)


def key_answer(content: Numeric) -> str:
    middle = (content.accept.min + content.accept.max) / 2
    return format(middle.quantize(Decimal("0.0001")).normalize(), "f")


def score(content: Numeric, variant: Variant, answer: str | None) -> Mark:
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


def review(content: Numeric, variant: Variant, answer: str | None) -> Review:
    accept = content.accept
    words = f"{accept.min} {content.unit}" if accept.min == accept.max else f"{accept.min} to {accept.max} {content.unit}"
    return Review((), (words,), content.explanation, content.safe_needle_rule, content.sources)
