"""Fills an empty database with the clinic, through the product's own actions at earlier instants."""

from __future__ import annotations

import secrets
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from app.accounts import actions as accounts
from app.accounts.models import Membership, Person, Site
from app.accounts.queries import who
from app.attempts.actions import Save, grade_attempt, save_answer, start_attempt, submit_attempt
from app.attempts.queries import keyed_places
from app.bank.actions import load_items
from app.bank.files import read_bank
from app.bank.queries import contents
from app.catalogue.actions import load_catalogue
from app.catalogue.queries import catalogue_in_force
from app.clearances.actions import (
    confirm_observer,
    load_policy,
    nominate_observer,
    open_application,
)
from app.clearances.models import Application
from app.database import db
from app.demonstration.answers import right_answer
from app.demonstration.knowing import make_founders_known, make_known
from app.domain.items import parse_item
from app.domain.permissions import SYSTEM, Actor
from app.domain.policy import SHIPPED
from app.domain.quiz import parse_quiz
from app.quizzes.actions import load_quizzes
from app.quizzes.queries import get_current_quiz
from app.records.actions import Entry, enter_document, verify_document
from app.supervision.actions import approve_competency
from app.supervision.models import ObservationRecord
from config import ROOT
from tests.clearances.builders import GROUP, LICENCE_UNTIL, PASSWORD, PEOPLE, ROLES, SIGNERS, ZONE, watch
from tests.clock import START


def small_bank(folder: Path) -> Any:
    """The shipped reference pack and policy, read without the items."""
    for name in ("regions", "complications", "competencies", "screening", "sources"):
        shutil.copy(ROOT / "question_bank" / f"{name}.yaml", folder)
    shutil.copytree(ROOT / "question_bank" / "policies", folder / "policies")
    files = read_bank(folder)
    assert not files.problems, files.problems
    return files


def _quiz(quiz_id: str, region: str) -> Any:
    return parse_quiz(
        {
            "schema": "quiz/1",
            "id": quiz_id,
            "title": f"Short exam of {quiz_id}",
            "mode": "exam",
            "purpose": "A short exam for tests.",
            "select": {"any_of": [{"regions": [region]}]},
            "blueprint": {"critical_max": 2, "cells": [{"count": 2}]},
            "cuts": {"overall": {"num": 80, "den": 100}},
            "max_critical_errors": 0,
            "time_limit_s": 600,
            "attempts": {"allowed": 2, "window_days": 30, "waits_h": [48, 168, 720]},
            "review_rule": "topics-only",
            "validity_months": 24,
            "pool_factor": {"num": 1, "den": 1},
        }
    )


def _item(name: str, region: str, source: str) -> Any:
    option = {"text": "Hold the fold between the fingers", "correct": True, "rationale": "The guard holds."}
    return parse_item(
        {
            "schema": "item/1",
            "id": name,
            "type": "single_best_answer",
            "domain": "placement",
            "regions": [region],
            "complications": [],
            "pool": "exam",
            "difficulty": 3,
            "critical": True,
            "points": 1,
            "scenario": f"A rower lies prone after two hard weeks on the water ({name}).",
            "stem": "What do you choose for it?",
            "options": [
                {"id": "a", **option},
                {"id": "b", "text": "Straight down", "dangerous": True, "rationale": "The lung lies there."},
                {"id": "c", "text": "A longer needle", "rationale": "Longer than needed."},
            ],
            "explanation": "The guard keeps the needle away from the lung.",
            "safe_needle_rule": "Hold the fold until it is out.",
            "sources": [source],
        }
    )


class Template:
    """Fills one empty database with the clinic."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.session = folder, db.session
        self.people: dict[str, Person] = {}
        self.sites: dict[str, Site] = {}
        self.codes = 0

    def build(self, passwords: Any) -> dict[str, Any]:
        """Everything, with the ids that tests use."""
        self._bank()
        self._people(passwords)
        regions = catalogue_in_force(self.session).catalogue.regions_of(GROUP)
        first, second = sorted(regions)[:2]
        for key, by, confirmer in (
            ("observer1", "observer2", "external"),
            ("observer2", "observer1", "external"),
        ):
            self.name_observer(key, by, confirmer, [first, second])
        for key in ("trainee", "ready", "senior"):
            self.prepare(key, (first, second))
        applications = {key: self.apply(key, [first, second]) for key in ("trainee", "senior")}
        self.session.commit()
        return {
            "ids": {k: p.id for k, p in self.people.items()},
            "sites": {k: s.id for k, s in self.sites.items()},
            "regions": (first, second),
            "application_id": applications["trainee"].id,
            "senior_application_id": applications["senior"].id,
        }

    def _bank(self) -> None:
        files, at = small_bank(self.folder), START - timedelta(days=400)
        pack, source = files.catalogue, next(iter(files.catalogue.sources))
        load_catalogue(self.session, pack, actor=SYSTEM, now=at)
        where = {"general-safety": "deltoid-rotator", "complication-response": "forearm-extensors", GROUP: "rhomboids-levator"}
        items = [_item(f"{quiz}-{n}", region, source) for quiz, region in where.items() for n in (1, 2)]
        load_items(self.session, items, actor=SYSTEM, now=at)
        load_quizzes(self.session, [_quiz(q, r) for q, r in where.items()], actor=SYSTEM, now=at)
        for policy in (p for p in files.policies if p.id == SHIPPED):
            load_policy(self.session, policy, actor=SYSTEM, now=at)

    def _people(self, passwords: Any) -> None:
        start, s = START - timedelta(days=390), self.session
        accounts.found_installation(s, kind="demonstration", organisation="Test Clinic", now=start, actor=SYSTEM)
        for key, name in PEOPLE.items():
            person = accounts.add_person(
                s,
                email=f"{key}@test.invalid",
                printed_name=name,
                profession="Physiotherapist",
                session_key=f"key-{key}",
                actor=SYSTEM,
                now=start,
            )
            person.password_hash = passwords.hash(PASSWORD)
            self.people[key] = person
        accounts.found_admins(s, people=(self.people["admin"], self.people["partner"]), actor=SYSTEM, now=start)
        make_founders_known(s, founders=(self.people["admin"], self.people["partner"]), tokens=secrets.token_urlsafe, at=start)
        for key, law, zone in (("north", "Ireland", ZONE), ("south", "Portugal", "Europe/Lisbon")):
            name = f"{key.capitalize()} Clinic"
            self.sites[key] = accounts.add_site(
                s, name=name, jurisdiction=law, time_zone=zone, actor=self.actor("admin"), now=start
            )
        for key, role, site, external in ROLES:
            self.give_role(key, role, site, start + timedelta(hours=1), external=external)
        self.give_role("newcomer", "supervisor", "north", START - timedelta(hours=23, minutes=59))
        for key in SIGNERS:
            self.known(key, "partner", start + timedelta(days=2))
        self.known("newcomer", "partner", START - timedelta(hours=23))

    def known(self, key: str, by: str, at: datetime) -> None:
        """A second factor, and another person who confirmed its holder."""
        make_known(self.session, holder=self.people[key], by=self.people[by], tokens=secrets.token_urlsafe, at=at)

    def actor(self, key: str) -> Actor:
        """Somebody as the trail names them."""
        return Actor(self.people[key].id, self.people[key].printed_name)

    def give_role(self, key: str, role: str, site: str | None, at: datetime, *, external: bool = False) -> Membership:
        """Proposed by the first admin, confirmed by the second where that is needed."""
        s = self.session
        membership = accounts.propose_role(
            s,
            person=self.people[key],
            role=role,
            site_id=self.sites[site].id if site else None,
            external=external,
            actor=self.actor("admin"),
            who=who(s, self.people["admin"], at),
            now=at,
        )
        if role in ("supervisor", "admin") or external:
            second = who(s, self.people["partner"], at)
            accounts.confirm_role(s, membership=membership, actor=self.actor("partner"), who=second, now=at)
            s.refresh(membership)
        return membership

    def name_observer(self, key: str, first: str, second: str, regions: list[str]) -> None:
        """A founding observer, named by two people, the second external."""
        s, site, at = self.session, self.sites["north"], START - timedelta(days=380)
        nomination = nominate_observer(
            s,
            person=self.people[key],
            site=site,
            group=GROUP,
            regions=regions,
            grounds="Instructor; 300 procedures seen.",
            signer=self.people[first],
            who=who(s, self.people[first], at),
            now=at,
        )
        confirm_observer(
            s,
            nomination=nomination,
            person=self.people[key],
            site=site,
            external=True,
            signer=self.people[second],
            who=who(s, self.people[second], at),
            now=at,
        )

    def prepare(self, key: str, regions: tuple[str, str]) -> None:
        """Everything that the high tier asks for: papers, exams, competencies, six observations by two observers."""
        for kind, law, until in (
            ("licence", "Ireland", LICENCE_UNTIL),
            ("indemnity", "", date(2027, 12, 31)),
            ("bls", "", date(2028, 1, 31)),
            ("course", "", None),
        ):
            self._paper(key, kind, law, until)
        for number, quiz in enumerate(("general-safety", "complication-response", GROUP)):
            self._exam(key, quiz, START - timedelta(days=60 - number))
        self._competencies(key)
        for n in range(6):
            observer = ("observer1", "observer2")[n % 2]
            self.watch(key, regions[n // 3], observer, START - timedelta(days=40 - 3 * n))

    def _paper(self, key: str, kind: str, law: str, until: date | None) -> None:
        s, at = self.session, START - timedelta(days=200)
        entry = Entry(kind, f"Paper {kind}", "A register", f"N-{key}", law, date(2026, 1, 1), until)
        document = enter_document(s, holder=self.people[key], entry=entry, actor=self.actor(key), now=at)
        verify_document(
            s,
            document=document,
            verdict="verified",
            how="Looked up in the register.",
            verifier=self.people["second"],
            who=who(s, self.people["second"], at),
            holder_sites=[self.sites["north"].id],
            time_zone=ZONE,
            now=at,
        )

    def _exam(self, key: str, quiz: str, at: datetime) -> None:
        s, person = self.session, self.people[key]
        attempt = start_attempt(
            s, person=person, quiz_version=get_current_quiz(s, quiz), seed="1", time_zone=ZONE, need_review=False, now=at
        )
        places = keyed_places(s, attempt.id)
        keys = contents(s, [p.version_id for p in places])
        for place in places:
            payload = {"answer": right_answer(keys[place.version_id], place.variant), "struck": [], "flag": False}  # no cases here
            save = Save(place.place.position, 0, f"operation-{place.place.position}", payload, "sure")
            save_answer(s, attempt_id=attempt.id, person_id=person.id, save=save, now=at + timedelta(minutes=1))
        s.refresh(attempt)
        end = at + timedelta(minutes=5)
        submit_attempt(s, attempt=attempt, read_back={1: 1, 2: 1}, now=end)
        s.refresh(attempt)
        assert grade_attempt(s, attempt, now=end).passed

    def _competencies(self, key: str) -> None:
        s, at = self.session, START - timedelta(days=50)
        pack = catalogue_in_force(s).catalogue
        for slug in pack.critical_competencies:
            competency = pack.find_competency(slug)
            assert competency is not None
            approve_competency(
                s,
                person=self.people[key],
                person_sites=[self.sites["north"].id],
                site=self.sites["north"],
                competency=slug,
                verdict="met",
                mode=competency.modes[0],
                evidence="Seen over several sessions.",
                until=None,
                approver=self.people["second"],
                who=who(s, self.people["second"], at),
                catalogue=pack,
                now=at,
            )

    def watch(self, key: str, region: str, observer: str, at: datetime, **changes: Any) -> ObservationRecord:
        """One observation from opening to signing."""
        self.codes += 1
        return watch(
            self.session,
            trainee=self.people[key],
            site=self.sites["north"],
            region=region,
            observer=self.people[observer],
            code=f"TEMPLATE{self.codes:04d}",
            at=at,
            **changes,
        )

    def apply(self, key: str, regions: list[str]) -> Application:
        """An application for the thorax, five days old."""
        at = START - timedelta(days=5)
        return open_application(
            self.session,
            person=self.people[key],
            site=self.sites["north"],
            who=who(self.session, self.people[key], at),
            group=GROUP,
            regions=regions,
            now=at,
        )
