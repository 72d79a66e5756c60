"""The blueprint of this room, and what several of its pages need."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from app.catalogue.queries import catalogue_in_force
from app.database import db
from app.domain.catalogue import Catalogue

blueprint = Blueprint("supervision", __name__)
Page = str | Response | tuple[str, int]


def catalogue() -> Catalogue:
    """The reference pack in force."""
    return catalogue_in_force(db.session).catalogue
