"""What tests of practice share: a learner with a browser, a session at an item of some type, answers right and wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.accounts.models import Person
from app.bank.actions import publish_version
from app.bank.models import Item, ItemVersion
from app.bank.queries import published_contents
from app.database import db
from app.demonstration.answers import poor_answer, right_answer
from app.demonstration.practising import Habit, practise
from app.domain.items import ItemContent, Variant, make_variant
from app.domain.permissions import SYSTEM
from app.practice import actions
from app.practice.models import PracticeAnswer, PracticeCard, PracticeSession
from app.practice.queries import assigned_to
from tests.builders import Clinic
from tests.clock import START, FakeClock
from tests.domain.items.samples import MULTIPLE, NUMERIC, ORDERING, SINGLE, make_item

ZONE = "Europe/Dublin"
TEXT_ITEMS = {"single": SINGLE, "multiple": MULTIPLE, "ordering": ORDERING, "numeric": NUMERIC}


def publish(name: str, body: Mapping[str, Any] = SINGLE, at: datetime = START, **changes: Any) -> ItemContent:
    """Publish an item to practise; a second time, its next version."""
    content = make_item(dict(body), id=name, **{"pool": "practice", **changes})
    publish_version(db.session, content, origin="file", author_id=None, reason="for a test", actor=SYSTEM, now=at)
    return content


def only(*names: str) -> None:
    """Withdraw every practice item but these, so that a test knows what there is."""
    ids = select(ItemVersion.item_id).where(ItemVersion.pool == "practice", ItemVersion.item_id.not_in(names))
    db.session.execute(update(Item).where(Item.id.in_(ids)).values(state="suspended"))


def withdraw(name: str, state: str = "suspended") -> None:
    """Withdraw one item."""
    db.session.execute(update(Item).where(Item.id == name).values(state=state))


def version_of(content: ItemContent) -> int:
    """The published version of an item."""
    return next(number for number, one in published_contents(db.session, "practice").items() if one.id == content.id)


@dataclass(slots=True)
class Learner:
    """Somebody who practises: a browser, a clock, and the session that is open."""

    browser: FlaskClient
    person_id: int
    clock: FakeClock

    def start(self) -> TestResponse:
        """Press Start 5 minutes."""
        return self.browser.post("/practice")

    def session(self) -> PracticeSession:
        """The newest session as it is stored now."""
        query = select(PracticeSession).where(PracticeSession.person_id == self.person_id).order_by(PracticeSession.id.desc())
        return db.session.scalars(query.limit(1).execution_options(populate_existing=True)).one()

    @property
    def address(self) -> str:
        """Where the newest session is."""
        return f"/practice/{self.session().id}"

    def page(self) -> str:
        """The page of the newest session."""
        answer = self.browser.get(self.address)
        assert answer.status_code == 200, answer.text
        return answer.text

    def shown(self) -> tuple[ItemContent, Variant]:
        """What is shown, key included."""
        stored = self.session()
        assert stored.shown_version_id is not None
        content = published_contents(db.session, "practice")[stored.shown_version_id]
        return content, _variant(stored)

    def post(self, fields: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:
        """Post the form of the item that is shown."""
        return self.browser.post(self.address, data={"op_id": self.session().shown_op_id, **(fields or {}), **more})

    def answer(self, *, right: bool = True, certainty: str | None = None, seconds: float = 20) -> TestResponse:
        """Answer what is shown after some seconds."""
        self.clock.advance(seconds=seconds)
        content, variant = self.shown()
        wire = right_answer(content, variant) if right else poor_answer(content, variant)
        return self.post(fields_of(wire), **({"certainty": certainty} if certainty else {}))

    def next(self, seconds: float = 10) -> str:
        """Read the explanation for some seconds, press Next, and get the page it leads to."""
        self.clock.advance(seconds=seconds)
        answer = self.browser.post(f"{self.address}/next")
        assert answer.status_code == 302, answer.text
        return self.browser.get(answer.location).text

    def show(self, content: ItemContent, variant: Variant | None = None) -> PracticeSession:
        """Open a session (if none is) and let it show this very item."""
        if db.session.scalar(select(func.count()).where(PracticeSession.person_id == self.person_id)) == 0:
            self.start()
        practice = self.session()
        drawn = variant or make_variant(content, Random(7))
        op_id = f"showing-{practice.shown_count + 1:04d}"
        actions.show_version(practice, version_of(content), drawn, why="due", op_id=op_id, now=self.clock())
        db.session.commit()
        return practice

    def answers(self) -> list[PracticeAnswer]:
        """Every stored answer of this person, in order."""
        query = select(PracticeAnswer).where(PracticeAnswer.person_id == self.person_id)
        return list(db.session.scalars(query.order_by(PracticeAnswer.id)))

    def card(self, item_id: str) -> PracticeCard:
        """The schedule of one item as it is stored now."""
        return db.session.get_one(PracticeCard, (self.person_id, item_id), populate_existing=True)


def _variant(practice: PracticeSession) -> Variant:
    return Variant.from_json(json.loads(practice.shown_variant or "{}"))


def fields_of(wire: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the page for an answer in display keys."""
    if "sequence" in wire:
        return {f"place-{key}": str(n) for n, key in enumerate(wire["sequence"], start=1)}
    if "pairs" in wire:
        return {f"pair-{key}": value for key, value in wire["pairs"].items()}
    if "point" in wire:
        return {"choice": "point", "point_x": str(wire["point"][0]), "point_y": str(wire["point"][1])}
    if "actions" in wire:
        return {"taken": " ".join(wire["actions"][:-1]), "act": wire["actions"][-1]}
    return {key: str(value) if isinstance(value, int | float) else value for key, value in wire.items()}


def learner(clinic: Clinic, app: Flask, clock: FakeClock, key: str = "trainee") -> Learner:
    """Somebody of the clinic with a browser, signed in."""
    return Learner(clinic.client(app, key), clinic.people[key].id, clock)


def heading(page: str) -> str:
    """The words of a page's heading, the badge of a critical item apart."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.S)
    assert found is not None, page[:500]
    return re.sub(r"<[^>]+>", "", found.group(1)).removesuffix("CRITICAL ITEM").strip()


def practise_assigned(person: Person, at: datetime) -> int:
    """Do everything that exams assigned to somebody, session by session, all of it right; how many answers it took."""
    rng = Random(f"{person.id}-{at}")
    habit = Habit(rng, lambda: f"showing-{rng.getrandbits(64):016x}", ZONE, right_share=1)
    before = db.session.scalar(select(func.count()).select_from(PracticeAnswer))
    while any(assigned.left for assigned in assigned_to(db.session, person.id)):
        practise(db.session, person, habit, at)
        at += timedelta(minutes=10)
    return int(db.session.scalar(select(func.count()).select_from(PracticeAnswer)) - before)
