"""A clinic on the real bank, made through the product's own actions at earlier instants; see `make_clinic`.

Tests use the fixtures `clinic_app` and `clinic`: the bank is loaded and the clinic made once, each test gets a copy.
"""

from __future__ import annotations

import contextvars
import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from flask import Flask, has_app_context
from flask.testing import FlaskClient

from app.accounts import actions as accounts
from app.accounts.models import Person, Site
from app.accounts.passwords import Passwords
from app.accounts.queries import find_person_by_email, list_sites, who
from app.accounts.step_up import roles_word
from app.attempts.actions import Reply, Save, grade_attempt, save_answer, start_attempt, submit_attempt
from app.attempts.models import Attempt
from app.attempts.queries import KeyedPlace, keyed_places
from app.bank.actions import load_items, load_scenes
from app.bank.files import read_bank
from app.catalogue.actions import load_catalogue
from app.catalogue.queries import catalogue_in_force
from app.clearances.actions import (
    confirm_observer,
    decide_application,
    load_policy,
    nominate_observer,
    open_application,
)
from app.clearances.models import Application
from app.clearances.queries import case_of, get_application
from app.database import db
from app.decisions.models import Decision
from app.demonstration.answers import right_answer, saves_to
from app.demonstration.knowing import make_founders_known, make_known
from app.domain.permissions import SYSTEM, Actor, Who
from app.domain.policy import SHIPPED
from app.domain.standing import Limits
from app.quizzes.actions import load_quizzes
from app.quizzes.queries import get_current_quiz
from app.records.actions import Entry, enter_document, verify_document
from app.supervision.actions import Form, approve_competency, open_observation, sign_observation
from app.supervision.models import Observation
from app.supervision.queries import form_sha256, get_observation
from app.web.clockwork import now
from config import ROOT
from tests.clock import START

PASSPHRASE = "a passphrase of tests"
SITE = "Test Clinic"
QUESTION_BANK = ROOT / "question_bank"
PEOPLE: dict[str, tuple[str, str | None, bool]] = {
    "admin": ("Anna Admin", None, False),
    "partner": ("Paul Partner", None, False),
    "auditor": ("Aude Auditor", "auditor", False),
    "director": ("Dina Director", "supervisor", False),
    "observer1": ("Olaf Observer", "supervisor", False),
    "observer2": ("Oona Observer", "supervisor", False),
    "external": ("Edda External", "supervisor", True),
    "trainee": ("Tom Trainee", "trainee", False),
    "trainee2": ("Tina Trainee", "trainee", False),
}
"""key → (printed name, role at the site, external); admin and partner are the two founding admins"""
OBSERVERS = ("observer1", "observer2", "external")


def days_ago(days: float, today: datetime = START) -> datetime:
    """An instant some days before a test's today."""
    return today - timedelta(days=days)


@dataclass(slots=True)
class Clinic:
    """One site and its people by key; the keys are those of PEOPLE."""

    session: Any
    site: Site
    people: Mapping[str, Person]
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def actor(self, key: str) -> Actor:
        """A person as the trail names them."""
        return Actor(self.people[key].id, self.people[key].printed_name)

    def who(self, key: str, at: datetime) -> Who:
        """A person's roles at an instant."""
        return who(self.session, self.people[key], at)

    def client(self, app: Flask, key: str | None) -> FlaskClient:
        """A browser signed in over HTTP as a person (nobody for None); CSRF is off in `app` from here on."""
        return client(app, None if key is None else self.people[key].email)


def email_of(key: str) -> str:
    """The sign-in e-mail of a person."""
    return f"{key}@clinic.test"


class ApartClient(FlaskClient):
    """A browser whose requests share no context with the test; what the test wrote so far is committed first."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if has_app_context():
            db.session.commit()
        return contextvars.Context().run(super().open, *args, **kwargs)


def client(app: Flask, email: str | None) -> FlaskClient:
    """A browser, signed in over HTTP where an e-mail is given."""
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = ApartClient
    browser = app.test_client()
    if email is not None:
        answer = browser.post("/sign-in", data={"email": email, "password": PASSPHRASE})
        assert answer.status_code == 302, answer.text
        contextvars.Context().run(_with_authenticator, app, browser, email)
    return browser


def _with_authenticator(app: Flask, browser: FlaskClient, email: str) -> None:
    """Whoever has a second factor has just used it in this browser."""
    with app.app_context():
        person, at = find_person_by_email(db.session, email), now()
        known = who(db.session, person, at) if person is not None else None
        db.session.rollback()
    if known is not None and known.identity is not None:
        with browser.session_transaction() as cookie:
            cookie["step_up"] |= {"code": at.isoformat(), "roles": roles_word(known)}


def load_real_bank(session: Any, at: datetime, folder: Path = QUESTION_BANK) -> None:
    """Catalogue, items, quizzes and policy of a bank's folder, as `flask bank load` brings them in."""
    files = read_bank(folder)
    assert not files.problems, files.problems[0]
    load_catalogue(session, files.catalogue, actor=SYSTEM, now=at)
    load_scenes(session, files.scenes, actor=SYSTEM, now=at)
    load_items(session, files.items, actor=SYSTEM, now=at)
    load_quizzes(session, files.quizzes, actor=SYSTEM, now=at)
    for policy in (p for p in files.policies if p.id == SHIPPED):
        load_policy(session, policy, actor=SYSTEM, now=at)


def make_clinic(session: Any, *, today: datetime = START, folder: Path = QUESTION_BANK) -> Clinic:
    """Load the bank into an empty database and make a demonstration installation: site, people, roles, observers."""
    start = days_ago(420, today)
    load_real_bank(session, days_ago(421, today), folder)
    accounts.found_installation(session, kind="demonstration", organisation="Tests", now=start, actor=SYSTEM)
    password_hash = Passwords("cheap").hash(PASSPHRASE)
    people = {}
    for n, (key, (name, _, _)) in enumerate(PEOPLE.items()):
        people[key] = accounts.add_person(
            session, email=email_of(key), printed_name=name, profession="Physiotherapist",
            session_key=f"key-{n:02d}-of-tests", actor=SYSTEM, now=start,
        )  # fmt: skip
        people[key].password_hash = password_hash
    founders = (people["admin"], people["partner"])
    accounts.found_admins(session, people=founders, actor=SYSTEM, now=start)
    make_founders_known(session, founders=founders, tokens=token_urlsafe, at=start)
    admin = Actor(people["admin"].id, people["admin"].printed_name)
    site = accounts.add_site(session, name=SITE, jurisdiction="Testland", time_zone="Europe/Dublin", actor=admin, now=start)
    clinic = Clinic(session, site, people)
    for key, (_, role, external) in PEOPLE.items():
        if role is not None:
            give_role(clinic, key, role, external=external, at=start + timedelta(days=1))
        if role == "supervisor":
            make_known(session, holder=people[key], by=people["partner"], tokens=token_urlsafe, at=start + timedelta(days=2))
    for key, first in (("observer1", "observer2"), ("observer2", "observer1")):
        for group in catalogue_in_force(session).catalogue.groups:
            if group.tier != "restricted":
                name_observer(clinic, key, group.id, first=first, at=start + timedelta(days=5))
    session.flush()
    return clinic


def find_clinic(session: Any) -> Clinic:
    """The clinic that `make_clinic` left in a database."""
    found = {key: find_person_by_email(session, email_of(key)) for key in PEOPLE}
    people = {key: person for key, person in found.items() if person is not None}
    return Clinic(session, list_sites(session)[0], people)


def give_role(clinic: Clinic, key: str, role: str, *, external: bool = False, at: datetime) -> None:
    """Give a role at the site (an auditor's everywhere), confirmed by the second admin where that is needed."""
    session = clinic.session
    membership = accounts.propose_role(
        session, person=clinic.people[key], role=role, site_id=None if role == "auditor" else clinic.site.id,
        external=external, actor=clinic.actor("admin"), who=clinic.who("admin", at), now=at,
    )  # fmt: skip
    if role == "supervisor" or external:
        accounts.confirm_role(session, membership=membership, actor=clinic.actor("partner"), who=clinic.who("partner", at), now=at)
        session.refresh(membership)


def name_observer(clinic: Clinic, key: str, group: str, *, first: str, second: str = "external", at: datetime) -> Decision:
    """Make somebody a founding observer of a whole group, by two people."""
    session = clinic.session
    nomination = nominate_observer(
        session, person=clinic.people[key], site=clinic.site, group=group,
        regions=list(catalogue_in_force(session).catalogue.regions_of(group)), grounds="Instructor of a known course.",
        signer=clinic.people[first], who=clinic.who(first, at), now=at,
    )  # fmt: skip
    return confirm_observer(
        session, nomination=nomination, person=clinic.people[key], site=clinic.site, external=True,
        signer=clinic.people[second], who=clinic.who(second, at), now=at + timedelta(hours=1),
    )  # fmt: skip


def start(clinic: Clinic, key: str, quiz: str, at: datetime, seed: str = "0123456789abcdef") -> Attempt:
    """Start an attempt."""
    version = get_current_quiz(clinic.session, quiz)
    return start_attempt(
        clinic.session, person=clinic.people[key], quiz_version=version, seed=seed, time_zone=clinic.site.time_zone,
        need_review=False, now=at,
    )  # fmt: skip


def full_answer(keyed: KeyedPlace) -> dict[str, Any]:
    """The answer with the full mark, as a browser sends it."""
    return right_answer(keyed.content, keyed.variant)


def answer_all(
    clinic: Clinic, attempt: Attempt, at: datetime, answers: Mapping[int, Mapping[str, Any]] | None = None
) -> list[Reply]:
    """Save one answer in every place: the full-mark one, or the one given for its position."""
    replies = []
    for keyed in keyed_places(clinic.session, attempt.id):
        position = keyed.place.position
        wanted = (answers or {}).get(position) or full_answer(keyed)
        for seq, answer in enumerate(saves_to(dict(wanted)), start=keyed.place.seq):
            payload = {"answer": answer, "struck": [], "flag": False}
            save = Save(position, seq, f"op-{attempt.id}-{position:03d}-{next(clinic.numbers)}", payload)
            reply = save_answer(clinic.session, attempt_id=attempt.id, person_id=attempt.person_id, save=save, now=at)
        replies.append(reply)
    clinic.session.refresh(attempt)
    return replies


def read_back_all(session: Any, attempt: Attempt) -> dict[int, int]:
    """Every answered place with its newest seq, as `submit_attempt` takes it."""
    return {k.place.position: k.place.seq for k in keyed_places(session, attempt.id) if k.place.answered}


def submit_and_grade(clinic: Clinic, attempt: Attempt, at: datetime) -> None:
    """Confirm every answer, close, grade."""
    read_back = read_back_all(clinic.session, attempt)
    submit_attempt(clinic.session, attempt=attempt, read_back=read_back, now=at)
    clinic.session.refresh(attempt)
    grade_attempt(clinic.session, attempt, now=at)


def pass_exam(clinic: Clinic, key: str, quiz: str, at: datetime, answers: Mapping[int, Mapping[str, Any]] | None = None) -> Attempt:
    """Sit a whole exam at an instant with full marks, apart from the answers given by position."""
    attempt = start(clinic, key, quiz, at, seed=f"{quiz}-{next(clinic.numbers)}")
    answer_all(clinic, attempt, at + timedelta(minutes=10), answers)
    submit_and_grade(clinic, attempt, at + timedelta(minutes=20))
    return attempt


def open_watch(clinic: Clinic, key: str, region: str, at: datetime) -> Observation:
    """Open an observation as a trainee."""
    catalogue = catalogue_in_force(clinic.session).catalogue
    return open_observation(
        clinic.session, trainee=clinic.people[key], site=clinic.site, region=region, technique="As taught here",
        purpose="assessment", subject="patient", code=f"{at:%y%m%d%H%M%S}-{key}-{region}"[:60], catalogue=catalogue,
        now=at,
    )  # fmt: skip


def observe(clinic: Clinic, key: str, region: str, observer: str, at: datetime, rating: int = 5) -> Observation:
    """A signed observation of one procedure: opened by the trainee, signed half an hour later by the observer."""
    session, later = clinic.session, at + timedelta(minutes=30)
    catalogue = catalogue_in_force(session).catalogue
    opened = open_watch(clinic, key, region, at)
    form = Form(
        presence="in_room", outcome="completed", rating=rating, rows=dict.fromkeys(catalogue.form_rows, 2),
        auto_fail=(), done_well="Said side, needle and direction aloud.", to_change="Let the patient rest longer.",
        version=form_sha256(catalogue),
    )  # fmt: skip
    sign_observation(
        session, watched=get_observation(session, opened.id, later), form=form, observer=clinic.people[observer],
        who=clinic.who(observer, later), catalogue=catalogue, now=later,
    )  # fmt: skip
    return opened


def observe_group(clinic: Clinic, key: str, group: str, at: datetime, *, short: int = 0) -> None:
    """As many procedures as the tier asks for (less `short`), one a day, by two observers in turn, in two regions."""
    catalogue = catalogue_in_force(clinic.session).catalogue
    needed = {"high": 6, "elevated": 4}.get(catalogue.get_group(group).tier, 2)
    regions = claimed_regions(clinic, group)
    for n in range(needed - short):
        observer = OBSERVERS[n % 2]
        observe(clinic, key, regions[(n // 2) % len(regions)], observer, at + timedelta(days=n))


def claimed_regions(clinic: Clinic, group: str) -> list[str]:
    """The first two regions of a group, which tests claim."""
    return list(catalogue_in_force(clinic.session).catalogue.regions_of(group))[:2]


def verify_documents(clinic: Clinic, key: str, at: datetime, verifier: str = "observer1") -> None:
    """Enter licence, indemnity, BLS and course record, and have a supervisor verify each an hour later."""
    session, day = clinic.session, at.date()
    for kind in ("licence", "indemnity", "bls", "course"):
        entry = Entry(
            kind, f"{kind} of {key}", "Test Register", f"NO-{key}",
            clinic.site.jurisdiction if kind == "licence" else "", day - timedelta(days=100),
            None if kind == "course" else day + timedelta(days=700),
        )  # fmt: skip
        document = enter_document(session, holder=clinic.people[key], entry=entry, actor=clinic.actor(key), now=at)
        later = at + timedelta(hours=1)
        verify_document(
            session, document=document, verdict="verified", how="Register looked up.", verifier=clinic.people[verifier],
            who=clinic.who(verifier, later), holder_sites=[clinic.site.id], time_zone=clinic.site.time_zone, now=later,
        )  # fmt: skip


def approve_all(clinic: Clinic, key: str, at: datetime, approver: str = "observer1") -> None:
    """Approve every critical competency."""
    session, catalogue = clinic.session, catalogue_in_force(clinic.session).catalogue
    for slug in catalogue.critical_competencies:
        competency = catalogue.find_competency(slug)
        assert competency is not None
        approve_competency(
            session, person=clinic.people[key], person_sites=[clinic.site.id], site=clinic.site, competency=slug,
            verdict="met", mode=competency.modes[0], evidence="Seen over several sessions.", until=None,
            approver=clinic.people[approver], who=clinic.who(approver, at), catalogue=catalogue, now=at,
        )  # fmt: skip


def apply(clinic: Clinic, key: str, group: str, at: datetime, regions: Collection[str] | None = None) -> Application:
    """Apply for a group; two of its regions unless others are named."""
    return open_application(
        clinic.session, person=clinic.people[key], site=clinic.site, who=clinic.who(key, at), group=group,
        regions=regions or claimed_regions(clinic, group), now=at,
    )  # fmt: skip


def decide(
    clinic: Clinic, application: Application, kind: str, signer: str, at: datetime, limits: Limits | None = None,
    reason: str = "",
) -> Decision:  # fmt: skip
    """Sign a decision on an application, on the evidence of that instant."""
    session = clinic.session
    case = case_of(session, get_application(session, application.id), now=at)
    return decide_application(
        session, case=case, kind=kind, limits=limits or Limits(), reason=reason, shown_sha256=case.evidence_sha256,
        signer=clinic.people[signer], who=clinic.who(signer, at), now=at,
    )  # fmt: skip


def make_ready(clinic: Clinic, key: str, group: str, today: datetime = START) -> Application:
    """Everything that a group asks for, and the application: documents, exams, competencies, observations."""
    tier = catalogue_in_force(clinic.session).catalogue.get_group(group).tier
    verify_documents(clinic, key, days_ago(200, today))
    for quiz in ("general-safety", "complication-response", *([] if tier == "standard" else [group])):
        pass_exam(clinic, key, quiz, days_ago(120, today))
    approve_all(clinic, key, days_ago(110, today))
    observe_group(clinic, key, group, days_ago(100, today))
    return apply(clinic, key, group, days_ago(60, today))
