"""A quiz definition: what it selects, how a form is made up, where the cuts lie, when it may be sat (schema quiz/1)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, Field, ValidationError, model_validator

from app.domain.errors import InvalidInput
from app.domain.items import TYPES
from app.domain.items.base import DOMAINS, Domain, Topic
from app.domain.strict import Fault, Strict, problems_of, refusal, tuples

LEAST_IN_A_DOMAIN = 6
"""A form never scores a domain on fewer items."""
MOST_CRITICAL = 8
"""At 1 % slips more critical items would fail too many sound clinicians."""


class Share(Strict):
    """A share as two integers."""

    num: Annotated[int, Field(ge=0)]
    den: Annotated[int, Field(ge=1)]

    @property
    def fraction(self) -> Fraction:
        """The share as a fraction."""
        return Fraction(self.num, self.den)


def _cut(share: Share) -> Share:
    if not 0 < share.fraction <= 1:
        raise ValueError("a cut lies above 0 and at most at 1: write num 80 and den 100 for 80 %")
    if (share.fraction * 100).denominator != 1:  # pages show whole percentages, and must not round a standard
        raise ValueError("a cut is a whole percentage: write num 80 and den 100 for 80 %")
    return share


def _at_least_the_form(share: Share) -> Share:
    if share.fraction < 1:
        raise ValueError("a pool smaller than its form cannot fill it: write num 3 and den 2 for one and a half times the form")
    return share


Cut = Annotated[Share, AfterValidator(_cut)]


class Selector(Strict):
    """Every field given must fit; a list fits if the item has one of its words. `regions_within` bounds all regions of the item."""

    groups: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    regions_within: tuple[str, ...] | None = None
    topics: tuple[Topic, ...] | None = None
    domains: tuple[Domain, ...] | None = None
    complications: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Selector:
        if not self.model_fields_set:
            raise ValueError("an empty selector would fit every item: name groups, regions, topics, domains or complications")
        return self


class Selection(Strict):
    """An item belongs if one selector of `any_of` fits and none of `none_of`. `regions_within` names groups."""

    any_of: Annotated[tuple[Selector, ...], Field(min_length=1)]
    none_of: tuple[Selector, ...] = ()


class Cell(Strict):
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


class Blueprint(Strict):
    """How many items a form takes from where, and how many critical ones at most."""

    critical_max: Annotated[int, Field(ge=0, le=MOST_CRITICAL)]
    cells: Annotated[tuple[Cell, ...], Field(min_length=1)]

    @property
    def size(self) -> int:
        """How many items a form has."""
        return sum(cell.count for cell in self.cells)


class TopicCut(Strict):
    """A cut on several topics together."""

    topics: Annotated[tuple[Topic, ...], Field(min_length=1)]
    cut: Cut


class Cuts(Strict):
    """The standard: overall, for each domain, for topics."""

    overall: Cut
    domains: dict[Domain, Cut] = Field(default_factory=dict)
    topics: tuple[TopicCut, ...] = ()


class Attempts(Strict):
    """At most `allowed` attempts in `window_days`; `waits_h[n-1]` hours after the n-th miss."""

    allowed: Annotated[int, Field(ge=1, le=20)]
    window_days: Annotated[int, Field(ge=1, le=365)]
    waits_h: Annotated[tuple[int, ...], Field(min_length=1)]


class Quiz(Strict):
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
    pool_factor: Annotated[Share, AfterValidator(_at_least_the_form)]

    @model_validator(mode="after")
    def _sound(self) -> Quiz:
        broken = [*_critical_rule(self), *_unscorable_domains(self), *_unscorable_topics(self)]
        if broken:
            raise refusal("quiz", broken)
        return self


def _critical_rule(quiz: Quiz) -> Iterator[Fault]:
    if quiz.mode == "exam" and quiz.max_critical_errors != 0:
        yield (), "an exam allows no critical error: set max_critical_errors to 0"


def _unscorable_domains(quiz: Quiz) -> Iterator[Fault]:
    """A cut on a domain that some form would hold too few items of; nobody could reach it there."""
    for domain in quiz.cuts.domains:
        sure = sum(cell.count for cell in quiz.blueprint.cells if cell.domain == domain)
        if sure < LEAST_IN_A_DOMAIN:
            said = f"the cells guarantee {sure} items of {domain}, and a cut needs at least {LEAST_IN_A_DOMAIN}"
            yield ("cuts", "domains", domain), f"{said}: ask for more in the cells, or drop this cut"


def _unscorable_topics(quiz: Quiz) -> Iterator[Fault]:
    for n, cut in enumerate(quiz.cuts.topics):
        sure = sum(cell.count for cell in quiz.blueprint.cells if cell.topics and set(cell.topics) <= set(cut.topics))
        if sure < LEAST_IN_A_DOMAIN:
            said = f"the cells guarantee {sure} items of {', '.join(cut.topics)}, and a cut needs at least {LEAST_IN_A_DOMAIN}"
            yield ("cuts", "topics", n), f"{said}: ask for more in the cells, or drop this cut"


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
        return Quiz.model_validate(tuples(data))
    except ValidationError as error:
        raise InvalidInput(problems_of(error)) from None


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
