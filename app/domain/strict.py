"""Strict models: nothing unknown, nothing converted silently, nothing changed, and every fault reported at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails

from app.domain.errors import Problem

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Slug = Annotated[str, Field(pattern=SLUG, max_length=60)]
"""An id that people type: lower-case letters, digits, single hyphens."""
Fault = tuple[tuple[str | int, ...], str]
"""(where: the names and indexes that lead to a field, "what: cure")."""

# What a reviewer would not see: C0 but line feed, C1, line and paragraph separators, bidirectional marks, characters
# without width, halves of a pair.
HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ud800-\udfff\ufeff\ufff9-\uffff]"
)


class Strict(BaseModel):
    """No unknown fields, no silent conversions, no changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def tuples(value: object) -> object:
    """The same data with tuples for lists, since a frozen model holds tuples and a strict one does not convert."""
    if isinstance(value, dict):
        return {key: tuples(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(tuples(inner) for inner in value)
    return value


def visible(text: str) -> str:
    """The text itself, if a reader sees every character of it; raises ValueError for a blank or hidden one."""
    if not text.strip():
        raise ValueError("this text is blank: write it, or leave the field out")
    hidden = HIDDEN.search(text)
    if hidden is not None:
        raise ValueError(f"this text holds a control or invisible character (U+{ord(hidden[0]):04X}): delete it")
    return text


def refusal(title: str, faults: Iterable[Fault], fields: ValidationError | None = None) -> ValidationError:
    """One error for the faults of single fields and for those of rules about several, to be raised in a validator."""
    known = [_again(e) for e in fields.errors(include_url=False)] if fields else []
    return ValidationError.from_exception_data(title, [*known, *(_detail(where, said) for where, said in faults)])


def _again(error: Any) -> InitErrorDetails:
    return InitErrorDetails(type=error["type"], loc=error["loc"], input=error["input"], ctx=error.get("ctx", {}))


def _detail(where: tuple[str | int, ...], said: str) -> InitErrorDetails:
    return InitErrorDetails(type="value_error", loc=where, input=None, ctx={"error": ValueError(said)})


def problems_of(error: ValidationError, tags: Collection[str] = ()) -> Iterator[Problem]:
    """Every fault with its dotted path; the tag of a union, which is no field, is left out."""
    found = error.errors(include_url=False)
    inside = {e["loc"][:n] for e in found for n in range(len(e["loc"]))}
    for fault in found:
        where = fault["loc"]
        if fault["type"] == "too_short" and where in inside:
            continue  # entries that are broken themselves are not counted, so nothing is known of the length
        named = where[1:] if where and where[0] in tags else where
        yield ".".join(str(part) for part in named), fault["msg"].removeprefix("Value error, ")
