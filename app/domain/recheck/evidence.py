"""What evidence meets, asked one instant at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.errors import Unavailable
from app.domain.places import day_of, end_of_day, months_after, start_of_day
from app.domain.recheck.decisions import could_observe
from app.domain.recheck.place import Place, Row, Rows
from app.domain.recheck.policies import asked_at_grant, every_rule


def still_met(rows: Rows, place: Place, person: Row, grant: Row, at: datetime, asked: datetime) -> bool:
    asks = [r for r in place.policy[place.group["tier"]]["requirements"] if r["continuing"]]
    if place.level == "may_observe":
        asks = [r for r in asks if r["kind"] == "document" and r["document"] in ("licence", "indemnity")]
    return all(_met(rows, place, person, r, at, asked) for r in asks) and _passes_stand(rows, place, person, grant, at, asked)


def _met(rows: Rows, place: Place, person: Row, rule: Mapping[str, Any], at: datetime, asked: datetime) -> bool:
    if rule["kind"] in ("all_of", "any_of", "k_of"):
        met = [_met(rows, place, person, child, at, asked) for child in rule["of"]]
        needed: int = {"all_of": len(met), "any_of": 1}.get(rule["kind"], rule.get("k", 1))
        return sum(met) >= needed
    if rule["kind"] == "prerequisite":
        firsts = [place.first(region, rule["level"]) for region in rule["regions"]]
        return all((p.region, p.level) not in p.asking and p.cleared(p, person, at, asked) for p in firsts)
    if rule["kind"] == "document":
        return _paper(rows, place, person, rule, at)
    if rule["kind"] == "competency":
        return _signed_off(rows, place, person, rule, at, asked)
    if rule["kind"] == "exam":
        return any(at < end for _, end in _passes(rows, place, person, rule, asked, held=True))
    raise Unavailable(
        f"The second reckoning has no records of kind {rule['kind']}, which the policy asks for. Nothing is verified."
    )


def _void(rows: Rows, kind: str, row: Row) -> bool:
    """Whether somebody called a piece of evidence back."""
    return any((v["kind"], v["record_id"]) == (kind, row["id"]) for v in rows["evidence_void"])


def _paper(rows: Rows, place: Place, person: Row, rule: Mapping[str, Any], at: datetime) -> bool:
    today = day_of(at, place.zone)
    for d in rows["document"]:
        if d["holder_id"] != person["id"] or d["kind"] != rule["document"] or _void(rows, "document", d):
            continue
        verdicts = [v for v in rows["document_verification"] if v["document_id"] == d["id"]]
        if not verdicts or max(verdicts, key=lambda v: v["id"])["verdict"] != "verified":
            continue
        if rule["for_jurisdiction"] and d["jurisdiction"].casefold() != place.site["jurisdiction"].casefold():
            continue
        if d["valid_from"] <= today and (d["valid_until"] is None or today <= d["valid_until"]):
            return True
    return False


def _signed_off(rows: Rows, place: Place, person: Row, rule: Mapping[str, Any], at: datetime, asked: datetime) -> bool:
    needed = place.critical if rule["which"] == "critical" else rule["competencies"]
    for competency in needed:
        ends: list[datetime | None] = []
        signed = [a for a in rows["competency_approval"] if (a["person_id"], a["competency"]) == (person["id"], competency)]
        signed = [a for a in signed if a["verdict"] != "met" or not _void(rows, "competency", a)]
        for a in sorted((a for a in signed if a["approved_at"] <= asked), key=lambda a: (a["approved_at"], a["id"])):
            ends = [a["until"]] if a["verdict"] == "met" and a["approver_id"] != person["id"] else []
        if not any(end is None or at < end for end in ends):
            return False
    return bool(needed)


def _passes(
    rows: Rows, place: Place, person: Row, rule: Mapping[str, Any], asked: datetime, *, held: bool
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
        good = newest["passed"] and not newest["critical_errors"]
        if good and _void(rows, "exam", a):
            continue
        if good or (held and notice is not None):
            end = months_after(finished, rule["validity_months"], place.zone)
            found.append((a, end if notice is None else min(end, notice)))
    return found


def _passes_stand(rows: Rows, place: Place, person: Row, grant: Row, at: datetime, asked: datetime) -> bool:
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


def _passed_besides(rows: Rows, place: Place, person: Row, grant: Row, quiz: str) -> bool:
    """Whether another pass of the exam was valid when the clearance was granted."""
    names = {quiz, "group"} if quiz == place.group["id"] else {quiz}
    asked = (asked_at_grant(place, grant) or {"asks": place.policy})["asks"]
    rules = [r for r in asked[place.group["tier"]]["requirements"] if r["kind"] == "exam" and r["quiz"] in names]
    granted = grant["effective_at"]
    return any(granted < end for r in rules for _, end in _passes(rows, place, person, r, granted, held=False))


def cases_since(rows: Rows, place: Place, person: Row, since: datetime, asked: datetime) -> int:
    """Procedures of the group that were completed before an observer since an instant."""
    opened = {o["id"]: o for o in rows["observation"] if o["trainee_id"] == person["id"] and o["region"] in place.group["regions"]}
    number = 0
    for r in rows["observation_record"]:
        o = opened.get(r["observation_id"])
        if (
            o is None
            or _void(rows, "observation", r)
            or o["opened_at"] < since
            or r["signed_at"] > asked
            or r["signed_at"] <= o["opened_at"]
        ):
            continue
        sound = (r["presence"], r["outcome"]) == ("in_room", "completed") and not json.loads(r["auto_fail"])
        instants = (o["opened_at"], r["signed_at"])
        if sound and r["rating"] and r["observer_id"] != person["id"] and could_observe(rows, place, r["observer_id"], o, instants):
            number += 1
    return number


def edges(rows: Rows, place: Place, person: Row, at: datetime) -> set[datetime]:
    """Every instant at which the evidence or the decisions could change what is met."""
    zone, found = place.zone, set[datetime]()
    for d in rows["document"]:
        found |= {start_of_day(d["valid_from"], zone)} | ({end_of_day(d["valid_until"], zone)} if d["valid_until"] else set())
    found |= {a["until"] for a in rows["competency_approval"] if a["until"] is not None}
    found |= {g["pass_held_until"] for g in rows["grade"] if g["pass_held_until"] is not None}
    found |= {d["until"] for d in rows["decision"] if d["until"] is not None}
    found |= {p["in_force_from"] for p in place.policies}
    for rule in (r for r in every_rule(place) if r["kind"] == "exam"):
        found |= {end for _, end in _passes(rows, place, person, rule, at, held=True)}
    return found
