"""The examples of the reference are sound, so a writer may start from them."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from app.domain.bank_rules import bank_problems
from app.domain.catalogue import PACKS
from app.domain.items import (
    Case,
    Hotspot,
    ItemContent,
    Matching,
    MultipleResponse,
    NeedlePlacement,
    Numeric,
    Ordering,
    SingleBestAnswer,
    parse_item,
    with_scene,
)
from app.domain.quiz import Quiz, parse_quiz
from app.domain.scenes import parse_scene, scene_problems
from app.formats.strict_yaml import load
from config import ROOT
from tests.domain.bank_rules.items import pack

REFERENCE = (ROOT / "docs/reference/bank.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)


def items() -> list[ItemContent]:
    (scene,) = [load(text.encode(), "example").data for text in BLOCKS if text.startswith("schema: scene/1")]
    found = [load(text.encode(), "example").data for text in BLOCKS if text.startswith("schema: item/1")]
    return [parse_item(with_scene(data, {scene["id"]: scene})) for data in found]


def test_there_is_a_sound_example_of_each_kind_of_item() -> None:
    assert [i.type for i in items()] == [
        "single_best_answer", "ordering", "numeric", "matching", "hotspot", "needle_placement", "case",
    ]  # fmt: skip
    assert bank_problems(items(), pack(), []) == []


def test_the_example_of_a_scene_is_sound() -> None:
    (scene,) = [parse_scene(load(text.encode(), "example").data) for text in BLOCKS if text.startswith("schema: scene/1")]
    assert scene_problems(scene) == []


def test_the_example_of_a_quiz_is_sound() -> None:
    (quiz,) = [parse_quiz(load(text.encode(), "example").data) for text in BLOCKS if text.startswith("schema: quiz/1")]
    assert bank_problems([], pack(), [quiz]) == []


def fields_of(kind: Any) -> set[str]:
    """The names of all fields of a model and of every model inside it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        own = {field.alias or name for name, field in kind.model_fields.items()}
        return own.union(*(fields_of(field.annotation) for field in kind.model_fields.values()))
    return set().union(*(fields_of(inner) for inner in get_args(kind)))


@pytest.mark.parametrize(
    "model",
    [*PACKS.values(), Quiz, SingleBestAnswer, MultipleResponse, Ordering, Numeric, Matching, Hotspot, NeedlePlacement, Case],
)
def test_every_field_is_described(model: type[BaseModel]) -> None:
    fields = fields_of(model)
    assert len(fields) > 5
    counts = {
        "regions",
        "by_risk_tier",
        "by_group",
        "groups",
        "complications",
    }  # inside meta.counts, described as a whole
    assert [name for name in sorted(fields - counts) if not re.search(rf"\b{name}\b", REFERENCE)] == []
