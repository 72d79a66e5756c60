"""Pages of sign-in, one-time links, one's own account, people and sites."""

from __future__ import annotations

from app.accounts.views import factor, links, people, profile, sessions, sites
from app.accounts.views.blueprint import blueprint

__all__ = ["blueprint", "factor", "links", "people", "profile", "sessions", "sites"]
