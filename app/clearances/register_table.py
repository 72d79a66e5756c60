"""The register as a table of words, for its files: everything that the page shows of a row, and what was asked."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from app.clearances.queries import Register
from app.domain.register import STATES, RegisterRow
from app.domain.standing import STATE_WORDS
from app.formats.table import Table
from app.web.pages import local_time

HEAD = ("Person", "Group", "Region", "Standing", "State", "Limits", "Cleared until", "Why", "What mends it", "Signed")


def internal_line(organisation: str, number: int | None) -> str:
    """What every file of standings says of itself."""
    policy = f"policy {number}" if number is not None else "no policy"
    return (
        f"Internal authorisation by {organisation} under {policy}. Not a licence, certification or proof of legal scope; "
        "check the register of your jurisdiction."
    )


def register_table(found: Register, organisation: str, kind: str | None) -> Table:
    """The rows of a register with what they answer to."""
    zone = found.site.time_zone
    title = f"Register of {found.site.name}{', looking ahead' if found.ahead else ''}"
    ahead = (("Looking ahead", "What would hold then if nothing changed. Not a standing of today."),) if found.ahead else ()
    invented = (("Demonstration", "Invented people and standings; nobody may act on them."),) if kind == "demonstration" else ()
    facts = (
        *invented,
        ("Site", found.site.name),
        ("As of", _instant(found.at, zone)),
        ("As known", _instant(found.known, zone)),
        *ahead,
        ("Policy", f"{found.version.title}, version {found.version.number}" if found.version else "none in force"),
        ("Filters", filter_words(found)),
        ("People", str(found.people)),
        ("Rows", str(len(found.rows))),
        ("Exceptions", str(len(found.exceptions))),
    )
    line = internal_line(organisation, found.version.number if found.version else None)
    return Table(title, facts, HEAD, [_cells(found, row) for row in found.rows], line)


def filter_words(found: Register) -> str:
    """What was left out, in words."""
    f = found.filters
    parts = [
        found.catalogue.names[f.where] if f.where else "",
        f"{f.tier} hazard" if f.tier else "",
        STATES[f.state].lower() if f.state else "",
        f"name has “{f.name}”" if f.name else "",
        "only exceptions" if f.only_exceptions else "",
    ]
    return "; ".join(p for p in parts if p) or "none"


def _instant(at: datetime, zone: str) -> str:
    """`24 Nov 2026, 09:00 (Europe/Dublin, UTC+00:00)`."""
    offset = at.astimezone(ZoneInfo(zone)).isoformat()[-6:]
    return f"{local_time(at, zone)} ({zone}, UTC{offset})"


def _cells(found: Register, row: RegisterRow) -> tuple[str, ...]:
    s, zone, names = row.standing, found.site.time_zone, found.catalogue.names
    cleared = s.word == "CLEARED"
    seal = found.seals.get(s.grant_id) if s.grant_id is not None else None
    return (
        row.name, names[row.group], names[s.region], s.word, f"{STATE_WORDS[s.state]}{', expiring' if s.expiring else ''}",
        "; ".join(s.limits) if cleared else "", local_time(s.cleared_until, zone) if cleared else "",
        " ".join(s.reasons), s.to_do, seal.words if seal is not None else "",
    )  # fmt: skip
