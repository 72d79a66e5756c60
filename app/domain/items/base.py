"""What every item type shares: the common fields, findings, marks, variants, and what a candidate may see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ModelWrapValidatorHandler, ValidationError, model_validator

from app.domain.errors import InvalidInput
from app.domain.items.views import CourseReview, NeedleTask, Patient, PlacementReview, PlaceReview
from app.domain.scenes.picture import Picture
from app.domain.strict import SLUG, Fault, Slug, Strict, refusal, visible

Domain = Literal["anatomy", "placement", "complication"]
Topic = Literal["screening-consent", "infection-control", "response", "professional-law"]
DOMAINS: tuple[Domain, ...] = ("anatomy", "placement", "complication")
OptionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,11}$")]
OptionText = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(visible)]
Reason = Annotated[str, Field(min_length=5, max_length=600), AfterValidator(visible)]
Answer = str | list[str] | dict[str, Any]
"""An answer as it is stored: JSON-able, in the bank's option ids; a number as text; a placement or a point as an object."""


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
    scenario: Annotated[str, Field(min_length=20, max_length=1200), AfterValidator(visible)]
    stem: Annotated[str, Field(min_length=10, max_length=400), AfterValidator(visible)]
    explanation: Annotated[str, Field(min_length=20, max_length=2000), AfterValidator(visible)]
    safe_needle_rule: Annotated[str, Field(min_length=10, max_length=300), AfterValidator(visible)]
    sources: Annotated[tuple[Slug, ...], Field(min_length=1)]

    @classmethod
    def broken_rules(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Rules of the type about several fields, judged on the data as they came."""
        yield from ()

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault_at_once(cls, data: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        """A rule about several fields is reported beside the faults of single fields, not after they are mended."""
        broken = [*_twice(data), *cls.broken_rules(data)] if isinstance(data, Mapping) else []
        try:
            content = read(data)
        except ValidationError as error:
            raise refusal(cls.__name__, broken, error) from None
        if broken:
            raise refusal(cls.__name__, broken)
        return content


def _twice(data: Mapping[str, Any]) -> Iterator[Fault]:
    for name in ("regions", "complications", "sources"):
        for found in repeated(v for v in listed(data, name) if isinstance(v, str)):
            yield (name,), f"{name} names {found} twice: keep it once"


class Option(Strict):
    """One option. `correct` and `dangerous` are written only when true."""

    id: OptionId
    text: OptionText
    correct: bool = False
    dangerous: bool = False
    rationale: Reason

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
    """How one form shows an item, drawn once: the order of its options, and the body of its picture.

    Display keys o1, o2, … hide the bank's ids. `body` are the drawn values of a scene's parameters, `build` is their preset.
    """

    order: tuple[str, ...] = ()
    build: str = ""
    body: tuple[tuple[str, float], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For storage with the form."""
        body = {"build": self.build, "body": dict(self.body)} if self.build else {}
        return {"order": list(self.order), **body}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Variant:
        """Back from storage."""
        return cls(tuple(body["order"]), body.get("build", ""), tuple(sorted(body.get("body", {}).items())))

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
    prompts: tuple[Choice, ...] = ()
    """What the choices are to be matched with, under display keys l1, l2, …"""
    picture: Picture | None = None
    needle: NeedleTask | None = None
    patient: Patient | None = None


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
    place: PlaceReview | None = None
    placement: PlacementReview | None = None
    course: CourseReview | None = None


def letter(index: int) -> str:
    """A, B, C, … for a position from 0."""
    return chr(ord("A") + index)


def choices_of(texts: Mapping[str, str], variant: Variant) -> tuple[Choice, ...]:
    """The options in the variant's order, under display keys."""
    return tuple(Choice(f"o{n + 1}", letter(n), texts[option]) for n, option in enumerate(variant.order))


def listed(data: Mapping[str, Any], field: str) -> Sequence[Any]:
    """A list of unchecked data; empty where it is missing or no list."""
    value = data.get(field)
    return value if isinstance(value, tuple | list) else ()


def rows(data: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    """The objects in a list of unchecked data."""
    return [row for row in listed(data, field) if isinstance(row, Mapping)]


def repeated(values: Iterable[str]) -> list[str]:
    """What occurs more than once, each named once, in order."""
    return [value for value, count in Counter(values).items() if count > 1]


def twins(found: Sequence[Mapping[str, Any]], what: str) -> Iterator[Fault]:
    """Two options, or two steps, with one id, or with the same words."""
    if repeated(str(row["id"]) for row in found if "id" in row):
        yield (), f"two {what} have the same id: give each its own"
    if repeated(" ".join(str(row["text"]).casefold().split()) for row in found if "text" in row):
        yield (), f"two {what} say the same: nobody could choose between them; change or delete one"


def no_danger(data: Mapping[str, Any], found: Sequence[Mapping[str, Any]], what: str) -> Iterator[Fault]:
    """A critical item without anything dangerous in it."""
    if data.get("critical") is True and not any(row.get("dangerous") is True for row in found):
        said = f"a critical item needs at least one {what} with dangerous: true, and has none"
        yield (), f"{said}: mark what could harm the patient, or make the item not critical"


def sent(wire: object, field: str) -> Any:
    """The one field of an answer from a browser; None when nothing was chosen."""
    if not isinstance(wire, Mapping) or set(wire) - {field}:
        raise InvalidInput([("answer", f"Send an object with {field} alone.")])
    value = wire.get(field)
    return None if value in ("", []) else value


def chosen_options(wire: object, field: str, variant: Variant) -> tuple[str, ...] | None:
    """Several display keys as options; None when nothing was chosen; a key sent twice is refused."""
    keys = sent(wire, field)
    if keys is None:
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
