"""An item as a candidate sees it, tried out and marked: nothing is saved, and a needle's mark follows every change."""

from __future__ import annotations

import json
import random
from typing import Any

from flask import render_template, request, url_for

from app.bank import desk, queries
from app.bank.views.blueprint import Page, blueprint
from app.database import db
from app.domain.errors import InvalidInput, NotFound
from app.domain.items import (
    Answer,
    Case,
    ItemContent,
    Variant,
    make_variant,
    parse_answer,
    presentation,
    review,
    score,
    wire_answer,
)  # fmt: skip
from app.domain.items.case import explore_case
from app.web.access import allow
from app.web.answers import answer_from_form, typed_answer
from app.web.numbers import whole_number


@blueprint.get("/admin/items/<item_id>/preview")
@allow("admin")
def preview(item_id: str) -> Page:
    """The item exactly as a candidate sees it, the open draft or else the current version; an answer in the address is marked."""
    content = _preview_content(item_id)
    seed = whole_number(request.args.get("seed", "1")) or 0
    variant = make_variant(content, random.Random(seed))  # a form that anybody can see again by its number
    try:
        answer = parse_answer(content, variant, answer_from_form(request.args, content.type))
    except InvalidInput as error:
        shown = presentation(content, variant)
        return _page(item_id, seed, content, shown=shown, answer=typed_answer(request.args), error=error.message), 422
    return _page(
        item_id, seed, content, shown=presentation(content, variant, answer), answer=wire_answer(content, variant, answer),
        **_marked(content, variant, answer),
    )  # fmt: skip


def _marked(content: ItemContent, variant: Variant, answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {}
    return {"mark": score(content, variant, answer), "after": review(content, variant, answer)}


def _page(item_id: str, seed: int, content: ItemContent, **found: Any) -> str:
    again = url_for("bank.preview", item_id=item_id, seed=seed)
    explored = explore_case(content) if isinstance(content, Case) else None
    return render_template("bank/preview.html", item_id=item_id, seed=seed, again=again, explored=explored, **found)


def _preview_content(item_id: str) -> ItemContent:
    draft = queries.find_open_draft(db.session, item_id)
    if draft is not None:
        content, problems = desk.problems_of(db.session, json.loads(draft.content))
        if content is None:
            raise InvalidInput(problems)
        return content
    version = queries.get_item(db.session, item_id).current_version
    if version is None:
        raise NotFound("This item has no version yet.")
    return queries.parse_stored(version.content)
