"""Which version of the policy a clearance is held to, looked for from the newest one backwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from app.domain.recheck.place import Place, Row


def asks_now(place: Place, grant: Row | None, at: datetime) -> Mapping[str, Any]:
    """What is asked of a clearance at an instant: empty where no version was in force yet."""
    own = asked_at_grant(place, grant)
    for version in sorted(place.policies, key=lambda p: p["id"], reverse=True):
        if own is not None and version["id"] == own["id"]:
            return dict(own["asks"])
        if own is not None and version["id"] < own["id"]:
            break
        if version["in_force_from"] > at or _overtaken(place, version):
            continue
        if own is None or version["roll_out"] in ("immediate", "by_date"):
            return dict(version["asks"])
    return dict(own["asks"]) if own is not None else {}


def asked_at_grant(place: Place, grant: Row | None) -> Row | None:
    """The version that a grant was made under, where it is known."""
    named = grant["policy_version_id"] if grant is not None else None
    return next((p for p in place.policies if p["id"] == named), None)


def _overtaken(place: Place, version: Row) -> bool:
    """Whether a version that was published later came into force before it."""
    return any(p["id"] > version["id"] and p["in_force_from"] < version["in_force_from"] for p in place.policies)


def every_rule(place: Place) -> Iterator[Mapping[str, Any]]:
    """The requirements of the group's tier in every version, those inside others too."""
    waiting = [r for p in place.policies for r in p["asks"][place.group["tier"]]["requirements"]]
    while waiting:
        rule = waiting.pop()
        waiting += rule.get("of", ())
        yield rule


def reach(place: Place) -> Iterator[Place]:
    """The place, and every one that some version has it ask for first, however far down."""
    seen, waiting = set[tuple[str, str]](), [place]
    while waiting:
        here = waiting.pop()
        if (here.region, here.level) in seen:
            continue
        seen.add((here.region, here.level))
        rules = [r for r in every_rule(here) if r["kind"] == "prerequisite"]
        waiting += [here.first(region, r["level"]) for r in rules for region in r["regions"]]
        yield here
