"""Pages of this room."""

from __future__ import annotations

from flask import Blueprint

from app.records import models as _models  # noqa: F401

blueprint = Blueprint("records", __name__)
