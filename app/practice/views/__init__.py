"""Pages of practice: what is due, the session, its end."""

from __future__ import annotations

from app.practice.views import overview, sitting
from app.practice.views.blueprint import blueprint

__all__ = ["blueprint", "overview", "sitting"]
