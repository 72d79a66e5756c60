"""Standing a second time, from raw rows and written another way: rows of tables in, one word per person, level and region out.

It shares no rule with domain/standing and domain/requirements. Where those work with sets of time, this asks one instant
after another. `flask clearances verify` and the tests compare the two; where they differ, nobody reads as cleared with reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.places import day_of, end_of_day, months_after, start_of_day

Row = Mapping[str, Any]
Rows = Mapping[str, list[Row]]
"""Table → rows as stored, each as far as it was known at the instant asked about."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the second reckoning says of one person, level and region at a site."""

    person_id: int
    level: str
    region: str
    state: str
    word: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where it is asked: the site, a group of the catalogue, one of its regions, and what else every rule needs."""

    site: Row
    group: Mapping[str, Any]
    region: str
    level: str
    critical: tuple[str, ...]
    policy: Mapping[str, Any]

    @property
    def zone(self) -> str:
        return str(self.site["time_zone"])


def recheck(rows: Rows, site: Row, people: Iterable[Row], *, at: datetime) -> list[Verdict]:
    """The word for each of some people at a site, for both levels and every region of the newest catalogue."""
    pack = json.loads(max(rows["catalogue_version"], key=lambda r: r["id"])["content"])
    published = [p for p in rows["policy_version"] if p["published_at"] <= at]
    policy = json.loads(max(published, key=lambda p: p["id"])["content"]) if published else {}
    critical = tuple(c["id"] for g in pack["competency_groups"] for c in g["competencies"] if c["critical"])
    found = []
    for person in people:
        for group in pack["groups"]:
            for region in group["regions"]:
                for level in ("independent", "may_observe"):
                    place = _Place(site, group, region, level, critical, policy)
                    found.append(_verdict(rows, place, person, at))
    return found


def _verdict(rows: Rows, place: _Place, person: Row, at: datetime) -> Verdict:
    who = (int(person["id"]), place.level, place.region)
    if not rows["installation"] or rows["installation"][0]["mode"] == "restored":
        return Verdict(*who, "PENDING_CONFIRMATION", "CANNOT CONFIRM")
    state, word = _at(rows, place, person, at, at)
    if state not in ("REVOKED", "SUSPENDED") and not _belongs(rows, place, person, at):
        return Verdict(*who, "NOT_HELD", "NOT CLEARED")
    until = _first_loss(rows, place, person, at) if word == "CLEARED" else None
    return Verdict(*who, state, word, until)


def _belongs(rows: Rows, place: _Place, person: Row, at: datetime) -> bool:
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


def _about(rows: Rows, place: _Place, person_id: int, at: datetime) -> list[Row]:
    """The decisions about this person, level and region here that have taken effect, undone ones struck out, in order."""
    undone = [d["about_decision_id"] for d in rows["decision"] if d["kind"] == "undo"]
    key = (person_id, place.site["id"], place.level, place.group["id"])
    mine = [
        d for d in rows["decision"]
        if (d["person_id"], d["site_id"], d["level"], d["group_slug"]) == key
        and place.region in json.loads(d["regions"]) and d["effective_at"] <= at and d["id"] not in undone
    ]  # fmt: skip
    return sorted(mine, key=lambda d: (d["effective_at"], d["id"]))


def _replay(decisions: list[Row]) -> tuple[Row | None, dict[int, Row], datetime | None]:
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


def _at(rows: Rows, place: _Place, person: Row, at: datetime, asked: datetime) -> tuple[str, str]:
    """State and word at `at`, on what had happened by `asked`."""
    grant, stops, back = _replay(_about(rows, place, person["id"], asked))
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
        return "EXPIRED", "NOT CLEARED"
    if False in watched:
        return "ON_HOLD", "NOT CLEARED"
    if not _still_met(rows, place, person, grant, at, asked):
        return "BLOCKED", "NOT CLEARED"
    if True in watched:
        return "ON_HOLD", "ONLY WITH AN OBSERVER"
    if back is not None and place.level == "independent" and _cases_since(rows, place, person, back, asked) < _first_cases(place):
        return "PROVISIONAL", "ONLY WITH AN OBSERVER"
    return "CLEARED", "CLEARED"


def _first_cases(place: _Place) -> int:
    return int(place.policy.get("cases_after_suspension", 3))


def _still_met(rows: Rows, place: _Place, person: Row, grant: Row, at: datetime, asked: datetime) -> bool:
    asks = [r for r in place.policy[place.group["tier"]]["requirements"] if r["continuing"]]
    if place.level == "may_observe":
        asks = [r for r in asks if r["kind"] == "document" and r["document"] in ("licence", "indemnity")]
    return all(_met(rows, place, person, r, at, asked) for r in asks) and _passes_stand(rows, place, person, grant, at, asked)


def _met(rows: Rows, place: _Place, person: Row, rule: Mapping[str, Any], at: datetime, asked: datetime) -> bool:
    if rule["kind"] in ("all_of", "any_of", "k_of"):
        met = [_met(rows, place, person, child, at, asked) for child in rule["of"]]
        needed: int = {"all_of": len(met), "any_of": 1}.get(rule["kind"], rule.get("k", 1))
        return sum(met) >= needed
    if rule["kind"] == "document":
        return _paper(rows, place, person, rule, at)
    if rule["kind"] == "competency":
        return _signed_off(rows, place, person, rule, at, asked)
    if rule["kind"] == "exam":
        return any(at < end for _, end in _passes(rows, place, person, rule, asked, held=True))
    raise NotImplementedError(f"the second reckoning does not know a continuing requirement of kind {rule['kind']}")


def _paper(rows: Rows, place: _Place, person: Row, rule: Mapping[str, Any], at: datetime) -> bool:
    today = day_of(at, place.zone)
    for d in rows["document"]:
        if d["holder_id"] != person["id"] or d["kind"] != rule["document"]:
            continue
        verdicts = [v for v in rows["document_verification"] if v["document_id"] == d["id"]]
        if not verdicts or max(verdicts, key=lambda v: v["id"])["verdict"] != "verified":
            continue
        if rule["for_jurisdiction"] and d["jurisdiction"].casefold() != place.site["jurisdiction"].casefold():
            continue
        if d["valid_from"] <= today and (d["valid_until"] is None or today <= d["valid_until"]):
            return True
    return False


def _signed_off(rows: Rows, place: _Place, person: Row, rule: Mapping[str, Any], at: datetime, asked: datetime) -> bool:
    needed = place.critical if rule["which"] == "critical" else rule["competencies"]
    for competency in needed:
        ends: list[datetime | None] = []
        signed = [a for a in rows["competency_approval"] if (a["person_id"], a["competency"]) == (person["id"], competency)]
        for a in sorted((a for a in signed if a["approved_at"] <= asked), key=lambda a: (a["approved_at"], a["id"])):
            ends = [] if a["verdict"] != "met" else (ends if a["approver_id"] == person["id"] else [*ends, a["until"]])
        if not any(end is None or at < end for end in ends):
            return False
    return bool(needed)


def _passes(
    rows: Rows, place: _Place, person: Row, rule: Mapping[str, Any], asked: datetime, *, held: bool
) -> list[tuple[Row, datetime]]:
    """Passed attempts of an exam with the instant at which each stops counting."""
    quiz = place.group["id"] if rule["quiz"] == "group" else rule["quiz"]
    found = []
    for a in rows["attempt"]:
        grades = [g for g in rows["grade"] if g["attempt_id"] == a["id"]]
        finished = a["closed_at"] or a["deadline_at"]
        if (a["person_id"], a["quiz_id"], a["state"]) != (person["id"], quiz, "closed") or not grades or finished > asked:
            continue
        newest = max(grades, key=lambda g: g["run"])
        notice = newest["pass_held_until"]
        if (newest["passed"] and not newest["critical_errors"]) or (held and notice is not None):
            end = months_after(finished, rule["validity_months"], place.zone)
            found.append((a, end if notice is None else min(end, notice)))
    return found


def _passes_stand(rows: Rows, place: _Place, person: Row, grant: Row, at: datetime, asked: datetime) -> bool:
    """Whether no pass that the grant names was taken away for good by a correction."""
    ids = {int(e["reference"]) for e in rows["decision_evidence"] if e["decision_id"] == grant["id"] and e["kind"] == "exam"}
    for a in rows["attempt"]:
        grades = [g for g in rows["grade"] if g["attempt_id"] == a["id"]]
        notice = max(grades, key=lambda g: g["run"])["pass_held_until"] if grades else None
        if a["id"] not in ids or a["person_id"] != person["id"] or notice is None or at < notice:
            continue
        finished = a["closed_at"] or a["deadline_at"]
        rule = {"quiz": a["quiz_id"], "validity_months": 10**4}
        again = [
            p for p, _ in _passes(rows, place, person, rule, asked, held=False) if (p["closed_at"] or p["deadline_at"]) > finished
        ]
        if not again and not _passed_besides(rows, place, person, grant, a["quiz_id"]):
            return False
    return True


def _passed_besides(rows: Rows, place: _Place, person: Row, grant: Row, quiz: str) -> bool:
    """Whether another pass of the exam was valid when the clearance was granted."""
    names = {quiz, "group"} if quiz == place.group["id"] else {quiz}
    rules = [r for r in place.policy[place.group["tier"]]["requirements"] if r["kind"] == "exam" and r["quiz"] in names]
    granted = grant["effective_at"]
    return any(granted < end for r in rules for _, end in _passes(rows, place, person, r, granted, held=False))


def _cases_since(rows: Rows, place: _Place, person: Row, since: datetime, asked: datetime) -> int:
    """Procedures of the group that were completed before an observer since an instant."""
    opened = {o["id"]: o for o in rows["observation"] if o["trainee_id"] == person["id"] and o["region"] in place.group["regions"]}
    number = 0
    for r in rows["observation_record"]:
        o = opened.get(r["observation_id"])
        if o is None or o["opened_at"] < since or r["signed_at"] > asked or r["signed_at"] <= o["opened_at"]:
            continue
        sound = (r["presence"], r["outcome"]) == ("in_room", "completed") and not json.loads(r["auto_fail"])
        if sound and r["rating"] and r["observer_id"] != person["id"] and _could_observe(rows, place, r["observer_id"], o):
            number += 1
    return number


def _could_observe(rows: Rows, place: _Place, observer_id: int, o: Row) -> bool:
    """Whether somebody held the right to observe the region when a procedure was opened, by decisions alone."""
    where = _Place({**place.site, "id": o["site_id"]}, place.group, o["region"], "may_observe", (), {})
    grant, stops, _ = _replay(_about(rows, where, observer_id, o["opened_at"]))
    return grant is not None and not stops and o["opened_at"] < grant["until"]


def _first_loss(rows: Rows, place: _Place, person: Row, at: datetime) -> datetime | None:
    """The first later instant at which the same facts no longer clear."""
    zone, edges = place.zone, set[datetime]()
    for d in rows["document"]:
        edges |= {start_of_day(d["valid_from"], zone)} | ({end_of_day(d["valid_until"], zone)} if d["valid_until"] else set())
    edges |= {a["until"] for a in rows["competency_approval"] if a["until"] is not None}
    edges |= {g["pass_held_until"] for g in rows["grade"] if g["pass_held_until"] is not None}
    edges |= {d["until"] for d in rows["decision"] if d["until"] is not None}
    for rule in (r for r in _flat(place.policy[place.group["tier"]]["requirements"]) if r["kind"] == "exam"):
        edges |= {end for _, end in _passes(rows, place, person, rule, at, held=True)}
    later = sorted(e for e in edges if e > at)
    return next((e for e in later if _at(rows, place, person, e, at)[1] != "CLEARED"), None)


def _flat(rules: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for rule in rules:
        yield rule
        yield from _flat(rule.get("of", ()))
