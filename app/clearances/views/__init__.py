"""Pages of standings, applications, observers, the register and the check."""

from __future__ import annotations

from app.clearances.views import (
    application,
    calendar,
    check,
    observers,
    packs,
    policy,
    practitioner,
    recalls,
    register,
    stops,
    today,
)
from app.clearances.views.blueprint import blueprint

__all__ = [
    "application",
    "blueprint",
    "calendar",
    "check",
    "observers",
    "packs",
    "policy",
    "practitioner",
    "recalls",
    "register",
    "stops",
    "today",
]
