"""Draw a form for a person: which item versions, in which order, each as this person sees it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.attempts.queries import exposure, seen_counts
from app.domain.assembly import Form, PoolItem, assemble, overexposed, pool_needed
from app.domain.canonical import canonical_bytes
from app.domain.errors import Conflict
from app.domain.items import ItemContent, make_variant
from app.domain.quiz import Quiz as QuizRules
from app.practice.queries import assigned_hazards
from app.quizzes.queries import pool_item, quiz_pool


def assemble_form(
    session: Session, person_id: int, rules: QuizRules, seed: str, *, on: date, need_review: bool
) -> list[dict[str, Any]]:
    """The rows of a form but for their attempt; the same seed and facts give the same rows. Raises Conflict if none can be made."""
    pool = {v.version_id: v for v in quiz_pool(session, rules, on, need_review=need_review)}
    if len(pool) < pool_needed(rules):
        raise Conflict(f"This exam is not offered yet: {pool_needed(rules) - len(pool)} reviewed items short.")
    seen = seen_counts(session, person_id)
    items = [pool_item(v, seen[v.content.id]) for v in pool.values()]
    rng = random.Random(seed)  # a stored seed, so that a form can be drawn again
    form = assemble(rules.blueprint, _weighed(session, person_id, rules, items), rng)
    if not isinstance(form, Form):
        raise Conflict(f"This exam is not offered now: {form.words}")
    return _frozen(form, {number: v.content for number, v in pool.items()}, rng)


def _weighed(session: Session, person_id: int, rules: QuizRules, items: list[PoolItem]) -> list[PoolItem]:
    """The pool with what the draw avoids (items that too many have had lately) and what it seeks (siblings of what was missed)."""
    forms, times = exposure(session, rules.id)
    missed = assigned_hazards(session, person_id, rules.id)
    size = rules.blueprint.size
    return [
        replace(
            item,
            overexposed=overexposed(times[item.item_id], forms, size, len(items)),
            sibling=bool(item.complications & missed),
        )
        for item in items
    ]


def _frozen(form: Form, contents: Mapping[int, ItemContent], rng: random.Random) -> list[dict[str, Any]]:
    return [
        {
            "position": position,
            "item_id": drawn.item_id,
            "item_version_id": drawn.version_id,
            "variant": canonical_bytes(make_variant(contents[drawn.version_id], rng).to_json()).decode(),
        }
        for position, drawn in enumerate(form.items, start=1)
    ]
