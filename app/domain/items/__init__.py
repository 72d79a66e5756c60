"""Items: one module for each type; everything a caller needs goes through the functions here.

A new type is a module with the same functions and one line in `_MODULES`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from types import ModuleType
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from app.domain.canonical import digest
from app.domain.errors import InvalidInput
from app.domain.items import case, hotspot, matching, multiple_response, needle_placement, numeric, ordering, single_best_answer
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
from app.domain.items.case import Case
from app.domain.items.hotspot import Hotspot
from app.domain.items.matching import Matching
from app.domain.items.multiple_response import MultipleResponse
from app.domain.items.needle.content import NeedlePlacement
from app.domain.items.needle.judging import draw_body
from app.domain.items.numeric import Numeric
from app.domain.items.ordering import Ordering
from app.domain.items.single_best_answer import SingleBestAnswer
from app.domain.strict import problems_of, tuples

__all__ = [
    "DOMAINS", "TYPES", "Answer", "Case", "Choice", "Finding", "Hotspot", "ItemBase", "ItemContent", "Mark",
    "Matching", "MultipleResponse", "NeedlePlacement", "Numeric",
    "Option", "Ordering", "Presentation", "Review", "ReviewedChoice", "SingleBestAnswer", "Variant", "answer_words", "follows",
    "item_digest", "item_json", "key_answer", "make_variant", "parse_answer", "parse_item", "presentation", "review",
    "score", "wire_answer", "with_scene", "without_scene",
]  # fmt: skip

ItemContent = Annotated[
    SingleBestAnswer | MultipleResponse | Ordering | Numeric | Matching | Hotspot | NeedlePlacement | Case,
    Field(discriminator="type"),
]
_MODULES: dict[str, ModuleType] = {
    "single_best_answer": single_best_answer,
    "multiple_response": multiple_response,
    "ordering": ordering,
    "numeric": numeric,
    "matching": matching,
    "hotspot": hotspot,
    "needle_placement": needle_placement,
    "case": case,
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


def with_scene(data: object, scenes: Mapping[str, Mapping[str, Any]]) -> object:
    """The data of an item with the scene itself where its name stood; an unknown name stays, and is refused as such."""
    if not isinstance(data, Mapping) or not isinstance(data.get("scene"), str) or data["scene"] not in scenes:
        return data
    return {**data, "scene": scenes[data["scene"]]}


def without_scene(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an item with the name of its scene alone, as files and drafts hold it."""
    scene = data.get("scene")
    return {**data, "scene": scene["id"]} if isinstance(scene, Mapping) and "id" in scene else dict(data)


def item_json(content: ItemContent) -> dict[str, Any]:
    """The content as plain JSON, absent where it is the default; `parse_item` reads it back."""
    body: dict[str, Any] = content.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return body


def item_digest(content: ItemContent) -> str:
    """SHA-256 of the canonical content."""
    return digest(item_json(content))


def make_variant(content: ItemContent, rng: random.Random) -> Variant:
    """Draw the order in which a form shows the options, and the body of a picture; keys and dangers have no part in it."""
    ids = sorted(_module(content).option_ids(content))
    rng.shuffle(ids)
    build, body = draw_body(content, rng) if isinstance(content, NeedlePlacement) else ("", ())
    return Variant(tuple(ids), build, body)


def presentation(content: ItemContent, variant: Variant, answer: Answer | None = None) -> Presentation:
    """What a candidate may see: an allow-list, the same whatever the key is. Of a case, the patient after the actions so far."""
    found: Presentation = _module(content).presentation(content, variant, answer)
    return found


def follows(content: ItemContent, before: Answer | None, after: Answer | None) -> bool:
    """Whether an answer may come after another: a case's list of actions only grows, one at a time; others change freely."""
    if not isinstance(content, Case):
        return True
    was, now = (a if isinstance(a, list) else None for a in (before, after))
    return case.extends(was, now)


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


def key_answer(content: ItemContent, variant: Variant | None = None) -> Answer:
    """An answer with the full mark, in the body of a variant if it has one; for the desk and for tests, never for a candidate."""
    if isinstance(content, NeedlePlacement) and variant is not None and variant.body:
        return needle_placement.answer_in(content, variant)
    found: Answer = _module(content).key_answer(content)
    return found


def score(content: ItemContent, variant: Variant, answer: Answer | None) -> Mark:
    """Mark a stored answer as its form showed the item."""
    found: Mark = _module(content).score(content, variant, answer)
    return found


def review(content: ItemContent, variant: Variant, answer: Answer | None) -> Review:
    """The item with every reason, for after release."""
    found: Review = _module(content).review(content, variant, answer)
    return found
