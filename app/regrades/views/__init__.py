"""Pages of regrades and challenges."""

from __future__ import annotations

from app.regrades.views import challenges, regrades
from app.regrades.views.blueprint import blueprint

__all__ = ["blueprint", "challenges", "regrades"]
