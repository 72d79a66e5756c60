"""Pages of this room."""

from __future__ import annotations

from flask import Blueprint

from app.catalogue import models as _catalogue  # noqa: F401
from app.decisions import models as _models  # noqa: F401
from app.signatures import models as _signatures  # noqa: F401

blueprint = Blueprint("home", __name__)
