"""Quizzes and pools made from little, for the tests of quizzes, assembly and scoring."""

from __future__ import annotations

from typing import Any

from app.domain.assembly import PoolItem
from app.domain.quiz import Quiz, parse_quiz

BODY: dict[str, Any] = {
    "schema": "quiz/1", "id": "thorax", "title": "Thorax exam", "mode": "exam", "purpose": "About the thorax.",
    "select": {"any_of": [{"groups": ["thorax"]}]},
    "blueprint": {
        "critical_max": 8,
        "cells": [
            {"count": 6, "domain": "anatomy"},
            {"count": 6, "domain": "placement", "topics": ["screening-consent", "infection-control"]},
            {"count": 8, "domain": "complication"},
        ],
    },
    "cuts": {
        "overall": {"num": 80, "den": 100},
        "domains": {"anatomy": {"num": 70, "den": 100}, "placement": {"num": 70, "den": 100}},
        "topics": [{"topics": ["screening-consent", "infection-control"], "cut": {"num": 60, "den": 100}}],
    },
    "max_critical_errors": 0, "time_limit_s": 1800, "attempts": {"allowed": 2, "window_days": 30, "waits_h": [48, 168, 720]},
    "review_rule": "topics-only", "validity_months": 24, "pool_factor": {"num": 3, "den": 2},
}  # fmt: skip


def make_quiz(**changes: Any) -> Quiz:
    """A sound exam of 20 items with cuts overall, on two domains and on two topics together."""
    return parse_quiz({**BODY, **changes})


def small_quiz(*cells: dict[str, Any], critical_max: int = 8, cut_percent: int = 80) -> Quiz:
    """A quiz of these cells with an overall cut alone."""
    blueprint = {"critical_max": critical_max, "cells": list(cells)}
    return make_quiz(blueprint=blueprint, cuts={"overall": {"num": cut_percent, "den": 100}})


def make_pool_item(number: int = 0, **changes: Any) -> PoolItem:
    """An item of the pool."""
    facts: dict[str, Any] = {
        "item_id": f"item-{number:03d}", "version_id": number, "domain": "anatomy", "topic": None,
        "regions": frozenset({"upper-trapezius"}), "complications": frozenset(), "type": "single_best_answer",
        "critical": False, "seen_count": 0,
    }  # fmt: skip
    return PoolItem(**{**facts, **changes})


def make_pool(count: int, first: int = 0, **changes: Any) -> list[PoolItem]:
    """Several items alike, numbered."""
    return [make_pool_item(number, **changes) for number in range(first, first + count)]
