"""What tests of a running attempt share: start one over HTTP, save as a browser does, read what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.attempts.models import Attempt, ResponseRevision
from app.attempts.queries import KeyedPlace, keyed_places
from app.database import db
from app.domain.items import ItemContent, Variant, key_answer, wire_answer

QUIZ = "complication-response"


@dataclass(slots=True)
class Sitting:
    """One running attempt and the browser that sits it."""

    browser: FlaskClient
    attempt_id: int
    deadline: datetime

    def put(self, position: int, answer: Any = None, **fields: Any) -> TestResponse:
        """Save as the page's script does; `fields` replace or add fields of the body."""
        payload = {"answer": {} if answer is None else answer, "struck": [], "flag": False}
        body = {"base_seq": 0, "op_id": f"op-of-{position:04d}", "payload": payload, **fields}
        return self.browser.put(self.address(position), json=body)

    def put_raw(self, position: int, data: bytes, content_type: str = "application/json") -> TestResponse:
        """Send any bytes to the save endpoint."""
        return self.browser.put(self.address(position), data=data, content_type=content_type)

    def post(self, position: int, fields: Mapping[str, Any]) -> TestResponse:
        """Save as the page without script does."""
        return self.browser.post(f"/attempts/{self.attempt_id}?q={position}", data=dict(fields))

    def submit(self, read_back: Mapping[int, int] | None = None) -> TestResponse:
        """Submit, with the answers that were confirmed as position → seq."""
        data = {f"read-back-{position}": str(seq) for position, seq in (read_back or {}).items()}
        return self.browser.post(f"/attempts/{self.attempt_id}/submit", data=data)

    def address(self, position: int) -> str:
        """Where one answer is saved."""
        return f"/attempts/{self.attempt_id}/responses/{position}"

    def places(self) -> list[KeyedPlace]:
        """The form with its keys and newest answers."""
        return keyed_places(db.session, self.attempt_id)

    def place_of(self, item_type: str) -> KeyedPlace:
        """The first place that holds an item of a type."""
        return next(p for p in self.places() if p.content.type == item_type)

    def attempt(self) -> Attempt:
        """The attempt as it is stored now."""
        return db.session.get_one(Attempt, self.attempt_id, populate_existing=True)

    def revisions(self) -> list[ResponseRevision]:
        """Every stored revision in order."""
        query = select(ResponseRevision).where(ResponseRevision.attempt_id == self.attempt_id)
        return list(db.session.scalars(query.order_by(ResponseRevision.number)))


def sit(browser: FlaskClient, quiz: str = QUIZ) -> Sitting:
    """Start an exam over HTTP."""
    answer = browser.post(f"/quizzes/{quiz}/start")
    assert answer.status_code == 302, answer.text
    attempt = db.session.get_one(Attempt, int(answer.headers["Location"].rpartition("/")[2]))
    return Sitting(browser, attempt.id, attempt.deadline_at)


def some_answer(keyed: KeyedPlace, first: int = 1) -> dict[str, Any]:
    """An answer that fits the item, made without its key: display keys from `first` on, or that number."""
    if keyed.content.type == "single_best_answer":
        return {"choice": f"o{first}"}
    if keyed.content.type == "numeric":
        return {"value": str(first)}
    field = "choices" if keyed.content.type == "multiple_response" else "sequence"
    return {field: [f"o{first}", f"o{first + 1}"]}


def form_fields(keyed: KeyedPlace, answer: Mapping[str, Any], op_id: str) -> dict[str, Any]:
    """The fields of the page without script for an answer in display keys."""
    fields: dict[str, Any] = {"base_seq": str(keyed.place.seq), "op_id": op_id}
    if "sequence" in answer:
        return fields | {f"place-{key}": str(n) for n, key in enumerate(answer["sequence"], start=1)}
    return fields | dict(answer)


def dangerous_answer(content: ItemContent, variant: Variant) -> dict[str, Any]:
    """An answer to a critical item that could harm somebody."""
    if content.type == "numeric":
        middle = (content.danger[0].min + content.danger[0].max) / 2
        return {"value": format(middle.quantize(Decimal("0.01")), "f")}
    if content.type == "ordering":
        bad = next(d.id for d in content.distractors if d.dangerous)
        return wire_answer(content, variant, [*key_answer(content), bad])
    bad = next(o.id for o in content.options if o.dangerous)
    chosen = bad if content.type == "single_best_answer" else sorted([*key_answer(content), bad])
    return wire_answer(content, variant, chosen)
