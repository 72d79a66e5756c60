"""Items, a pack and quizzes for the rules of the bank, made from little."""

from __future__ import annotations

from typing import Any

from app.domain.catalogue import Catalogue
from app.domain.items import ItemContent, parse_item
from app.domain.quiz import Quiz, parse_quiz
from tests.domain.catalogue.test_catalogue import shipped

SUBJECTS = (
    "A rower lies prone after two hard weeks on the water and asks for needling of the shoulder crest.",
    "An office worker sits with a stiff neck since Monday; nothing like it has happened to her before.",
    "A gardener points at the tender spot beside his spine that you felt a moment ago while he bent.",
    "The night nurse reports a dull ache below the blade that her colleague could not take away.",
)
STEMS = ("What do you choose?", "Which plan fits best?", "Where does the tip go from here?", "How do you go on?")


def pack() -> Catalogue:
    return shipped()


def make_item(number: int = 0, options: tuple[str, ...] = ("Hold it", "Drop it", "Leave it"), **changes: Any) -> ItemContent:
    """A single-best-answer item whose first option is the key."""
    body: dict[str, Any] = {
        "schema": "item/1", "id": f"item-{number}", "type": "single_best_answer", "domain": "placement",
        "regions": ["upper-trapezius"], "complications": [], "pool": "exam", "difficulty": 3, "critical": False,
        "points": 1, "scenario": SUBJECTS[number % 4], "stem": STEMS[number % 4],
        "options": [
            {"id": "abcdef"[n], "text": text, "rationale": "Because of that.", **({"correct": True} if n == 0 else {})}
            for n, text in enumerate(options)
        ],
        "explanation": "The reasoning behind the key.", "safe_needle_rule": "Hold the fold.", "sources": ["kearns2022"],
    }  # fmt: skip
    return parse_item({**body, **changes})


def make_ordering(distractor: str, step: str = "Look") -> ItemContent:
    """An ordering item with one distractor."""
    common = make_item().model_dump(mode="json", by_alias=True, exclude={"options", "type", "topic"})
    steps = [{"id": "a", "text": step}, {"id": "b", "text": "Feel"}, {"id": "c", "text": "Write"}]
    distractors = [{"id": "x", "text": distractor, "rationale": "Does harm."}]
    return parse_item({**common, "type": "ordering", "steps": steps, "order": [["a"], ["b"], ["c"]], "distractors": distractors})


def make_quiz(*cells: dict[str, Any], **changes: Any) -> Quiz:
    """An exam of the thorax with these cells."""
    body: dict[str, Any] = {
        "schema": "quiz/1", "id": "thorax", "title": "Thorax exam", "mode": "exam", "purpose": "About the thorax.",
        "select": {"any_of": [{"groups": ["thorax"]}]}, "blueprint": {"critical_max": 2, "cells": list(cells)},
        "cuts": {"overall": {"num": 80, "den": 100}}, "max_critical_errors": 0, "time_limit_s": 600,
        "attempts": {"allowed": 2, "window_days": 30, "waits_h": [48]}, "review_rule": "topics-only",
        "validity_months": 24, "pool_factor": {"num": 3, "den": 2},
    }  # fmt: skip
    return parse_quiz({**body, **changes})
