"""Items: the list, one item, and how a new draft begins."""

from __future__ import annotations

import json
import random
import re
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from app.bank import desk, queries
from app.bank.forms import (
    TYPE_CHOICES,
    NewItemForm,
    QuickForm,
    StateForm,
)
from app.bank.models import ItemDraft
from app.bank.views.blueprint import Page, blueprint, me
from app.database import db
from app.domain.errors import InvalidInput, NotFound
from app.domain.items import make_variant, review
from app.formats.quick_text import Diagnostic, parse_quick
from app.web.access import allow, current_actor
from app.web.clockwork import now

_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


@blueprint.get("/admin/items")
@allow("admin")
def items() -> Page:
    """The bank: filter by state, domain, type or words."""
    found, words = queries.list_items(db.session), request.args.get("q", "").strip().lower()
    state, kind = request.args.get("state", ""), request.args.get("type", "")
    drafts = {d.item_id: d for d in queries.list_open_drafts(db.session)}
    shown = [i for i in found if _fits(i, state, kind, words, drafts)]
    new = [d for d in drafts.values() if d.item_id not in {i.id for i in found}]
    return render_template(
        "bank/items.html",
        items=shown,
        total=len(found),
        drafts=drafts,
        new=new,
        state=state,
        kind=kind,
        words=words,
        types=TYPE_CHOICES,
    )


def _fits(item: Any, state: str, kind: str, words: str, drafts: dict[str, ItemDraft]) -> bool:
    version = item.current_version
    if state == "draft" and item.id not in drafts:
        return False
    if state not in ("", "draft") and item.state != state:
        return False
    if kind and (version is None or version.type != kind):
        return False
    return not words or words in item.id or (version is not None and words in version.content.lower())


@blueprint.route("/admin/items/new", methods=["GET", "POST"])
@allow("admin")
def new_item() -> Page:
    """Begin a new item of any type."""
    form = NewItemForm()
    if form.validate_on_submit():
        stem = (form.stem.data or "").strip()
        if _SLUG.match(stem):
            item_id = desk.new_item_id(db.session, stem)
            desk.open_draft(db.session, item_id=item_id, content=_blank(item_id, form.type.data), author=me(), now=now())
            db.session.commit()
            return redirect(url_for("bank.edit", item_id=item_id))
        form.stem.errors = ["Use lower-case letters, digits and single hyphens."]
    return render_template("bank/new.html", form=form), 422 if form.errors else 200


def _blank(item_id: str, kind: str) -> dict[str, Any]:
    points = 2 if kind in ("multiple_response", "ordering") else 1
    critical = kind in ("needle_placement", "case")
    return {
        "schema": "item/1",
        "id": item_id,
        "type": kind,
        "pool": "exam",
        "difficulty": 3,
        "points": points,
        "critical": critical,
    }


@blueprint.route("/admin/items/quick", methods=["GET", "POST"])
@allow("admin")
def quick() -> Page:
    """Paste several questions; each becomes a draft."""
    form = QuickForm()
    diagnostics: list[Diagnostic] = []
    if form.validate_on_submit():
        drafts, diagnostics = parse_quick(form.text.data or "")
        stem = (form.stem.data or "").strip()
        if not _SLUG.match(stem):
            form.stem.errors = ["Use lower-case letters, digits and single hyphens."]
        elif drafts and not diagnostics:
            for draft in drafts:
                item_id = desk.new_item_id(db.session, stem)
                content = {**_blank(item_id, draft.content()["type"]), "domain": form.domain.data, **draft.content()}
                desk.open_draft(db.session, item_id=item_id, content=content, author=me(), now=now())
            db.session.commit()
            flash(f"{len(drafts)} drafts made. Add sources and explanation, then publish.", "ok")
            return redirect(url_for("bank.items", state="draft"))
    return render_template("bank/quick.html", form=form, diagnostics=diagnostics), 422 if form.errors or diagnostics else 200


@blueprint.get("/admin/items/<item_id>")
@allow("admin")
def item(item_id: str) -> Page:
    """One item: its current version with every reason, versions, history, acts."""
    found = queries.get_item(db.session, item_id)
    version = found.current_version
    content = queries.parse_stored(version.content) if version else None
    return render_template(
        "bank/item.html", item=found, version=version, content=content, versions=queries.list_versions(db.session, item_id),
        changes=queries.list_changes(db.session, item_id), open_draft=queries.find_open_draft(db.session, item_id),
        form=StateForm(),
        shown=review(content, make_variant(content, random.Random(0)), None) if content else None,
        reviews=queries.reviews_of(db.session, version.id) if version else [],
    )  # fmt: skip


@blueprint.post("/admin/items/<item_id>/state")
@allow("admin")
def change_state(item_id: str) -> Page:
    """Suspend, retire or bring back an item."""
    found, form = queries.get_item(db.session, item_id), StateForm()
    if not form.validate_on_submit():
        raise InvalidInput("Choose a state and say why in 5 characters or more.")
    desk.change_state(
        db.session, item=found, state=form.state.data, reason=form.reason.data or "", actor=current_actor(), now=now()
    )
    db.session.commit()
    flash("Changed. Forms already drawn keep the item.", "ok")
    return redirect(url_for("bank.item", item_id=item_id))


@blueprint.post("/admin/items/<item_id>/draft")
@allow("admin")
def begin_draft(item_id: str) -> Page:
    """Begin the next version of an item."""
    found = queries.get_item(db.session, item_id)
    if found.current_version is None:
        raise NotFound("This item has no version yet.")
    desk.open_draft(db.session, item_id=item_id, content=json.loads(found.current_version.content), author=me(), now=now())
    db.session.commit()
    return redirect(url_for("bank.edit", item_id=item_id))


@blueprint.post("/admin/items/<item_id>/duplicate")
@allow("admin")
def duplicate(item_id: str) -> Page:
    """Begin a sibling of an item, to be varied."""
    found = queries.get_item(db.session, item_id)
    if found.current_version is None:
        raise NotFound("This item has no version yet.")
    new_id = desk.new_item_id(db.session, re.sub(r"-\d+$", "", item_id))
    content = {**json.loads(found.current_version.content), "id": new_id}
    desk.open_draft(db.session, item_id=new_id, content=content, author=me(), now=now())
    db.session.commit()
    flash("A copy is open. Vary scenario and options before you publish; near twins are refused by the bank check.", "ok")
    return redirect(url_for("bank.edit", item_id=new_id))
