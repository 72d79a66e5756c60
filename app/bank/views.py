"""Items at the desk, and the clinical review."""

from __future__ import annotations

import json
import random
import re
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.models import Person
from app.accounts.queries import get_person
from app.bank import desk, queries
from app.bank.forms import (
    MOST_INTERVALS,
    MOST_OPTIONS,
    TYPE_CHOICES,
    NewItemForm,
    QuickForm,
    ReviewForm,
    StateForm,
    content_from_form,
)
from app.bank.models import ItemDraft, ItemVersion
from app.catalogue.queries import catalogue_in_force
from app.database import db
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.items import ItemContent, make_variant, presentation, review
from app.formats.quick_text import Diagnostic, parse_quick
from app.records.queries import find_verified_licence
from app.signatures.step_up import confirm_identity, needs_password
from app.web.access import allow, client_address, current_actor, current_person, current_who
from app.web.clockwork import now
from app.web.form_errors import put_problems
from app.web.numbers import whole_number

blueprint = Blueprint("bank", __name__)
Page = str | Response | tuple[str, int]
_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


def _me() -> Person:
    return get_person(db.session, current_person().id)


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
    """Begin a new item of one of the four types."""
    form = NewItemForm()
    if form.validate_on_submit():
        stem = (form.stem.data or "").strip()
        if _SLUG.match(stem):
            item_id = desk.new_item_id(db.session, stem)
            desk.open_draft(db.session, item_id=item_id, content=_blank(item_id, form.type.data), author=_me(), now=now())
            db.session.commit()
            return redirect(url_for("bank.edit", item_id=item_id))
        form.stem.errors = ["Use lower-case letters, digits and single hyphens."]
    return render_template("bank/new.html", form=form), 422 if form.errors else 200


def _blank(item_id: str, kind: str) -> dict[str, Any]:
    points = 2 if kind in ("multiple_response", "ordering") else 1
    return {
        "schema": "item/1",
        "id": item_id,
        "type": kind,
        "pool": "exam",
        "difficulty": 3,
        "points": points,
        "critical": False,
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
                desk.open_draft(db.session, item_id=item_id, content=content, author=_me(), now=now())
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
        shown=review(content, make_variant(content, random.Random(0)), None) if content else None,  # noqa: S311
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
    desk.open_draft(db.session, item_id=item_id, content=json.loads(found.current_version.content), author=_me(), now=now())
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
    desk.open_draft(db.session, item_id=new_id, content=content, author=_me(), now=now())
    db.session.commit()
    flash("A copy is open. Vary scenario and options before you publish; near twins are refused by the bank check.", "ok")
    return redirect(url_for("bank.edit", item_id=new_id))


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
        desk.save_draft(db.session, draft=draft, content=content, edit_count=-1 if count is None else count, now=now())
    except Conflict as error:
        db.session.rollback()
        return _edit_page(_draft(item_id), content, [], error.message, 409)
    db.session.commit()
    _, problems = desk.problems_of(db.session, content)
    if act == "preview" and not problems:
        return redirect(url_for("bank.preview", item_id=item_id))
    if act == "publish" and not problems:
        desk.publish_draft(db.session, draft=_draft(item_id), author=_me(), now=now())
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


@blueprint.get("/admin/items/<item_id>/preview")
@allow("admin")
def preview(item_id: str) -> Page:
    """The item exactly as a candidate sees it: the open draft, or else the current version."""
    content = _preview_content(item_id)
    seed = whole_number(request.args.get("seed", "1")) or 0
    variant = make_variant(content, random.Random(seed))  # noqa: S311
    return render_template("bank/preview.html", shown=presentation(content, variant), item_id=item_id, seed=seed)


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


@blueprint.get("/admin/review")
@allow("admin", "supervisor")
def review_desk() -> Page:
    """The next published item without a valid acceptance, beside its sources."""
    waiting = [v for v in queries.published_pool(db.session, now().date()) if not v.reviewed]
    wanted = whole_number(request.args.get("version"))
    chosen = next((v for v in waiting if v.version_id == wanted), waiting[0] if waiting else None)
    return _desk_page(queries.get_version(db.session, chosen.version_id) if chosen else None, waiting, ReviewForm())


def _desk_page(version: ItemVersion | None, waiting: list[queries.PoolVersion], form: ReviewForm, status: int = 200) -> Page:
    content = queries.parse_stored(version.content) if version else None
    licence = find_verified_licence(db.session, current_person().id, now().date())
    position = next((n for n, v in enumerate(waiting) if version and v.version_id == version.id), 0)
    page = render_template(
        "bank/review.html", version=version, content=content, waiting=waiting, form=form, licence=licence, position=position,
        shown=review(content, make_variant(content, random.Random(0)), None) if content else None,  # noqa: S311
        following=waiting[position + 1].version_id if position + 1 < len(waiting) else None,
        refusal=desk.may_review(version, current_who(), licence, at=now()) if version else "",
        catalogue=catalogue_in_force(db.session).catalogue,
        ask_password=needs_password(current_person(), now()), signer=current_person(), admin=current_who().has("admin"),
    )  # fmt: skip
    return page, status


@blueprint.post("/admin/review/<int:version_id>")
@allow("admin", "supervisor")
def sign_review(version_id: int) -> Page:
    """Sign a verdict on one version."""
    version, form = queries.get_version(db.session, version_id), ReviewForm()
    waiting = [v for v in queries.published_pool(db.session, now().date()) if not v.reviewed]
    if not form.validate_on_submit():
        return _desk_page(version, waiting, form, 422)
    try:
        me = _me()
        confirm_identity(
            db.session, person=me, password=form.password.data, passwords=current_app.extensions["needle_clearance.passwords"],
            address=client_address(), now=now(),
        )  # fmt: skip
        desk.review_version(
            db.session, version=queries.get_version(db.session, version_id), reviewer=_me(), who=current_who(), now=now(),
            verdict=desk.Verdict(form.verdict.data, form.review_by.data, form.comment.data or ""),
            licence=find_verified_licence(db.session, current_person().id, now().date()),
        )  # fmt: skip
    except InvalidInput as error:
        put_problems(form, error)
        return _desk_page(queries.get_version(db.session, version_id), waiting, form, 422)
    db.session.commit()
    flash("Signed.", "ok")
    return redirect(url_for("bank.review_desk"))
