"""The blueprint of this room, and what several of its pages need."""

from __future__ import annotations

from flask import Blueprint, current_app
from werkzeug.wrappers import Response

from app.accounts.queries import get_person
from app.catalogue.queries import catalogue_in_force
from app.database import db
from app.domain.catalogue import Catalogue
from app.signatures.step_up import confirm_identity
from app.web.access import client_address, current_person
from app.web.clockwork import now

blueprint = Blueprint("supervision", __name__)
Page = str | Response | tuple[str, int]


def catalogue() -> Catalogue:
    """The reference pack in force."""
    return catalogue_in_force(db.session).catalogue


def confirm(password: str | None) -> None:
    """Make sure who signs."""
    person = get_person(db.session, current_person().id)
    confirm_identity(
        db.session, person=person, password=password, passwords=current_app.extensions["needle_clearance.passwords"],
        address=client_address(), now=now(),
    )  # fmt: skip
