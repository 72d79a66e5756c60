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
from app.domain.cases import WAIT, act, begin, judge, possible
from app.domain.items import (
    Case,
    Hotspot,
    ItemContent,
    NeedlePlacement,
    Variant,
    key_answer,
    parse_answer,
    presentation,
    wire_answer,
)
from app.domain.items.case import story_of
from app.domain.items.needle.judging import body_in
from app.domain.items.needle.proof import answer_of

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
    if keyed.content.type == "matching":
        return {"pairs": {"l1": f"o{first}", "l2": f"o{first + 1}"}}
    if keyed.content.type in ("hotspot", "needle_placement", "case"):
        return _answer_to_a_picture(keyed, first)
    field = "choices" if keyed.content.type == "multiple_response" else "sequence"
    return {field: [f"o{first}", f"o{first + 1}"]}


def _answer_to_a_picture(keyed: KeyedPlace, first: int) -> dict[str, Any]:
    """The first answer is a name or a placement; the second a point, another placement, one action more."""
    shown = keyed.place.shown
    if shown.needle is not None:
        needle = shown.needle.lengths_mm[first - 1]
        return {"entry_mm": float(first), "tilt_deg": float(-first), "depth_mm": 10.0 + first, "needle_mm": needle}
    if shown.picture is not None:
        (x0, x1), (y0, y1) = shown.picture.x_mm, shown.picture.y_mm
        return {"choice": "o1"} if first == 1 else {"point": [round((x0 + x1) / 2), round((y0 + y1) / 2)]}
    taken: list[str] = []
    for _ in range(first):
        now = presentation(keyed.content, keyed.variant, parse_answer(keyed.content, keyed.variant, {"actions": taken}))
        assert now.patient is not None
        taken.append(now.patient.groups[0][1][0].key if now.patient.groups else "wait")
    return {"actions": taken}


def form_fields(keyed: KeyedPlace, answer: Mapping[str, Any], op_id: str) -> dict[str, Any]:
    """The fields of the page without script for an answer in display keys."""
    fields: dict[str, Any] = {"base_seq": str(keyed.place.seq), "op_id": op_id}
    if "sequence" in answer:
        return fields | {f"place-{key}": str(n) for n, key in enumerate(answer["sequence"], start=1)}
    if "pairs" in answer:
        return fields | {f"pair-{key}": value for key, value in answer["pairs"].items()}
    if "point" in answer:
        return fields | {"choice": "point", "point_x": str(answer["point"][0]), "point_y": str(answer["point"][1])}
    if "actions" in answer:
        return fields | {"taken": " ".join(answer["actions"][:-1]), "act": answer["actions"][-1]}
    return fields | {key: str(value) if isinstance(value, int | float) else value for key, value in answer.items()}


def dangerous_answer(content: ItemContent, variant: Variant) -> dict[str, Any]:
    """An answer to a critical item that could harm somebody."""
    if content.type == "numeric":
        middle = (content.danger[0].min + content.danger[0].max) / 2
        return {"value": format(middle.quantize(Decimal("0.01")), "f")}
    if content.type == "ordering":
        bad = next(d.id for d in content.distractors if d.dangerous)
        return wire_answer(content, variant, [*key_answer(content), bad])
    if isinstance(content, Hotspot):
        bad = next(c.id for c in content.candidates if c.role == "danger")
        return wire_answer(content, variant, {"input_mode": "named", "candidate": bad})
    if isinstance(content, NeedlePlacement):
        return wire_answer(content, variant, _dangerous_needle(content, variant))
    if isinstance(content, Case):
        return wire_answer(content, variant, _dangerous_course(content))
    bad = next(o.id for o in content.options if o.dangerous)
    chosen = bad if content.type == "single_best_answer" else sorted([*key_answer(content), bad])
    return wire_answer(content, variant, chosen)


def _dangerous_needle(content: NeedlePlacement, variant: Variant) -> dict[str, Any]:
    """A dangerous path of the proof; where declining is the key, any needle at all."""
    if content.decline.correct:
        return {"entry_mm": 1.0, "tilt_deg": 0.0, "depth_mm": 5.0, "needle_mm": content.needles_mm[0]}
    return answer_of(content, body_in(content, variant), content.proof.dangerous[0])


def _dangerous_course(content: Case) -> list[str]:
    """Waiting until something harmful is possible, and doing it; or until a critical action is missed."""
    story, taken = story_of(content), list[str]()
    state = begin(story)
    while not state.ending:
        harmful = [a.id for a in possible(story, state) if a.critical_error is not None]
        taken.append(harmful[0] if harmful else WAIT)
        state = act(story, state, taken[-1])
        if judge(story, state).harmful:
            break
    return taken
