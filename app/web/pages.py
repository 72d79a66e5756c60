"""What every page shows: menu, banner, notices, times."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, request, url_for
from flask_login import current_user
from werkzeug.local import LocalProxy

from app.web.access import current_who
from app.web.clockwork import now

INSTALLATION = "needle_clearance.installation"
DRAFT_NOTICE = "Educational draft, not yet reviewed by a licensed clinician."


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu and the roles that see it."""

    label: str
    href: str
    icon: str
    roles: frozenset[str]


def _entry(label: str, href: str, icon: str, *roles: str) -> Entry:
    return Entry(label, href, icon, frozenset(roles))


MENU = (
    _entry("Next step", "/home", "home", "trainee", "supervisor", "admin", "auditor"),
    _entry("My clearances", "/clearances", "body", "trainee", "supervisor"),
    _entry("Practice", "/practice", "practice", "trainee", "supervisor"),
    _entry("Exams", "/quizzes", "quiz", "trainee", "supervisor"),
    _entry("Observations", "/observations", "eye", "trainee", "supervisor"),
    _entry("Documents", "/documents", "file", "trainee", "supervisor"),
    _entry("Queue", "/queue", "queue", "supervisor"),
    _entry("People", "/people", "people", "supervisor", "auditor"),
    _entry("Planned starts", "/sittings", "clock", "supervisor"),
    _entry("Register", "/register", "table", "supervisor", "admin", "auditor"),
    _entry("Administration", "/admin", "tools", "admin"),
    _entry("Items", "/admin/items", "items", "admin"),
    _entry("Clinical review", "/admin/review", "review", "admin", "supervisor"),
    _entry("Regrades", "/admin/regrades", "retry", "admin", "supervisor", "auditor"),
    _entry("Policy", "/admin/policies", "policy", "admin", "supervisor", "auditor"),
    _entry("Trail", "/audit", "trail", "auditor", "admin"),
)


def menu() -> list[dict[str, Any]]:
    """The menu of the signed-in person; the longest matching address is the current one."""
    if not current_user.is_authenticated:
        return []
    who = current_who()
    entries = [e for e in MENU if any(who.has(role) for role in e.roles)]
    here = max((e.href for e in entries if _covers(e.href)), key=len, default="")
    return [{"label": e.label, "href": e.href, "icon": e.icon, "current": e.href == here} for e in entries]


def _covers(href: str) -> bool:
    return request.path == href or request.path.startswith(href + "/")


def local_time(value: datetime | date | None, zone: str = "UTC") -> str:
    """`3 Mar 2027, 10:42` in a zone, or `3 Mar 2027` for a day; a dash for nothing."""
    if value is None:
        return "–"
    if not isinstance(value, datetime):
        return f"{value.day} {value:%b %Y}"
    there = value.astimezone(ZoneInfo(zone))
    return f"{there.day} {there:%b %Y, %H:%M}"


def local_day(value: datetime | date | None, zone: str = "UTC") -> str:
    """`3 Mar 2027` in a zone."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone)).date()
    return local_time(value)


def region_name(slug: str, catalogue: Any) -> str:
    """The name of a region, for lists."""
    return str(catalogue.names.get(slug, slug))


def local_clock(value: datetime, zone: str = "UTC") -> str:
    """`10:42:07` in a zone."""
    return f"{value.astimezone(ZoneInfo(zone)):%H:%M:%S}"


def fraction(value: dict[str, int] | None) -> Fraction | None:
    """A share stored as num and den."""
    return None if value is None else Fraction(value["num"], value["den"])


def percent(value: Fraction | None) -> str:
    """A share as a whole percentage, rounded down so that no score below a cut reads as the cut."""
    return "–" if value is None else f"{value.numerator * 100 // value.denominator} %"


def installation_kind() -> str | None:
    """What the database of this installation was made for: a real clinic or a demonstration; None while it is empty."""
    found = current_app.extensions[INSTALLATION]()
    return found.kind if found else None


def organisation() -> str:
    """Who runs this installation."""
    found = current_app.extensions[INSTALLATION]()
    return found.organisation if found else "This organisation"


def _context() -> dict[str, Any]:
    if g.get("database_unavailable"):  # the page that says so must not ask the database who is looking
        return {"nav": [], "person": None, "theme": "auto", "bank_notice": DRAFT_NOTICE, "now": now()}
    installation = current_app.extensions[INSTALLATION]()
    signed_in = current_user.is_authenticated
    return {
        "nav": LocalProxy(menu),  # read by pages that have a menu; an exam has none
        "person": current_user if signed_in else None,
        "theme": current_user.theme if signed_in else "auto",
        "sign_out_action": url_for("accounts.sign_out"),
        "installation_kind": installation.kind if installation else None,
        "installation_mode": installation.mode if installation else None,
        "organisation": organisation(),
        "bank_notice": DRAFT_NOTICE,
        "now": now(),
    }


def register(app: Flask) -> None:
    """Bind filters and the context of every page."""
    app.context_processor(_context)
    app.jinja_env.filters.update(
        local_time=local_time,
        local_day=local_day,
        percent=percent,
        fromjson=json.loads,
        local_clock=local_clock,
        fraction=fraction,
        region_name=region_name,
    )
    app.jinja_env.globals.update(timedelta=timedelta)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
