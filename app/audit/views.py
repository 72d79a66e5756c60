"""The trail as a page."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app.audit import queries
from app.database import db
from app.web.access import allow
from app.web.numbers import whole_number

blueprint = Blueprint("audit", __name__)


@blueprint.get("/audit")
@allow("auditor", "admin")
def trail() -> str:
    """The newest events first, filtered by act; the chains are verified on request."""
    act = request.args.get("act") or None
    before = whole_number(request.args.get("before"))
    events = queries.list_events(db.session, act=act, before_id=before)
    verdict = queries.verify(db.session) if request.args.get("verify") == "1" else None
    choices = [("", "Every act"), *((a, a) for a in queries.list_acts(db.session))]
    total = queries.count_events(db.session)
    return render_template("audit/trail.html", events=events, act=act, choices=choices, verdict=verdict, total=total)
