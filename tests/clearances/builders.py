"""A clinic of people, made once per kind of database through the product's own actions, and copied for each test.

The catalogue and the policy are the shipped ones; the exams are short ones of two items each, so that a whole history
takes a second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.accounts.models import Person, Site
from app.accounts.queries import find_factor, get_person, get_site, next_code, who
from app.accounts.step_up import roles_word
from app.catalogue.queries import catalogue_in_force
from app.clearances.actions import (
    decide_application,
)
from app.clearances.queries import Case, case_of, get_application, standings
from app.database import db
from app.decisions.models import Decision
from app.domain.standing import UNDO_WINDOW, Limits, Standing
from app.supervision.actions import Form, open_observation, sign_observation
from app.supervision.models import ObservationRecord
from app.supervision.queries import form_sha256, get_observation
from tests.clock import FakeClock

PASSWORD = "needles are thin but long"
ZONE = "Europe/Dublin"
LICENCE_UNTIL = date(2027, 6, 30)
LICENCE_ENDS = datetime.fromisoformat("2027-06-30T23:00:00+00:00")
"""The first instant of 1 July 2027 in Dublin, where it is summer time."""
GROUP = "thorax"
PEOPLE = {
    "admin": "Ada Admin",
    "partner": "Piet Partner",
    "third_admin": "Thea Admin",
    "auditor": "Otto Auditor",
    "director": "Dora Director",
    "second": "Dave Director",
    "observer1": "Olga Observer",
    "observer2": "Omar Observer",
    "external": "Oona Outside",
    "southern": "Sven South",
    "newcomer": "Nora New",
    "senior": "Sara Senior",
    "trainee": "Tara Trainee",
    "ready": "Rita Ready",
    "beginner": "Beno Beginner",
    "nobody": "Nils Nobody",
}
ROLES = (
    ("director", "supervisor", "north", False),
    ("second", "supervisor", "north", False),
    ("observer1", "supervisor", "north", False),
    ("observer2", "supervisor", "north", False),
    ("external", "supervisor", "north", True),
    ("senior", "supervisor", "north", False),
    ("southern", "supervisor", "south", False),
    ("auditor", "auditor", None, False),
    ("trainee", "trainee", "north", False),
    ("ready", "trainee", "north", False),
    ("beginner", "trainee", "north", False),
    ("third_admin", "admin", None, False),
)
SIGNERS = ("director", "second", "observer1", "observer2", "external", "senior", "southern", "third_admin")
"""Those who have a second factor and were confirmed, beside both founders and the newcomer."""


class Browser(FlaskClient):
    """A browser whose person has their authenticator beside it: where a form carries the password, it carries a code as well."""

    code_now: Callable[[], str] | None = None

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        data = kwargs.get("data")
        if self.code_now and isinstance(data, dict) and "password" in data and "code" not in data:
            kwargs["data"] = {**data, "code": self.code_now()}
        return super().open(*args, **kwargs)


@dataclass(slots=True)
class Clinic:
    """One copy of the clinic: its application, its clock, and the ids of its people and sites."""

    app: Flask
    clock: FakeClock
    ids: dict[str, int]
    sites: dict[str, int]
    regions: tuple[str, str]
    application_id: int
    senior_application_id: int

    @contextmanager
    def act(self) -> Iterator[Any]:
        """A session in its own application context, committed at the end."""
        with self.app.app_context():
            yield db.session
            db.session.commit()

    def client(self, key: str | None = None, *, proved: bool = True) -> FlaskClient:
        """A browser, signed in as somebody; where they have a second factor they have just used it, unless not `proved`."""
        client = Browser(self.app, self.app.response_class)
        if key is not None:
            answer = client.post("/sign-in", data={"email": f"{key}@test.invalid", "password": PASSWORD})
            assert answer.status_code == 302, answer.get_data(as_text=True)
            self._with_authenticator(client, key, proved)
        return client

    def _with_authenticator(self, client: Browser, key: str, proved: bool) -> None:
        with self.app.app_context():
            known = who(db.session, self.person(db.session, key), self.clock.at)
            has_factor = known.identity is not None
        if not has_factor:
            return
        client.code_now = lambda: self.code(key)
        if proved:
            with client.session_transaction() as cookie:
                cookie["step_up"] |= {"code": self.clock.at.isoformat(), "roles": roles_word(known)}

    def code(self, key: str) -> str:
        """What somebody's authenticator shows: the first code that was not used."""
        with self.app.app_context():
            factor = find_factor(db.session, self.ids[key])
            assert factor is not None
            return next_code(db.session, factor, self.clock.at)

    def person(self, session: Any, key: str) -> Person:
        """Somebody as a record."""
        return get_person(session, self.ids[key])

    def site(self, session: Any, key: str = "north") -> Site:
        """A site as a record."""
        return get_site(session, self.sites[key])

    def case(self, session: Any, application_id: int | None = None) -> Case:
        """An application judged now."""
        return case_of(session, get_application(session, application_id or self.application_id), now=self.clock.at)

    def decide(
        self,
        session: Any,
        kind: str,
        key: str,
        *,
        application_id: int | None = None,
        shown: str | None = None,
        limits: Limits | None = None,
        reason: str = "",
    ) -> Decision:
        """Sign a decision by the product's action."""
        case = self.case(session, application_id)
        return decide_application(
            session,
            case=case,
            kind=kind,
            limits=limits or Limits(),
            reason=reason,
            shown_sha256=shown or case.evidence_sha256,
            signer=self.person(session, key),
            who=who(session, self.person(session, key), self.clock.at),
            now=self.clock.at,
        )

    def granted(self, limits: Limits | None = None) -> None:
        """Let observer1 recommend and the director grant the waiting application."""
        with self.act() as session:
            self.decide(session, "recommend", "observer1", limits=limits)
        with self.act() as session:
            self.decide(session, "grant", "director")
        self.settle()

    def settle(self) -> None:
        """Let the time pass in which what was signed last can be taken back."""
        self.clock.advance(seconds=UNDO_WINDOW.total_seconds())

    def standing(self, key: str = "trainee", region: str | None = None, at: datetime | None = None) -> Standing:
        """What is true of somebody at the northern site."""
        with self.app.app_context():
            person, site = self.person(db.session, key), self.site(db.session)
            found = standings(db.session, [person], site, at=at or self.clock.at, now=self.clock.at)
            return found[0].by_region[region or self.regions[0]]

    def command(self, *arguments: str) -> Result:
        """What a flask command answers."""
        with self.app.app_context():
            return self.app.test_cli_runner().invoke(args=list(arguments))

    def scalar(self, statement: str, **values: object) -> Any:
        """One value by raw SQL."""
        with self.app.app_context():
            return db.session.execute(text(statement), values).scalar()

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.scalar(f"SELECT count(*) FROM {table}"))


def words_of(answer: TestResponse) -> str:
    """The text of a page without its tags and with single spaces."""
    body = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def hidden(answer: TestResponse, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', answer.get_data(as_text=True))
    assert found is not None, f"no field {name}"
    value = re.search(r'value="([^"]*)"', found.group())
    return unescape(value.group(1)) if value else ""


def watch(
    session: Any,
    *,
    trainee: Person,
    site: Site,
    region: str,
    observer: Person,
    code: str,
    at: datetime,
    purpose: str = "assessment",
    **changes: Any,
) -> ObservationRecord:
    """Open an observation and have it signed half an hour later."""
    pack = catalogue_in_force(session).catalogue
    opened = open_observation(
        session,
        trainee=trainee,
        site=site,
        region=region,
        technique="As taught for this region",
        purpose=purpose,
        subject="patient",
        code=code,
        catalogue=pack,
        now=at,
    )
    later = at + timedelta(minutes=30)
    return sign_observation(
        session,
        watched=get_observation(session, opened.id, later),
        form=observed(pack, **changes),
        observer=observer,
        who=who(session, observer, later),
        catalogue=pack,
        now=later,
    )


def observed(pack: Any, **changes: Any) -> Form:
    """What an observer fills in after a good procedure."""
    base: dict[str, Any] = {
        "presence": "in_room",
        "outcome": "completed",
        "rating": 5,
        "rows": dict.fromkeys(pack.form_rows, 2),
        "auto_fail": (),
        "done_well": "Named side and needle.",
        "to_change": "Rest a little longer.",
        "version": form_sha256(pack),
    }
    return Form(**{**base, **changes})


def observation_fields(pack: Any, **changes: str) -> dict[str, str]:
    """The same as a browser posts it."""
    fields = {f"row-{n}": "2" for n, _ in enumerate(pack.form_rows)}
    fields |= {"presence": "in_room", "outcome": "completed", "rating": "5", "done_well": "Good.", "to_change": "Slower."}
    return {**fields, "version": form_sha256(pack), **changes}
