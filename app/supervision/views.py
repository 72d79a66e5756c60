"""Pages of this room."""

from __future__ import annotations

from flask import Blueprint

from app.supervision import models as _models  # noqa: F401

blueprint = Blueprint("supervision", __name__)
