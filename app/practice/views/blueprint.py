"""The blueprint of this room, and what its pages need of the person who practises."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from app.domain.practice import Day, day_in
from app.practice.actions import Chance
from app.web.access import current_zone
from app.web.clockwork import new_token, now, rng

blueprint = Blueprint("practice", __name__)
Page = str | Response | tuple[str, int]
PRACTISERS = ("trainee", "supervisor")


def my_zone() -> str:
    """The time zone of one's first site; UTC without one."""
    return current_zone()


def my_day() -> Day:
    """Today, where one works."""
    return day_in(my_zone(), now())


def chance() -> Chance:
    """Fresh dice and a fresh name for the next showing."""
    return Chance(rng(), new_token())


def to_session(session_id: int, number: int | None = None) -> Response:
    """Send the caller to a session, or to what became of one of its answers."""
    return redirect(url_for("practice.session", session_id=session_id, n=number))
