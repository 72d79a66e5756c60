"""The open draft of an item: its editor, and the preview as a candidate sees it."""

from __future__ import annotations

import json
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from app.bank import desk, queries
from app.bank.forms import (
    MOST_INTERVALS,
    MOST_OPTIONS,
    content_from_form,
)
from app.bank.models import ItemDraft
from app.bank.type_forms import block_text, outline_text
from app.bank.views.blueprint import Page, blueprint, me
from app.catalogue.queries import catalogue_in_force
from app.database import db
from app.domain.errors import Conflict, NotFound
from app.domain.items.needle.content import REASONS
from app.web.access import allow, current_actor
from app.web.clockwork import now
from app.web.numbers import whole_number


def _draft(item_id: str) -> ItemDraft:
    draft = queries.find_open_draft(db.session, item_id)
    if draft is None:
        raise NotFound("No draft of this item is open.")
    return draft


@blueprint.get("/admin/items/<item_id>/edit")
@allow("admin")
def edit(item_id: str) -> Page:
    """The editor of the open draft."""
    draft = _draft(item_id)
    return _edit_page(draft, json.loads(draft.content), [])


def _edit_page(
    draft: ItemDraft, content: dict[str, Any], problems: list[tuple[str, str]], error: str = "", status: int = 200
) -> Page:
    page = render_template(
        "bank/edit.html", open_draft=draft, content=content, problems=problems, error=error,
        catalogue=catalogue_in_force(db.session).catalogue,
        most=MOST_OPTIONS, intervals=MOST_INTERVALS,
        scenes=queries.current_scenes(db.session), reasons=REASONS, outline_text=outline_text, block_text=block_text,
        places={s: n for n, tied in enumerate(content.get("order") or [], start=1) for s in tied},
    )  # fmt: skip
    return page, status


@blueprint.post("/admin/items/<item_id>/edit")
@allow("admin")
def save_draft(item_id: str) -> Page:
    """Keep the draft, and preview or publish it if asked and possible; what was typed is never lost."""
    draft, act = _draft(item_id), request.form.get("act", "save")
    content = content_from_form(request.form, item_id, json.loads(draft.content)["type"])
    count = whole_number(request.form.get("edit_count"))
    try:
        desk.save_draft(
            db.session, draft=draft, content=content, edit_count=-1 if count is None else count, editor_id=me().id, now=now()
        )
    except Conflict as error:
        db.session.rollback()
        return _edit_page(_draft(item_id), content, [], error.message, 409)
    db.session.commit()
    _, problems = desk.problems_of(db.session, content)
    if act == "preview" and not problems:
        return redirect(url_for("bank.preview", item_id=item_id))
    if act == "publish" and not problems:
        desk.publish_draft(db.session, draft=_draft(item_id), author=me(), now=now())
        db.session.commit()
        flash("Published. Attempts already started keep the version they have.", "ok")
        return redirect(url_for("bank.item", item_id=item_id))
    flash("Draft kept.", "ok")
    return _edit_page(_draft(item_id), content, problems, status=200 if act == "save" or not problems else 422)


@blueprint.post("/admin/items/<item_id>/discard")
@allow("admin")
def discard(item_id: str) -> Page:
    """Close the open draft without publishing."""
    desk.discard_draft(db.session, draft=_draft(item_id), actor=current_actor(), now=now())
    db.session.commit()
    flash("The draft is closed; nothing was published.", "ok")
    return redirect(url_for("bank.items"))
