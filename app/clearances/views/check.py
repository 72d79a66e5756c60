"""The treatment room's answer: one code, one person, one site, no cause."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import segno
from flask import render_template, request, url_for

from app.accounts.actions import check_throttle, note_failure
from app.accounts.queries import get_site, sites_of
from app.clearances import actions
from app.clearances.forms import CodeForm
from app.clearances.models import CheckCode
from app.clearances.queries import find_check_code, find_current_code, standings
from app.clearances.views.blueprint import Page, blueprint, catalogue, signer
from app.database import db, write_from_here
from app.domain.codes import code_from
from app.domain.lost_passes import CAUSE as LOST_PASS
from app.domain.standing import Standing
from app.web.access import PUBLIC, allow, client_address, current_actor, current_person
from app.web.choices import choices
from app.web.clockwork import new_token, now

CODE_LENGTH = 16
log = logging.getLogger("needle_clearance")


@dataclass(frozen=True, slots=True)
class Line:
    """One region as the treatment room sees it."""

    region: str
    name: str
    word: str
    limits: tuple[str, ...]
    until: object
    ends_with: str = ""


@blueprint.get("/check/<code>")
@allow(PUBLIC)
def check(code: str) -> Page:
    """CLEARED, ONLY WITH AN OBSERVER, NOT CLEARED or CANNOT CONFIRM, as of now; in doubt CANNOT CONFIRM."""
    address = client_address()
    check_throttle(db.session, account=None, address=f"check:{address}", now=now())
    row = find_check_code(db.session, code)
    if row is None:
        write_from_here(db.session)
        note_failure(db.session, account=None, address=f"check:{address}", now=now())
        db.session.commit()
        return _page(None, [], 404)
    wanted = request.args.get("region") or None
    try:
        lines = _lines(row, wanted)
    except Exception:  # in doubt nobody reads as cleared, whatever went wrong
        log.exception("a check could not be answered")
        db.session.rollback()
        return _page(row, None, 503)
    return _page(row, lines, 200 if lines else 404)


def _lines(row: CheckCode, wanted: str | None) -> list[Line]:
    pack = catalogue()
    found = standings(db.session, [row.person], row.site, at=now(), now=now(), region=wanted)[0].by_region
    return [_line(pack.get_region(r).name, s) for r, s in found.items()]


def _line(name: str, standing: Standing) -> Line:
    cleared = standing.word == "CLEARED"
    return Line(
        standing.region,
        name,
        standing.word,
        standing.limits if cleared else (),
        standing.cleared_until if cleared else None,
        _ends_with(standing) if cleared else "",
    )


def _ends_with(standing: Standing) -> str:
    """What ends a CLEARED, named as a requirement and never as a fact about the person: a lost pass is an exam that runs out."""
    return "An exam runs out then." if standing.limiting_cause.startswith(LOST_PASS) else " ".join(standing.reasons)


def _page(row: CheckCode | None, lines: list[Line] | None, status: int) -> Page:
    page = render_template("clearances/check.html", row=row, lines=lines, wanted=request.args.get("region"), asked_at=now())
    return page, status


@blueprint.route("/clearances/code", methods=["GET", "POST"])
@allow("trainee", "supervisor")
def check_code() -> Page:
    """Make a new check code for oneself at a site; it is shown once."""
    form, me = CodeForm(), current_person().id
    sites = sites_of(db.session, me, now())
    form.site_id.choices = choices((s.id, s.name) for s in sites)
    made = {s.id: find_current_code(db.session, me, s.id) for s in sites}
    if not form.validate_on_submit():
        return render_template("clearances/code.html", form=form, sites=sites, made=made, code=None), 422 if form.errors else 200
    code, site = code_from(new_token(), CODE_LENGTH), get_site(db.session, form.site_id.data)
    actions.make_check_code(db.session, person=signer(), site=site, code=code, actor=current_actor(), now=now())
    db.session.commit()
    address = url_for("clearances.check", code=code, _external=True)
    picture = segno.make(address, error="m").svg_inline(scale=5, border=2, svgclass="qr", lineclass=None, omitsize=True)
    return render_template(
        "clearances/code.html",
        form=form,
        sites=sites,
        made=made,
        code=code,
        address=address,
        picture=picture,
        site=site,
    )
