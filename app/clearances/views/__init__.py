"""Pages of standings, applications, observers, the register and the check."""

from __future__ import annotations

from app.clearances.views import (
    appeals,
    application,
    calendar,
    check,
    covers,
    observers,
    packs,
    policy,
    policy_drafts,
    practitioner,
    recalls,
    register,
    stops,
    today,
)
from app.clearances.views.blueprint import blueprint

__all__ = [
    "appeals", "application", "blueprint", "calendar", "check", "covers", "observers", "packs", "policy", "policy_drafts",
    "practitioner", "recalls", "register", "stops", "today",
]  # fmt: skip
