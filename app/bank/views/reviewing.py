"""The desk where a clinician accepts an item version or not."""

from __future__ import annotations

import random

from flask import flash, redirect, render_template, request, url_for

from app.accounts.step_up import asked, confirm
from app.bank import desk, queries
from app.bank.forms import (
    ReviewForm,
)
from app.bank.models import ItemVersion
from app.bank.views.blueprint import Page, blueprint, me
from app.catalogue.queries import catalogue_in_force
from app.database import db
from app.domain.errors import InvalidInput
from app.domain.items import make_variant, review
from app.records.queries import find_verified_licence
from app.web.access import allow, current_person, current_who
from app.web.clockwork import now
from app.web.form_errors import put_problems
from app.web.numbers import whole_number


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
        shown=review(content, make_variant(content, random.Random(0)), None) if content else None,
        following=waiting[position + 1].version_id if position + 1 < len(waiting) else None,
        refusal=desk.may_review(version, current_who(), licence, at=now()) if version else "",
        catalogue=catalogue_in_force(db.session).catalogue,
        asked=asked(), signer=current_person(), admin=current_who().has("admin"),
        keys_on=current_person().shortcut_keys,
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
        confirm(form)
        desk.review_version(
            db.session, version=queries.get_version(db.session, version_id), reviewer=me(), who=current_who(), now=now(),
            verdict=desk.Verdict(form.verdict.data, form.review_by.data, form.comment.data or ""),
            licence=find_verified_licence(db.session, current_person().id, now().date()),
        )  # fmt: skip
    except InvalidInput as error:
        put_problems(form, error)
        return _desk_page(queries.get_version(db.session, version_id), waiting, form, 422)
    db.session.commit()
    flash("Signed.", "ok")
    return redirect(url_for("bank.review_desk"))
