"""A quiz definition: what it selects, how a form is made up, where the cuts lie, when it may be sat (schema quiz/1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.domain.errors import InvalidInput
from app.domain.items import TYPES
from app.domain.items.base import DOMAINS, Domain, Topic

LEAST_IN_A_DOMAIN = 6
"""A form never scores a domain on fewer items."""
MOST_CRITICAL = 8
"""At 1 % slips more critical items would fail too many sound clinicians."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Share(_Strict):
    """A share as two integers."""

    num: Annotated[int, Field(ge=0)]
    den: Annotated[int, Field(ge=1)]

    @property
    def fraction(self) -> Fraction:
        """The share as a fraction."""
        return Fraction(self.num, self.den)


class Selector(_Strict):
    """Every field given must fit; a list fits if the item has one of its words. `regions_within` bounds all regions of the item."""

    groups: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    regions_within: tuple[str, ...] | None = None
    topics: tuple[Topic, ...] | None = None
    domains: tuple[Domain, ...] | None = None
    complications: tuple[str, ...] | None = None


class Selection(_Strict):
    """An item belongs if one selector of `any_of` fits and none of `none_of`. `regions_within` names groups."""

    any_of: Annotated[tuple[Selector, ...], Field(min_length=1)]
    none_of: tuple[Selector, ...] = ()


class Cell(_Strict):
    """`count` items that fit every field given."""

    count: Annotated[int, Field(ge=1, le=60)]
    domain: Domain | None = None
    region: str | None = None
    topics: tuple[Topic, ...] | None = None
    complications: tuple[str, ...] | None = None
    type: str | None = None
    critical: bool | None = None

    @model_validator(mode="after")
    def _known_type(self) -> Cell:
        if self.type is not None and self.type not in TYPES:
            raise ValueError(f"type must be one of {', '.join(TYPES)}")
        return self

    def words(self) -> str:
        """The cell in words, for a message about a shortage."""
        parts = [self.domain, self.region, self.type]
        parts += list(self.topics or ()) + list(self.complications or ())
        if self.critical is not None:
            parts.append("critical" if self.critical else "not critical")
        return ", ".join(p for p in parts if p) or "any item of the pool"


class Blueprint(_Strict):
    """How many items a form takes from where, and how many critical ones at most."""

    critical_max: Annotated[int, Field(ge=0, le=MOST_CRITICAL)]
    cells: Annotated[tuple[Cell, ...], Field(min_length=1)]

    @property
    def size(self) -> int:
        """How many items a form has."""
        return sum(cell.count for cell in self.cells)


class TopicCut(_Strict):
    """A cut on several topics together."""

    topics: Annotated[tuple[Topic, ...], Field(min_length=1)]
    cut: Share


class Cuts(_Strict):
    """The standard: overall, for each domain, for topics."""

    overall: Share
    domains: dict[Domain, Share] = Field(default_factory=dict)
    topics: tuple[TopicCut, ...] = ()


class Attempts(_Strict):
    """At most `allowed` attempts in `window_days`; `waits_h[n-1]` hours after the n-th miss."""

    allowed: Annotated[int, Field(ge=1, le=20)]
    window_days: Annotated[int, Field(ge=1, le=365)]
    waits_h: Annotated[tuple[int, ...], Field(min_length=1)]


class Quiz(_Strict):
    """A whole definition."""

    schema_: Literal["quiz/1"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,80}$")]
    title: Annotated[str, Field(min_length=5, max_length=200)]
    mode: Literal["exam", "practice"]
    purpose: Annotated[str, Field(min_length=10, max_length=500)]
    select: Selection
    blueprint: Blueprint
    cuts: Cuts
    max_critical_errors: Annotated[int, Field(ge=0)]
    time_limit_s: Annotated[int, Field(ge=60, le=4 * 3600)]
    attempts: Attempts
    review_rule: Literal["topics-only", "open"]
    validity_months: Annotated[int, Field(ge=1, le=120)]
    pool_factor: Share

    @model_validator(mode="after")
    def _sound(self) -> Quiz:
        if self.mode == "exam" and self.max_critical_errors != 0:
            raise ValueError("an exam allows no critical error: set max_critical_errors to 0")
        sure: Counter[str] = Counter()
        for cell in self.blueprint.cells:
            sure[cell.domain or ""] += cell.count
        for domain in self.cuts.domains:
            if sure[domain] < LEAST_IN_A_DOMAIN:
                raise ValueError(f"the cells guarantee {sure[domain]} items of {domain}, a cut needs at least {LEAST_IN_A_DOMAIN}")
        return self


class Facts(Protocol):
    """What a selection looks at."""

    @property
    def domain(self) -> str: ...
    @property
    def topic(self) -> str | None: ...
    @property
    def regions(self) -> frozenset[str]: ...
    @property
    def complications(self) -> frozenset[str]: ...


def parse_quiz(data: object) -> Quiz:
    """Check a definition; raises InvalidInput with every problem and its path."""
    try:
        return Quiz.model_validate(_tuples(data))
    except ValidationError as error:
        raise InvalidInput(
            (".".join(map(str, e["loc"])), str(e["msg"]).removeprefix("Value error, ")) for e in error.errors(include_url=False)
        ) from None


def _tuples(value: object) -> object:
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(inner) for inner in value)
    return value


def quiz_json(quiz: Quiz) -> dict[str, Any]:
    """The definition as plain JSON; `parse_quiz` reads it back."""
    body: dict[str, Any] = quiz.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return body


def belongs(quiz: Quiz, item: Facts, groups: Mapping[str, Collection[str]]) -> bool:
    """Whether an item is in the pool of a quiz; `groups` maps a group to its regions."""
    fits = any(_fits(s, item, groups) for s in quiz.select.any_of)
    return fits and not any(_fits(s, item, groups) for s in quiz.select.none_of)


def _fits(selector: Selector, item: Facts, groups: Mapping[str, Collection[str]]) -> bool:
    def regions_of(names: Collection[str]) -> frozenset[str]:
        return frozenset(region for name in names for region in groups.get(name, ()))

    return all(
        (
            selector.groups is None or bool(item.regions & regions_of(selector.groups)),
            selector.regions is None or bool(item.regions & set(selector.regions)),
            selector.regions_within is None or item.regions <= regions_of(selector.regions_within),
            selector.topics is None or item.topic in selector.topics,
            selector.domains is None or item.domain in selector.domains,
            selector.complications is None or bool(item.complications & set(selector.complications)),
        )
    )


__all__ = ["DOMAINS", "Blueprint", "Cell", "Facts", "Quiz", "Share", "belongs", "parse_quiz", "quiz_json"]
