"""When one's own clearances end, for a calendar program: a private address that one makes, renews and ends."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for

from app.accounts.actions import check_throttle, note_failure
from app.clearances import actions
from app.clearances.queries import endings_of, find_calendar_link, find_current_link
from app.clearances.views.blueprint import Page, blueprint, signer
from app.database import db, write_from_here
from app.domain.errors import NotFound
from app.formats.calendar_file import calendar_bytes
from app.web.access import PUBLIC, allow, client_address, current_actor, current_person, current_zone
from app.web.clockwork import new_token, now


@blueprint.get("/calendar/<token>.ics")
@allow(PUBLIC)
def calendar_file(token: str) -> Response:
    """The days on which the clearances of a link's person end; an unknown link is counted against guessing."""
    address = f"calendar:{client_address()}"
    check_throttle(db.session, account=None, address=address, now=now())
    link = find_calendar_link(db.session, token, now())
    if link is None:
        write_from_here(db.session)
        note_failure(db.session, account=None, address=address, now=now())
        db.session.commit()
        raise NotFound("There is no such calendar, or it was replaced by a newer one. Make a new link on My clearances.")
    response = Response(calendar_bytes(endings_of(db.session, link.person, now=now()), now=now()), mimetype="text/calendar")
    response.headers["Content-Disposition"] = "inline; filename=clearances.ics"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/clearances/calendar")
@allow("trainee", "supervisor")
def calendar_link() -> Page:
    """What the link shows, since when there is one, and how to renew or end it."""
    return _page(None)


def _page(address: str | None) -> Page:
    return render_template(
        "clearances/calendar.html", link=find_current_link(db.session, current_person().id), address=address,
        endings=endings_of(db.session, signer(), now=now()), zone=current_zone(),
    )  # fmt: skip


@blueprint.post("/clearances/calendar")
@allow("trainee", "supervisor")
def make_calendar_link() -> Page:
    """Make a new link, shown once; the one before it ends."""
    token = new_token()
    actions.make_calendar_link(db.session, person=signer(), token=token, actor=current_actor(), now=now())
    db.session.commit()
    return _page(url_for("clearances.calendar_file", token=token, _external=True))


@blueprint.post("/clearances/calendar/end")
@allow("trainee", "supervisor")
def end_calendar_link() -> Response:
    """End the link without a new one."""
    ended = actions.end_calendar_link(db.session, person=signer(), actor=current_actor(), now=now())
    db.session.commit()
    flash("Ended. Calendars that used the link get nothing from it any more." if ended else "There was no link to end.", "ok")
    return redirect(url_for("clearances.calendar_link"))  # type: ignore[return-value]
