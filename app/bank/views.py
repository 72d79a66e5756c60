"""Pages of this room."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("bank", __name__)
