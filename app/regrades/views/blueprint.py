"""The blueprint of this room, and what several of its pages need."""

from __future__ import annotations

import random

from flask import Blueprint
from werkzeug.wrappers import Response

from app.accounts.models import Person
from app.accounts.queries import get_person
from app.bank.models import ItemVersion
from app.bank.queries import parse_stored
from app.database import db
from app.domain.errors import NotAllowed
from app.domain.items import ItemContent, Review, make_variant, review
from app.regrades import queries
from app.web.access import current_person

blueprint = Blueprint("regrades", __name__)
Page = str | Response | tuple[str | Response, int]


def me() -> Person:
    """The signed-in person as a record."""
    return get_person(db.session, current_person().id)


def refuse_candidates(item_id: str) -> None:
    """Whoever sits an item now sees no key of it before they have handed in, whatever their role."""
    if item_id in queries.items_sat_now(db.session, current_person().id):
        raise NotAllowed("You are sitting an exam that holds this item. Hand it in first; the page then opens.")


def keyed(version: ItemVersion) -> tuple[ItemContent, Review]:
    """A version with every reason, for the desk."""
    content = parse_stored(version.content)
    return content, review(content, make_variant(content, random.Random(0)), None)
