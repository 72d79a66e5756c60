"""Pages of this room."""

from __future__ import annotations

from flask import Blueprint

from app.bank import models as _models  # noqa: F401

blueprint = Blueprint("bank", __name__)
