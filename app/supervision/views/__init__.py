"""Observations from asking to signing, and the approval of competencies."""

from __future__ import annotations

from app.supervision.views import competencies, observations
from app.supervision.views.blueprint import blueprint

__all__ = ["blueprint", "competencies", "observations"]
