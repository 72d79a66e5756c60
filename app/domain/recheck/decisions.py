"""What decisions, applications and memberships say, one after another."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from app.domain.recheck.place import Place, Row, Rows


def belongs(rows: Rows, place: Place, person: Row, at: datetime) -> bool:
    closed = person["deactivated_at"]
    if closed is not None and closed <= at:
        return False
    for m in rows["membership"]:
        if m["person_id"] != person["id"] or m["site_id"] != place.site["id"]:
            continue
        second = (m["role"] in ("supervisor", "admin") or m["external"]) and not m["founding"]
        since = m["confirmed_at"] if second else m["proposed_at"]
        if since is not None and since <= at and (m["ended_at"] is None or m["ended_at"] > at):
            return True
    return False


def about(rows: Rows, place: Place, person_id: int, at: datetime) -> list[Row]:
    """The decisions about this person, level and region here that have taken effect, undone ones struck out, in order."""
    undone = [d["about_decision_id"] for d in rows["decision"] if d["kind"] == "undo"]
    key = (person_id, place.site["id"], place.level, place.group["id"])
    mine = [
        d for d in rows["decision"]
        if (d["person_id"], d["site_id"], d["level"], d["group_slug"]) == key
        and place.region in json.loads(d["regions"]) and d["effective_at"] <= at and d["id"] not in undone
    ]  # fmt: skip
    return sorted(mine, key=lambda d: (d["effective_at"], d["id"]))


def replay(decisions: list[Row]) -> tuple[Row | None, dict[int, Row], datetime | None]:
    """One decision after another: (the grant that holds, what stops it now, when it came back from a suspension)."""
    grant: Row | None = None
    stops: dict[int, Row] = {}
    back: datetime | None = None
    ended = {d["about_decision_id"]: d["effective_at"] for d in decisions if d["kind"] == "lift"}
    for d in decisions:
        if d["kind"] in ("grant", "renew"):
            grant = d
            stops = {n: s for n, s in stops.items() if s["kind"] != "revoke" or s["effective_at"] >= d["effective_at"]}
            back = back if d["kind"] == "renew" or back is None or back >= d["effective_at"] else None
        elif d["kind"] in ("suspend", "hold", "revoke"):
            if d["id"] not in ended:
                stops[d["id"]] = d
            elif d["kind"] == "suspend":
                back = max(filter(None, (back, ended[d["id"]])))
    return grant, stops, back


def could_observe(rows: Rows, place: Place, observer_id: int, o: Row, instants: Iterable[datetime]) -> bool:
    """Whether somebody held the right to observe the region at each of some instants, by decisions alone."""
    where = Place({**place.site, "id": o["site_id"]}, place.group, o["region"], "may_observe", ())
    for at in instants:
        grant, stops, _ = replay(about(rows, where, observer_id, at))
        if grant is None or stops or not at < grant["until"]:
            return False
    return True


def renewal_is_open(rows: Rows, grant: Row, asked: datetime) -> bool:
    """Whether a renewal of the grant was opened before its end and nobody has ended that application."""
    undone = {d["about_decision_id"] for d in rows["decision"] if d["kind"] == "undo"}
    won = {o["appeal_id"] for o in rows["appeal_outcome"] if o["outcome"] == "set_aside" and o["decided_at"] <= asked}
    undone |= {a["decision_id"] for a in rows["appeal"] if a["id"] in won}
    known = {d["id"]: d for d in rows["decision"] if d["occurred_at"] <= asked and d["id"] not in undone}
    for a in rows["application"]:
        if a["renews_decision_id"] != grant["id"] or not a["opened_at"] < grant["until"] or a["opened_at"] > asked:
            continue
        decided = any(
            link["application_id"] == a["id"] and link["kind"] in ("grant", "renew", "deny") and link["decision_id"] in known
            for link in rows["application_decision"]
        )
        left = any(
            e["application_id"] == a["id"] and e["kind"] == "withdrawn" and e["at"] <= asked for e in rows["application_event"]
        )
        if not decided and not left:
            return True
    return False
