"""The blueprint of this room, and what several of its pages need."""

from __future__ import annotations

from flask import Blueprint, g
from werkzeug.wrappers import Response

from app.accounts.models import Person
from app.accounts.queries import get_person, site_ids_of
from app.catalogue.queries import catalogue_in_force
from app.database import db
from app.decisions.queries import limits_of
from app.domain.catalogue import Catalogue
from app.domain.errors import NotFound
from app.domain.permissions import may_read_record
from app.domain.standing import Standing
from app.web.access import current_person, current_who
from app.web.clockwork import now

blueprint = Blueprint("clearances", __name__)
blueprint.add_app_template_filter(limits_of, "limits")
blueprint.add_app_template_filter(lambda region, by_region: by_region[region].state, "standing_state")
blueprint.add_app_template_filter(lambda region, by_region: ends_by_term(by_region[region]), "ends_by_term")
Page = str | Response | tuple[str, int]


def ends_by_term(standing: Standing) -> bool:
    """Whether a clearance is about to end with its term, so that it can be renewed."""
    return standing.expiring and standing.limiting_cause == "term"


def catalogue() -> Catalogue:
    """The reference pack in force; read once for a request."""
    if "catalogue" not in g:
        g.catalogue = catalogue_in_force(db.session).catalogue
    found: Catalogue = g.catalogue
    return found


def signer() -> Person:
    """The signed-in person as a record."""
    return get_person(db.session, current_person().id)


def readable_person(person_id: int) -> Person:
    """A person whose record one may read; anybody else does not exist."""
    if not may_read_record(current_who(), person_id, site_ids_of(db.session, person_id, now())).allowed:
        raise NotFound("There is no such person among those you supervise.")
    return get_person(db.session, person_id)
