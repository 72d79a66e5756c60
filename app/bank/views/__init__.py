"""Pages of the bank: items at the desk, and the clinical review."""

from __future__ import annotations

from app.bank.views import editing, items, previewing, reviewing, scenes
from app.bank.views.blueprint import blueprint

__all__ = ["blueprint", "editing", "items", "previewing", "reviewing", "scenes"]
