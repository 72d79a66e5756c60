"""One human who tries everything over HTTP, through every account whose password they hold, signing where they hold the factor.

They are an admin and a supervisor of the site, with a second factor that others confirmed. They invite people who do not exist,
make links for colleagues and use them, set factors up, report them lost, give and confirm roles, confirm identities, recommend,
grant, and try to end a stop.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select

from app.accounts import totp
from app.accounts.models import Membership
from app.accounts.queries import find_factor, find_person_by_email, next_code
from app.database import db
from tests.clearances.builders import PASSWORD, Browser, Clinic, hidden

OTHERS = ("admin", "partner", "director", "second", "observer1", "trainee")


@dataclass
class Human:
    """What one human holds: passwords by account (its browser is signed in), and authenticators."""

    clinic: Clinic
    rng: random.Random
    stop_id: int
    applications: tuple[int, int]
    emails: dict[int, str]
    held: set[int] = field(default_factory=set)
    factors: set[int] = field(default_factory=set)
    invented: int = 0
    tried: int = 0

    def walk(self, steps: int) -> None:
        """Some steps, each an act that any browser can send."""
        for _ in range(steps):
            self.rng.choice(ACTS)(self)
            self.tried += 1

    def someone(self) -> int:
        """An account whose password they hold."""
        return self.rng.choice(sorted(self.held))

    def anybody(self) -> int:
        """Any account there is."""
        return self.rng.choice(sorted(self.emails))

    def browser(self, person: int) -> Browser:
        """A fresh browser, signed in as one of theirs."""
        client = Browser(self.clinic.app, self.clinic.app.response_class)
        client.post("/sign-in", data={"email": self.emails[person], "password": PASSWORD})
        return client

    def proof(self, person: int) -> dict[str, str]:
        """Password and code, as far as they have it."""
        return {"password": PASSWORD, "code": self._code(person) if person in self.factors else f"{self.rng.randrange(10**6):06}"}

    def _code(self, person: int) -> str:
        with self.clinic.app.app_context():
            factor = find_factor(db.session, person)
            return next_code(db.session, factor, self.clinic.clock.at) if factor is not None else ""

    def invite(self) -> None:
        self.invented += 1
        email = f"nobody{self.invented}@test.invalid"
        data = {"printed_name": f"Nobody {self.invented}", "email": email, "profession": "Physiotherapist"}
        page = self.browser(self.someone()).post("/admin/people/new", data=data).get_data(as_text=True)
        with self.clinic.app.app_context():
            person = find_person_by_email(db.session, email)
        if person is not None:
            self.emails[person.id] = email
            self._use(person.id, page)

    def reset(self) -> None:
        other = self.anybody()
        self._use(other, self.browser(self.someone()).post(f"/admin/people/{other}/link").get_data(as_text=True))

    def _use(self, person: int, page: str) -> None:
        found = re.search(r"/(invite|reset)/([\w-]{20,})", page)
        if found is None:
            return
        client = Browser(self.clinic.app, self.clinic.app.response_class)
        if client.post(found[0], data={"password": PASSWORD, "again": PASSWORD}).status_code == 302:
            self.held.add(person)

    def enrol(self) -> None:
        me = self.someone()
        client = self.browser(me)
        if client.post("/account/second-factor/begin").status_code != 302:
            return
        page = client.get("/account/second-factor").get_data(as_text=True)
        shown = re.search(r'key-text">([A-Z2-7 ]+)<', page)
        secret = "".join(shown[1].split()) if shown else ""
        if (
            secret
            and client.post("/account/second-factor", data={"code": totp.code_at(secret, self.clinic.clock.at)}).status_code == 200
        ):
            self.factors.add(me)
            self.clinic.clock.advance(seconds=60)

    def lose(self) -> None:
        me = self.rng.choice(sorted(self.held - {self.clinic.ids["third_admin"]}) or [0])
        if me and self.browser(me).post("/account/second-factor/lost", data={"password": PASSWORD}).status_code == 302:
            self.factors.discard(me)

    def stop_factor(self) -> None:
        me, other = self.someone(), self.rng.choice(sorted(set(self.emails) - {self.clinic.ids["third_admin"]}))
        data = self.proof(me)
        if self.browser(me).post(f"/people/{other}/identity/lost", data=data).status_code == 302:
            self.factors.discard(other)

    def propose(self) -> None:
        me, role = self.someone(), self.rng.choice(["supervisor", "admin", "supervisor"])
        site = self.clinic.sites["north"] if role == "supervisor" else 0
        data = {"role": role, "site_id": str(site), **self.proof(me), **({"external": "y"} if self.rng.random() < 0.2 else {})}
        self.browser(me).post(f"/admin/people/{self.anybody()}/roles", data=data)

    def confirm_roles(self) -> None:
        me = self.someone()
        with self.clinic.app.app_context():
            waiting = list(db.session.scalars(select(Membership.id).where(Membership.confirmed_at.is_(None))))
        client = self.browser(me)
        for membership in waiting[-3:]:
            client.post(f"/admin/roles/{membership}/confirm", data=self.proof(me))

    def confirm_identity(self) -> None:
        me, other = self.someone(), self.rng.choice(sorted(self.factors) or [0])
        if other:
            data = {"document": "passport", "holder_code": self._code(other), **self.proof(me)}
            self.browser(me).post(f"/people/{other}/identity", data=data)
            self.clinic.clock.advance(seconds=60)

    def decide(self) -> None:
        self.sign(self.someone(), self.rng.choice(self.applications), self.rng.choice(["recommend", "grant"]))

    def sign(self, me: int, number: int, act: str) -> int:
        """Send a decision as the page shows it; the status."""
        client = self.browser(me)
        page = client.get(f"/applications/{number}")
        if page.status_code != 200 or 'name="shown"' not in page.get_data(as_text=True):
            return page.status_code
        data = {"act": act, "shown": hidden(page, "shown"), "recommendation": hidden(page, "recommendation"), **self.proof(me)}
        return client.post(f"/applications/{number}/decide", data=data).status_code

    def end_stop(self) -> None:
        me = self.someone()
        client = self.browser(me)
        page = client.get(f"/stops/{self.stop_id}")
        proposal = hidden(page, "proposal") if 'name="proposal"' in page.get_data(as_text=True) else ""
        data = {"act": self.rng.choice(["propose", "lift"]), "proposal": proposal, "reason": "It was looked into and is mended."}
        client.post(f"/stops/{self.stop_id}/end", data={**data, **self.proof(me)})

    def wait(self) -> None:
        self.clinic.clock.advance(hours=25)


ACTS: tuple[Callable[[Human], None], ...] = (
    Human.invite, Human.reset, Human.reset, Human.enrol, Human.enrol, Human.lose, Human.stop_factor, Human.propose, Human.propose,
    Human.confirm_roles, Human.confirm_roles, Human.confirm_identity, Human.confirm_identity, Human.decide, Human.decide,
    Human.decide, Human.end_stop, Human.end_stop, Human.wait,
)  # fmt: skip
