"""Items: one module for each type; everything a caller needs goes through the functions here.

A new type is a module with the same functions and one line in `_MODULES`.
"""

from __future__ import annotations

import random
from types import ModuleType
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from app.domain.canonical import digest
from app.domain.errors import InvalidInput
from app.domain.items import multiple_response, numeric, ordering, single_best_answer
from app.domain.items.base import (
    DOMAINS,
    Answer,
    Choice,
    Finding,
    ItemBase,
    Mark,
    Option,
    Presentation,
    Review,
    ReviewedChoice,
    Variant,
)
from app.domain.items.multiple_response import MultipleResponse
from app.domain.items.numeric import Numeric
from app.domain.items.ordering import Ordering
from app.domain.items.single_best_answer import SingleBestAnswer
from app.domain.strict import problems_of, tuples

__all__ = [
    "DOMAINS", "TYPES", "Answer", "Choice", "Finding", "ItemBase", "ItemContent", "Mark", "MultipleResponse", "Numeric",
    "Option", "Ordering", "Presentation", "Review", "ReviewedChoice", "SingleBestAnswer", "Variant", "answer_words",
    "item_digest", "item_json", "key_answer", "make_variant", "parse_answer", "parse_item", "presentation", "review",
    "score", "wire_answer",
]  # fmt: skip

ItemContent = Annotated[SingleBestAnswer | MultipleResponse | Ordering | Numeric, Field(discriminator="type")]
_MODULES: dict[str, ModuleType] = {
    "single_best_answer": single_best_answer,
    "multiple_response": multiple_response,
    "ordering": ordering,
    "numeric": numeric,
}
TYPES = tuple(_MODULES)
_ADAPTER: TypeAdapter[ItemContent] = TypeAdapter(ItemContent)


def _module(content: ItemContent) -> Any:
    return _MODULES[content.type]


def parse_item(data: object) -> ItemContent:
    """Check the content of an item; raises InvalidInput with every problem at once, each with its path."""
    try:
        return _ADAPTER.validate_python(tuples(data))
    except ValidationError as error:
        raise InvalidInput(problems_of(error, TYPES)) from None


def item_json(content: ItemContent) -> dict[str, Any]:
    """The content as plain JSON, absent where it is the default; `parse_item` reads it back."""
    body: dict[str, Any] = content.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return body


def item_digest(content: ItemContent) -> str:
    """SHA-256 of the canonical content."""
    return digest(item_json(content))


def make_variant(content: ItemContent, rng: random.Random) -> Variant:
    """Draw the order in which a form shows the options; keys and dangers have no part in it."""
    ids = sorted(_module(content).option_ids(content))
    rng.shuffle(ids)
    return Variant(tuple(ids))


def presentation(content: ItemContent, variant: Variant) -> Presentation:
    """What a candidate may see: an allow-list, the same whatever the key is."""
    found: Presentation = _module(content).presentation(content, variant)
    return found


def parse_answer(content: ItemContent, variant: Variant, wire: object) -> Answer | None:
    """A browser's answer in stored form; None when nothing was chosen; raises InvalidInput."""
    found: Answer | None = _module(content).parse_answer(content, variant, wire)
    return found


def wire_answer(content: ItemContent, variant: Variant, answer: Answer | None) -> dict[str, Any]:
    """A stored answer in display keys."""
    found: dict[str, Any] = _module(content).wire_answer(content, variant, answer)
    return found


def answer_words(content: ItemContent, variant: Variant, answer: Answer | None) -> tuple[str, ...]:
    """A stored answer in the words that the candidate chose."""
    found: tuple[str, ...] = _module(content).answer_words(content, variant, answer)
    return found


def key_answer(content: ItemContent) -> Answer:
    """An answer with the full mark; for the desk and for tests, never near a candidate's page."""
    found: Answer = _module(content).key_answer(content)
    return found


def score(content: ItemContent, answer: Answer | None) -> Mark:
    """Mark a stored answer."""
    found: Mark = _module(content).score(content, answer)
    return found


def review(content: ItemContent, variant: Variant, answer: Answer | None) -> Review:
    """The item with every reason, for after release."""
    found: Review = _module(content).review(content, variant, answer)
    return found
