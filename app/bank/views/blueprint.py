"""The blueprint of this room, and what several of its pages need."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from app.accounts.models import Person
from app.accounts.queries import get_person
from app.database import db
from app.web.access import current_person

blueprint = Blueprint("bank", __name__)
Page = str | Response | tuple[str, int]


def me() -> Person:
    """The signed-in person as a record."""
    return get_person(db.session, current_person().id)
