"""For machines: is the process alive, and may it be sent traffic?"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from app.database import app_metadata, db
from app.domain.errors import Unavailable
from app.operations.queries import expected_revision, schema_faults
from app.web.access import PUBLIC, allow
from app.web.clockwork import exam_clock_held

blueprint = Blueprint("operations", __name__)
_CHECKED = "needle_clearance.schema_checked"
_NEED_NO_SCHEMA = frozenset({"operations.healthz", "operations.readyz", "static"})


def require_current_schema() -> None:
    """Refuse to serve a database that is not exactly at this code's schema; looked up until it was right once."""
    if current_app.extensions.get(_CHECKED) or request.endpoint in _NEED_NO_SCHEMA:
        return
    try:
        faults = schema_faults(db.engine, app_metadata)
    except SQLAlchemyError:
        raise Unavailable("The database does not answer. Check DATABASE_URL and that the server is running.") from None
    if faults:
        raise Unavailable(" ".join(faults))
    current_app.extensions[_CHECKED] = True


@blueprint.get("/healthz")
@allow(PUBLIC)
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@allow(PUBLIC)
def readyz() -> tuple[Response, int]:
    """The database is there, at this code's schema, with all its triggers."""
    faults = schema_faults(db.engine, app_metadata)
    clock = "held after a jump" if exam_clock_held() else "steady"
    body = jsonify(status="ok" if not faults else "not ready", migration=expected_revision(), faults=faults, exam_clock=clock)
    return body, 200 if not faults else 503
