"""Standing a second time, from raw rows and written another way: rows of tables in, one word per person, level and region out.

It shares no rule with domain/standing and domain/requirements. Where those work with sets of time, this asks one instant
after another. `flask clearances verify` and the tests compare the two; where they differ, nobody reads as cleared with reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.recheck.decisions import about, belongs, renewal_is_open, replay
from app.domain.recheck.evidence import cases_since, edges, still_met
from app.domain.recheck.place import Place, Row, Rows
from app.domain.recheck.policies import asks_now, reach

__all__ = ["Row", "Rows", "Verdict", "recheck"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the second reckoning says of one person, level and region at a site."""

    person_id: int
    level: str
    region: str
    state: str
    word: str
    until: datetime | None = None


def recheck(rows: Rows, site: Row, people: Iterable[Row], *, at: datetime) -> list[Verdict]:
    """The word for each of some people at a site, for both levels and every region of the newest catalogue."""
    pack = json.loads(max(rows["catalogue_version"], key=lambda r: r["id"])["content"])
    policies = tuple({**row, "asks": json.loads(row["content"])} for row in rows["policy_version"])
    critical = tuple(c["id"] for g in pack["competency_groups"] for c in g["competencies"] if c["critical"])
    found = []

    def cleared(place: Place, person: Row, then: datetime, asked: datetime) -> bool:
        return _at(rows, place, person, then, asked)[1] == "CLEARED"

    for person in people:
        for group in pack["groups"]:
            for region in group["regions"]:
                for level in ("independent", "may_observe"):
                    place = Place(site, group, region, level, critical, policies, tuple(pack["groups"]), cleared)
                    found.append(_verdict(rows, place, person, at))
    return found


def _verdict(rows: Rows, place: Place, person: Row, at: datetime) -> Verdict:
    who = (int(person["id"]), place.level, place.region)
    if not rows["installation"] or rows["installation"][0]["mode"] == "restored":
        return Verdict(*who, "PENDING_CONFIRMATION", "CANNOT CONFIRM")
    state, word = _at(rows, place, person, at, at)
    if state not in ("REVOKED", "SUSPENDED") and not belongs(rows, place, person, at):
        return Verdict(*who, "NOT_HELD", "NOT CLEARED")
    until = _first_loss(rows, place, person, at) if word == "CLEARED" else None
    return Verdict(*who, state, word, until)


def _at(rows: Rows, place: Place, person: Row, at: datetime, asked: datetime) -> tuple[str, str]:
    """State and word at `at`, on what had happened by `asked`."""
    grant, stops, back = replay(about(rows, place, person["id"], asked))
    place = place.under(asks_now(place, grant, at))
    kinds = {s["kind"] for s in stops.values()}
    watched = {bool(s["with_observer"]) for s in stops.values() if s["kind"] == "hold"}
    if "revoke" in kinds:
        return "REVOKED", "NOT CLEARED"
    if "suspend" in kinds:
        return "SUSPENDED", "NOT CLEARED"
    two_needed = place.group["tier"] in ("high", "restricted")
    if grant is None or not place.policy or (two_needed and grant["recommender_id"] in (None, grant["signer_id"])):
        return "NOT_HELD", "NOT CLEARED"
    if at >= grant["until"]:
        grace = (
            place.level == "independent"
            and not watched
            and renewal_is_open(rows, grant, asked)
            and at - grant["until"] <= timedelta(days=30)
        )
        in_order = grace and still_met(rows, place, person, grant, at, asked)
        return "EXPIRED", "ONLY WITH AN OBSERVER" if in_order else "NOT CLEARED"
    if False in watched:
        return "ON_HOLD", "NOT CLEARED"
    if not still_met(rows, place, person, grant, at, asked):
        return "BLOCKED", "NOT CLEARED"
    if True in watched:
        return "ON_HOLD", "ONLY WITH AN OBSERVER"
    if back is not None and place.level == "independent" and cases_since(rows, place, person, back, asked) < _first_cases(place):
        return "PROVISIONAL", "ONLY WITH AN OBSERVER"
    return "CLEARED", "CLEARED"


def _first_cases(place: Place) -> int:
    return int(place.policy.get("cases_after_suspension", 3))


def _first_loss(rows: Rows, place: Place, person: Row, at: datetime) -> datetime | None:
    """The first later instant at which the same facts no longer clear."""
    later = sorted(e for one in reach(place) for e in edges(rows, one, person, at) if e > at)
    return next((e for e in later if _at(rows, place, person, e, at)[1] != "CLEARED"), None)
