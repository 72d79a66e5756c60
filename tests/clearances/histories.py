"""Random histories of a small clinic as raw rows, and a database to put them into: no triggers, so that anything can be written."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import create_engine, event, insert, select
from sqlalchemy.orm import Session

from app.bank.files import read_bank
from app.clearances.models import PolicyVersion  # noqa: F401  (its room's tables are made)
from app.database import app_metadata
from app.domain.canonical import canonical_bytes, digest
from app.domain.catalogue import catalogue_json
from tests.builders import QUESTION_BANK
from tests.clock import START

Row = dict[str, Any]
Rows = dict[str, list[Row]]
GROUPS = {"thorax": "high", "limb-neurovascular": "elevated", "standard-limb": "standard"}
PEOPLE = (1, 2, 3, 4, 5)
"""1 and 2 are the practitioners; 3, 4 and 5 observe, decide and approve."""
TABLES = (
    "installation",
    "person",
    "site",
    "membership",
    "catalogue_version",
    "policy_version",
    "decision",
    "decision_evidence",
    "evidence_void",
    "application",
    "application_event",
    "application_decision",
    "appeal",
    "appeal_outcome",
    "observation",
    "observation_record",
    "competency_approval",
    "document",
    "document_verification",
    "attempt",
    "grade",
)
"""Everything that standing is reckoned from."""
RECORDED = {
    "decision": "recorded_at", "observation": "opened_at", "observation_record": "signed_at", "competency_approval": "approved_at",
    "document": "entered_at", "document_verification": "verified_at", "grade": "graded_at", "application": "opened_at",
    "application_event": "at", "evidence_void": "voided_at", "policy_version": "published_at", "appeal": "opened_at",
    "appeal_outcome": "decided_at",
}  # fmt: skip
"""Table → when a row of it was recorded; rows of the others say for themselves from when to when they hold."""


@lru_cache(maxsize=1)
def _bank() -> tuple[Row, Row]:
    """The shipped catalogue and policy as rows."""
    bank = read_bank(QUESTION_BANK)
    pack = canonical_bytes(catalogue_json(bank.catalogue)).decode()
    body = bank.policies[0].model_dump(mode="json", by_alias=True)
    policy = canonical_bytes(body).decode()
    day = START - timedelta(days=2000)
    catalogue = {"id": 1, "sha256": hashlib.sha256(pack.encode()).hexdigest(), "content": pack, "loaded_at": day}
    version = {"id": 1, "policy": "default", "number": 1, "title": "P", "content": policy, "sha256": digest(body), "origin": "file"}
    return catalogue, {**version, "published_at": day, "in_force_from": day, "roll_out": "immediate"}


@lru_cache(maxsize=1)
def groups_and_critical() -> tuple[dict[str, list[str]], list[str]]:
    """Group → regions, and the critical competencies, of the shipped catalogue."""
    pack = json.loads(_bank()[0]["content"])
    critical = [c["id"] for g in pack["competency_groups"] for c in g["competencies"] if c["critical"]]
    return {g["id"]: list(g["regions"]) for g in pack["groups"]}, critical


def parts_of(histories: int) -> tuple[range, int]:
    """The numbers of the tests that many histories are dealt to, and how many each gets: few stay together."""
    parts = 10 if histories >= 1000 else 1
    return range(parts), histories // parts


@dataclass
class Writer:
    """Draws one history. In a calm one the papers and competencies were in order long ago, so that far more is cleared."""

    rng: random.Random
    calm: bool = False

    def instant(self, before: int = 1000, after: int = 30) -> datetime:
        return START + timedelta(minutes=self.rng.randrange(-before * 1440, after * 1440))

    def rows(self) -> Rows:
        catalogue, policy = _bank()
        found: Rows = {name: [] for name in TABLES}
        found["catalogue_version"], found["policy_version"] = [catalogue], [policy]
        self._policies(found)
        mode = "restored" if self.rng.random() < 0.02 else "normal"
        found["installation"] = [{"id": 1, "kind": "real", "mode": mode, "organisation": "O", "created_at": START}]
        zone = self.rng.choice(["UTC", "Europe/Dublin", "America/New_York", "Pacific/Auckland", "America/Sao_Paulo"])
        found["site"] = [
            {"id": n, "name": f"Site {n}", "jurisdiction": "Ireland", "time_zone": zone, "created_at": START} for n in (1, 2)
        ]
        for person in PEOPLE:
            self._person(found, person)
        for person in PEOPLE[:2]:
            self._papers(found, person)
            self._competencies(found, person)
            self._exams(found, person)
            self._observations(found, person)
            for group in GROUPS:
                self._decisions(found, person, group, "independent")
        self._voids(found)
        for observer in PEOPLE[2:]:
            self._papers(found, observer)
            for group in GROUPS:
                self._decisions(found, observer, group, "may_observe")
        return found

    def _policies(self, found: Rows) -> None:
        """Up to three more versions of the policy, rolled out in each of the three ways."""
        at = START - timedelta(days=1000)
        for number in range(2, self.rng.choice([2, 2, 3, 4, 5])):
            body = json.loads(found["policy_version"][self.rng.randrange(number - 1)]["content"])
            for _ in range(self.rng.randrange(1, 3)):
                self._change(body)
            at += timedelta(minutes=self.rng.randrange(1, 400 * 1440))
            roll_out = self.rng.choice(["next_renewal", "by_date", "immediate"])
            begins = at + timedelta(days=self.rng.randrange(30, 300)) if roll_out == "by_date" else at
            content = canonical_bytes(body).decode()
            found["policy_version"].append(
                {
                    **found["policy_version"][0], "id": number, "number": number, "content": content, "published_at": at,
                    "in_force_from": begins, "roll_out": roll_out, "sha256": digest(body),
                }
            )  # fmt: skip

    def _change(self, body: Row) -> None:
        """One change of what is asked in all tiers."""
        body["cases_after_suspension"] = self.rng.randrange(0, 6)
        change = self.rng.choice(["drop", "exam", "all", "law", "first", "first"])
        for tier in GROUPS.values():
            asked = body[tier]["requirements"]
            if change == "drop" and len(asked) > 2:
                asked.pop(self.rng.randrange(len(asked)))
            if change == "exam":
                for one in asked:
                    one["continuing"] = one["continuing"] or one["kind"] == "exam"
            if change == "law":
                for one in asked:
                    one["continuing"] = one["kind"] in ("document", "competency") and self.rng.random() < 0.5
            below = {"high": ["elevated", "standard"], "elevated": ["standard"]}.get(tier, [])
            if change == "first" and below and not any(one["id"] == "first" for one in asked):
                lower = self.rng.choice(below)
                group = next(g for g, of in GROUPS.items() if of == lower)
                first = {"id": "first", "words": "First", "kind": "prerequisite", "initial": True, "continuing": True}
                level = "independent" if self.rng.random() < 0.8 else "may_observe"
                asked.append({**first, "regions": [self.rng.choice(groups_and_critical()[0][group])], "level": level})
            if change == "all" and not any(one["id"] == "some" for one in asked):
                papers = [one for one in asked if one["kind"] in ("document", "exam")]
                if papers:
                    some = {"kind": "k_of", "k": 1, "of": papers, "id": "some", "words": "Some of them"}
                    asked.append({**some, "initial": False, "continuing": True})

    def _version_at(self, found: Rows, at: datetime) -> int:
        """The version that a grant names: the one in force mostly, any other now and then."""
        if self.rng.random() < 0.1:
            return int(self.rng.choice(found["policy_version"])["id"])
        return max(int(v["id"]) for v in found["policy_version"] if v["in_force_from"] <= at)

    def _person(self, found: Rows, person: int) -> None:
        closed = self.instant() if self.rng.random() < 0.05 else None
        found["person"].append(
            {
                "id": person,
                "email": f"p{person}@test.invalid",
                "printed_name": f"Person {person}",
                "session_key": "k",
                "profession": "",
                "theme": "auto",
                "shortcut_keys": True,
                "created_at": START,
                "deactivated_at": closed,
            }
        )
        role = "trainee" if person < 3 else "supervisor"
        for site, ends in ((1, 0.08), *[(2, 0.2)] * (self.rng.random() < 0.4)):
            self._add(
                found,
                "membership",
                person_id=person,
                site_id=site,
                role=role,
                external=False,
                founding=False,
                proposed_by_id=None,
                proposed_at=START - timedelta(days=1500),
                confirmed_by_id=None,
                confirmed_at=None if role == "trainee" else START - timedelta(days=self.rng.choice([1499, 300])),
                ended_by_id=None,
                ended_at=self.instant() if self.rng.random() < ends else None,
            )

    def _papers(self, found: Rows, person: int) -> None:
        for kind in ("licence", "indemnity", "bls", "course"):
            for _ in range(1 if self.calm else self.rng.choice([1, 1, 1, 2, 3])):
                begins = date(2023, 6, 1) + timedelta(days=self.rng.randrange(900) * (not self.calm and self.rng.random() < 0.4))
                ends = None if self.rng.random() < 0.5 else begins + timedelta(days=self.rng.randrange(1, 2000))
                number = len(found["document"]) + 1
                entered = self.instant(1000, -900) if self.calm or self.rng.random() < 0.7 else self.instant()
                found["document"].append(
                    {
                        "id": number,
                        "holder_id": person,
                        "kind": kind,
                        "title": "t",
                        "issuer": "i",
                        "reference": "r",
                        "jurisdiction": self.rng.choice(["Ireland"] * 5 + ["ireland", "Ireland" if self.calm else "Elsewhere"]),
                        "valid_from": begins,
                        "valid_until": ends,
                        "entered_by_id": person,
                        "entered_at": entered,
                    }
                )
                verdicts = self.rng.choice(
                    [["verified"]] * 12 + [["verified", "refused"], ["refused"], []][: 0 if self.calm else 3]
                )
                for n, verdict in enumerate(verdicts):
                    at = entered + timedelta(hours=self.rng.randrange(1, 500) + 600 * n)
                    self._add(
                        found,
                        "document_verification",
                        document_id=number,
                        holder_id=person,
                        entered_by_id=person,
                        verdict=verdict,
                        verified_by_id=4,
                        how="seen",
                        verified_at=at,
                        signature_id=0,
                    )

    def _competencies(self, found: Rows, person: int) -> None:
        for slug in groups_and_critical()[1]:
            for _ in range(self.rng.choice([1, 1, 1, 1, 1, 1, 1, 1, 2])):
                at = self.instant(1000, -850) if self.calm or self.rng.random() < 0.97 else self.instant()
                until = at + timedelta(days=self.rng.randrange(1, 1500)) if self.rng.random() < 0.02 else None
                verdict = "not_yet" if not self.calm and self.rng.random() < 0.01 else "met"
                self._add(
                    found,
                    "competency_approval",
                    person_id=person,
                    site_id=1,
                    competency=slug,
                    verdict=verdict,
                    mode="oral",
                    evidence="e",
                    approver_id=4,
                    approved_at=at,
                    until=until,
                    signature_id=0,
                )

    def _exams(self, found: Rows, person: int) -> None:
        for quiz in ("general-safety", "complication-response", "thorax", "limb-neurovascular"):
            for _ in range(self.rng.choice([0, 1, 1, 2])):
                at = self.instant()
                attempt = self._add(
                    found,
                    "attempt",
                    person_id=person,
                    quiz_id=quiz,
                    quiz_version_id=1,
                    state="closed",
                    started_at=at,
                    deadline_at=at + timedelta(hours=2),
                    closed_at=self.rng.choice([None, at + timedelta(hours=1)]),
                    seed="s",
                    derivation="{}",
                    head_sha256="",
                    ordinal=len(found["attempt"]) + 1,
                )
                for run in range(1, self.rng.choice([1, 1, 1, 2]) + 1):
                    graded = at + timedelta(hours=3, days=self.rng.randrange(1, 400) * (run - 1))
                    passed = self.rng.random() < 0.8 - 0.5 * (run - 1)
                    notice = graded + timedelta(days=self.rng.randrange(90)) if run == 2 and not passed else None
                    self._add(
                        found,
                        "grade",
                        attempt_id=attempt,
                        run=run,
                        passed=passed,
                        points_num=1,
                        points_den=1,
                        max_points=1,
                        critical_errors=int(self.rng.random() < 0.05),
                        decision="{}",
                        reason="r",
                        graded_at=graded,
                        pass_held_until=notice,
                    )

    def _observations(self, found: Rows, person: int) -> None:
        regions, _ = groups_and_critical()
        for group in GROUPS:
            for _ in range(self.rng.randrange(0, 6)):
                opened = self.instant()
                number = self._add(
                    found,
                    "observation",
                    trainee_id=person,
                    site_id=self._site(),
                    region=self.rng.choice(regions[group]),
                    technique="t",
                    purpose=self.rng.choice(["assessment", "coaching"]),
                    subject="patient",
                    code_sha256=f"{len(found['observation'])}",
                    opened_at=opened,
                )
                if self.rng.random() < 0.9:
                    outcome = self.rng.choice(["completed"] * 5 + ["abandoned"])
                    fails = "[]" if self.rng.random() < 0.9 else '["x"]'
                    presence = self.rng.choice(["in_room"] * 6 + ["live_video", "not_seen"])
                    signed = opened + timedelta(minutes=self.rng.randrange(0, 3000))
                    rating = None if presence == "not_seen" else self.rng.randrange(1, 6)
                    self._add(
                        found,
                        "observation_record",
                        observation_id=number,
                        trainee_id=person,
                        observer_id=self.rng.choice([3, 4, 5]),
                        presence=presence,
                        outcome=outcome,
                        rating=rating,
                        rows="{}",
                        auto_fail=fails,
                        done_well="",
                        to_change="",
                        signed_at=signed,
                        signature_id=0,
                    )

    def _voids(self, found: Rows) -> None:
        """A few pieces of evidence of the practitioners are called back."""
        holders = {
            "observation": ("observation_record", "trainee_id"),
            "competency": ("competency_approval", "person_id"),
            "document": ("document", "holder_id"),
            "exam": ("attempt", "person_id"),
        }
        for kind, (table, person) in holders.items():
            for row in found[table]:
                if self.rng.random() < (0.002 if self.calm else 0.02):
                    self._add(
                        found,
                        "evidence_void",
                        kind=kind,
                        record_id=row["id"],
                        person_id=row[person],
                        site_id=1,
                        reason="r",
                        voided_by_id=5,
                        voided_at=self.instant(400, 0),
                        signature_id=0,
                    )

    def _decisions(self, found: Rows, person: int, group: str, level: str) -> None:
        """A grant mostly, then a few more acts of every kind at random instants, in the order of their recording."""
        regions = groups_and_critical()[0][group]
        kinds = ["grant"] + self.rng.choices(
            ["grant", "renew", "suspend", "hold", "revoke", "lift", "lift", "undo", "recommend"], k=self.rng.randrange(0, 6)
        )
        if self.rng.random() < 0.35:
            kinds = ["grant", "suspend", "lift", *kinds[1:2]]
        at, mine = self.instant(900, -200), list[Row]()
        for kind in kinds if self.rng.random() < 0.85 else kinds[1:]:
            about = self._about(mine, kind)
            if kind == "undo" and about is not None:
                at += timedelta(seconds=self.rng.randrange(1, 10))
            else:
                at += timedelta(minutes=self.rng.randrange(1, 200_000))
            if about is None and kind in ("lift", "undo"):
                continue
            delay = timedelta(seconds=10) if kind in ("grant", "renew", "lift") else timedelta()
            by_two = kind in ("grant", "renew", "lift") and self.rng.random() < 0.9
            some = self.rng.sample(regions, self.rng.randrange(1, len(regions) + 1))
            late = kind not in ("grant", "renew", "lift", "undo") and self.rng.random() < 0.1
            recorded = at + timedelta(minutes=self.rng.randrange(0, 50_000) * late)
            row = {
                "kind": kind,
                "level": level,
                "person_id": person,
                "site_id": about["site_id"] if about else self._site(),
                "group_slug": group,
                "tier": GROUPS[group],
                "catalogue_version_id": 1,
                "regions": json.dumps(sorted(about_regions(about) if about else some)),
                "limits": '{"adults_only":false,"excluded":[],"max_needle_mm":null,"no_current":false,"ultrasound_only":false}',
                "policy_version_id": self._version_at(found, at),
                "evidence_sha256": "",
                "about_decision_id": about["id"] if about else None,
                "recommendation_id": None,
                "recommender_id": 4 if by_two else None,
                "signer_id": 5,
                "signature_id": len(found["decision"]) + 1,
                "founding": False,
                "reason": "",
                "occurred_at": at,
                "recorded_at": recorded,
                "effective_at": at + delay,
                "until": at + timedelta(days=self.rng.randrange(30, 900)) if kind in ("grant", "renew") else None,
                "time_zone": "UTC",
                "with_observer": kind == "hold" and self.rng.random() < 0.5,
            }
            row["id"] = self._add(found, "decision", **row)
            mine.append(row)
            if kind in ("grant", "renew"):
                self._rests_on(found, person, row)
                self._renewal(found, row)

    def _about(self, mine: list[Row], kind: str) -> Row | None:
        """The stop that a lift ends, any of them; what an undo takes back, which is the last one signed."""
        if kind == "undo":
            return mine[-1] if mine and mine[-1]["kind"] in ("grant", "renew", "lift") else None
        some = [d for d in mine if kind == "lift" and d["kind"] in ("suspend", "hold", "revoke")]
        return self.rng.choice(some) if some else None

    def _renewal(self, found: Rows, grant: Row) -> None:
        """An application that would renew a grant now and then, with an end or without."""
        if self.rng.random() < (0.1 if self.calm else 0.5) or grant["level"] != "independent":
            return
        opened = grant["until"] - timedelta(days=self.rng.randrange(1 if self.calm else -5, 90))
        number = self._add(
            found, "application", person_id=grant["person_id"], site_id=grant["site_id"], level=grant["level"],
            group_slug=grant["group_slug"], regions=grant["regions"], policy_version_id=1, opened_at=opened,
            renews_decision_id=grant["id"],
        )  # fmt: skip
        if self.rng.random() < 0.2:
            later = opened + timedelta(days=self.rng.randrange(1, 60))
            kind = self.rng.choice(["claimed", "withdrawn"])
            self._add(found, "application_event", application_id=number, kind=kind, actor_id=grant["person_id"], at=later)
        elif self.rng.random() < 0.7:
            self._answered(found, grant, number, opened + timedelta(days=self.rng.randrange(1, 100)))

    def _answered(self, found: Rows, grant: Row, application: int, at: datetime) -> None:
        """A renewal is denied, and that set aside on appeal or upheld; or it is granted, and that undone or not."""
        kind = self.rng.choice(["deny", "renew"])
        base = {**grant, "about_decision_id": None, "until": None, "recommender_id": 4}
        base |= {"occurred_at": at, "recorded_at": at, "effective_at": at}
        if kind == "renew":
            base |= {
                "effective_at": at + timedelta(seconds=10),
                "until": at + timedelta(days=700),
                "about_decision_id": grant["id"],
            }
        answer = self._decided(found, application, base, kind)
        if self.rng.random() < 0.5:
            return
        later = at + timedelta(seconds=self.rng.randrange(1, 10))
        if kind == "renew":
            undo = {**base, "about_decision_id": answer, "until": None, "occurred_at": later, "recorded_at": later}
            self._decided(found, application, undo | {"effective_at": later}, "undo")
            return
        appeal = self._add(found, "appeal", decision_id=answer, person_id=grant["person_id"], grounds="g", opened_at=later)
        found["appeal_outcome"].append(
            {
                "appeal_id": appeal, "outcome": self.rng.choice(["set_aside", "uphold"]), "reason": "r", "hearer_id": 3,
                "signature_id": appeal, "decided_at": later + timedelta(days=self.rng.randrange(1, 60)),
            }
        )  # fmt: skip

    def _decided(self, found: Rows, application: int, row: Row, kind: str) -> int:
        number = len(found["decision"]) + 1
        found["decision"].append({**row, "id": number, "kind": kind, "signature_id": number})
        link = {"decision_id": number, "application_id": application, "kind": kind, "round": number}
        found["application_decision"].append(link)
        return number

    def _rests_on(self, found: Rows, person: int, decision: Row) -> None:
        """A grant rests on exams from before it: what its signer saw."""
        mine = [a for a in found["attempt"] if a["person_id"] == person]
        attempts = [a["id"] for a in mine if a["deadline_at"] <= decision["occurred_at"]]
        for attempt in self.rng.sample(attempts, min(2, len(attempts))):
            self._add(
                found,
                "decision_evidence",
                decision_id=decision["id"],
                kind="exam",
                reference=str(attempt),
                sha256="",
                record_id=None,
                observer_id=None,
            )

    def _site(self) -> int:
        """Mostly the first one, which is asked about."""
        return 2 if self.rng.random() < 0.07 else 1

    def _add(self, found: Rows, table: str, **values: Any) -> int:
        number = len(found[table]) + 1
        found[table].append({"id": number, **values})
        return number


def about_regions(row: Row) -> list[str]:
    """The regions of a decision."""
    regions: list[str] = json.loads(row["regions"])
    return regions


@contextmanager
def empty_session() -> Iterator[Session]:
    """A session on a database in memory that holds the tables, without triggers and checks."""
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA ignore_check_constraints=ON"))
    app_metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def write(session: Session, rows: Rows) -> None:
    """Put a history into the database in place of the one before."""
    session.expunge_all()
    for name in reversed(TABLES):
        session.execute(app_metadata.tables[name].delete())
    for name in TABLES:
        if rows[name]:
            session.execute(insert(app_metadata.tables[name]), rows[name])
    session.commit()


def stored(session: Session, name: str) -> list[Row]:
    """Every row of a table as the database has it."""
    return [dict(row) for row in session.execute(select(app_metadata.tables[name])).mappings()]
