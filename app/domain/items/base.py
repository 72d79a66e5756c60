"""What every item type shares: the common fields, findings, marks, variants, and what a candidate may see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.domain.errors import InvalidInput

Domain = Literal["anatomy", "placement", "complication"]
Topic = Literal["screening-consent", "infection-control", "response", "professional-law"]
DOMAINS: tuple[Domain, ...] = ("anatomy", "placement", "complication")
SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Slug = Annotated[str, Field(pattern=SLUG, max_length=60)]
OptionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,11}$")]
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Strict(BaseModel):
    """No unknown fields, no silent conversions, no changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ItemBase(Strict):
    """The common fields. `critical` is no secret; everything under options but text is."""

    schema_: Literal["item/1"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=SLUG, max_length=80)]
    domain: Domain
    topic: Topic | None = None
    regions: tuple[Slug, ...]
    complications: tuple[Slug, ...]
    pool: Literal["exam", "practice"]
    difficulty: Annotated[int, Field(ge=1, le=5)]
    critical: bool
    points: Annotated[int, Field(ge=1, le=10)]
    scenario: Annotated[str, Field(min_length=20, max_length=1200)]
    stem: Annotated[str, Field(min_length=10, max_length=400)]
    explanation: Annotated[str, Field(min_length=20, max_length=2000)]
    safe_needle_rule: Annotated[str, Field(min_length=10, max_length=300)]
    sources: Annotated[tuple[Slug, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _texts(self) -> ItemBase:
        for name in ("scenario", "stem", "explanation", "safe_needle_rule"):
            if _CONTROL.search(getattr(self, name)):
                raise ValueError(f"{name} holds a control character: delete it")
        for name in ("regions", "complications", "sources"):
            values = getattr(self, name)
            if len(values) != len(set(values)):
                raise ValueError(f"{name} names something twice: keep it once")
        return self


class Option(Strict):
    """One option. `correct` and `dangerous` are written only when true."""

    id: OptionId
    text: Annotated[str, Field(min_length=1, max_length=300)]
    correct: bool = False
    dangerous: bool = False
    rationale: Annotated[str, Field(min_length=5, max_length=600)]

    @model_validator(mode="after")
    def _not_both(self) -> Option:
        if self.correct and self.dangerous:
            raise ValueError("an option is correct or dangerous, not both: decide which")
        return self


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in an answer, in words: right, missing, wrong or dangerous."""

    kind: Literal["right", "missing", "wrong", "dangerous"]
    text: str
    option_id: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Points on one item (0 ≤ points ≤ max_points), critical errors apart."""

    points: Fraction
    max_points: int
    critical_errors: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """How one form shows an item: the order of its options, drawn once. Display keys o1, o2, … hide the bank's ids."""

    order: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For storage with the form."""
        return {"order": list(self.order)}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Variant:
        """Back from storage."""
        return cls(tuple(body["order"]))

    def key_of(self, option: str) -> str:
        """The display key of an option."""
        return f"o{self.order.index(option) + 1}"

    def has_key(self, key: object) -> bool:
        """Whether a display key belongs to this item."""
        return isinstance(key, str) and key in {f"o{n}" for n in range(1, len(self.order) + 1)}

    def option_of(self, key: object) -> str:
        """The option behind a display key; raises InvalidInput for a foreign one."""
        if not self.has_key(key):
            raise InvalidInput([("answer", "Choose among the answers shown for this item.")])
        return self.order[int(str(key)[1:]) - 1]


@dataclass(frozen=True, slots=True)
class Choice:
    """One option as a candidate sees it."""

    key: str
    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class Presentation:
    """All that a candidate may see of an item, built field by field and never by leaving fields out."""

    type: str
    scenario: str
    stem: str
    instruction: str
    critical: bool
    points: int
    choices: tuple[Choice, ...] = ()
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewedChoice:
    """One option after release."""

    letter: str
    text: str
    chosen: bool
    correct: bool
    dangerous: bool
    rationale: str


@dataclass(frozen=True, slots=True)
class Review:
    """An item after release: every option with its reason, the key in words, the rule, the sources."""

    choices: tuple[ReviewedChoice, ...]
    key_words: tuple[str, ...]
    explanation: str
    safe_needle_rule: str
    sources: tuple[str, ...]


def letter(index: int) -> str:
    """A, B, C, … for a position from 0."""
    return chr(ord("A") + index)


def choices_of(texts: Mapping[str, str], variant: Variant) -> tuple[Choice, ...]:
    """The options in the variant's order, under display keys."""
    return tuple(Choice(f"o{n + 1}", letter(n), texts[option]) for n, option in enumerate(variant.order))


def unique(ids: Iterable[str], what: str) -> None:
    """Raise ValueError if an id occurs twice."""
    found = list(ids)
    if len(found) != len(set(found)):
        raise ValueError(f"two {what} have the same id: give each its own")


def expect_keys(wire: object, allowed: str) -> Any:
    """The one field of an answer from a browser; None when nothing was chosen."""
    if not isinstance(wire, Mapping) or set(wire) - {allowed}:
        raise InvalidInput([("answer", f"Send an object with {allowed} alone.")])
    return wire.get(allowed)


def chosen_options(wire: object, field: str, variant: Variant) -> tuple[str, ...] | None:
    """Several display keys as options; None when nothing was chosen; a key sent twice is refused."""
    keys = expect_keys(wire, field)
    if keys is None or keys == []:
        return None
    if not isinstance(keys, list):
        raise InvalidInput([("answer", f"Send {field} as a list.")])
    options = tuple(variant.option_of(key) for key in keys)
    if len(options) != len(set(options)):
        raise InvalidInput([("answer", "Choose each answer once.")])
    return options


def unanswered(max_points: int) -> Mark:
    """The mark of no answer: nothing, and no critical error."""
    return Mark(Fraction(0), max_points, (), (Finding("missing", "No answer was given."),))


def split_dangers(dangers: Iterable[Finding], *, critical: bool) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """(critical errors, findings): a dangerous answer is a critical error only in a critical item."""
    found = tuple(dangers)
    return (found, ()) if critical else ((), found)
