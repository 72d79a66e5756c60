"""Files of unsent answers: read strictly, kept as evidence, never scored, never twice, only by a supervisor of the site."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.audit.models import AuditEvent
from app.audit.queries import verify
from app.database import db
from app.formats.unsent_file import FORMAT, plain_json
from tests.attempts.acts import _assert_whole as assert_whole
from tests.attempts.sitting import Sitting, some_answer
from tests.builders import Clinic
from tests.turned import normal

Change = Callable[[dict[str, Any]], object]


def op(position: int, op_id: str, answer: Any, **fields: Any) -> dict[str, Any]:
    """One unsent answer."""
    payload = {"answer": answer, "struck": [], "flag": False}
    base = {"op_id": op_id, "position": position, "base_seq": 0, "payload": payload, "certainty": "sure"}
    return {**base, "client_at": "2026-11-24T09:05:00.123Z", **fields}


def sealed(content: dict[str, Any]) -> bytes:
    """A file with the digest that belongs to it."""
    content = {k: v for k, v in content.items() if k != "sha256"}
    return json.dumps({**content, "sha256": hashlib.sha256(plain_json(content).encode()).hexdigest()}).encode()


@pytest.fixture
def content(sitting: Sitting) -> dict[str, Any]:
    """A good file's content: two answers of the running attempt."""
    places = [p for p in sitting.places() if p.content.type == "single_best_answer"][:2]
    ops = [op(p.place.position, f"unsent-{n:04d}", some_answer(p)) for n, p in enumerate(places)]
    person = sitting.attempt().person_id
    return {"format": FORMAT, "attempt": sitting.attempt_id, "person": person, "made_at": "2026-11-24T09:06:00Z", "ops": ops}


@pytest.fixture
def supervisor(clinic: Clinic, clinic_app: Flask) -> FlaskClient:
    """A supervisor of the site, signed in."""
    return clinic.client(clinic_app, "observer1")


def bring(browser: FlaskClient, person: int, data: bytes) -> TestResponse:
    """Bring a file in, as the page's form does."""
    fields = {"file": (io.BytesIO(data), "unsent-answers.json")}
    return browser.post(f"/people/{person}/late-answers", data=fields, content_type="multipart/form-data")


def trail(sitting: Sitting) -> list[dict[str, Any]]:
    """What the trail says of files."""
    query = select(AuditEvent.payload).where(
        AuditEvent.stream == f"attempt:{sitting.attempt_id}", AuditEvent.act == "attempt.late_file"
    )
    return [json.loads(payload)["facts"] for payload in db.session.scalars(query)]


def test_every_answer_of_a_file_is_kept_as_late_evidence_and_none_counts(
    sitting: Sitting, supervisor: FlaskClient, content: dict[str, Any]
) -> None:
    data = sealed(content)
    answer = bring(supervisor, content["person"], data)
    assert answer.status_code == 200
    assert "2 answers taken in as evidence" in answer.text
    rows = sitting.revisions()
    assert [(r.kept, r.op_id) for r in rows] == [("late", "unsent-0000"), ("late", "unsent-0001")]
    assert not any(p.place.answered for p in sitting.places())
    digest = hashlib.sha256(data).hexdigest()
    assert trail(sitting) == [{"file": digest, "taken": 2, "known": 0, "contradicts": 0}]
    assert_whole(sitting.attempt())
    assert verify(db.session).clean


def test_the_same_file_again_adds_nothing(sitting: Sitting, supervisor: FlaskClient, content: dict[str, Any]) -> None:
    bring(supervisor, content["person"], sealed(content))
    answer = bring(supervisor, content["person"], sealed(content))
    assert "0 answers taken in" in answer.text
    assert answer.text.count("Known already") == 2
    assert len(sitting.revisions()) == 2


def test_an_answer_that_arrived_meanwhile_is_known_and_still_counts(
    sitting: Sitting, supervisor: FlaskClient, content: dict[str, Any]
) -> None:
    first = content["ops"][0]
    sitting.put(first["position"], first["payload"]["answer"], op_id=first["op_id"], certainty="sure")
    bring(supervisor, content["person"], sealed(content))
    assert [r.kept for r in sitting.revisions()] == ["current", "late"]
    assert sitting.places()[first["position"] - 1].place.answered


def test_an_id_that_the_server_has_with_other_content_is_not_taken_and_named(
    sitting: Sitting, supervisor: FlaskClient, content: dict[str, Any]
) -> None:
    first = content["ops"][0]
    sitting.put(first["position"], {"choice": "o3"}, op_id=first["op_id"], certainty="sure")
    answer = bring(supervisor, content["person"], sealed(content))
    assert "Not taken: the server has other content under this id" in answer.text
    assert trail(sitting)[0] | {"file": ""} == {"file": "", "taken": 1, "known": 0, "contradicts": 1}


def result_page(sitting: Sitting) -> bytes:
    """The result down to the receipt, without the tokens that every answer has anew."""
    page = normal(sitting.browser.get(f"/attempts/{sitting.attempt_id}/result"))[2]
    assert b"Receipt" in page
    return page.partition(b"Receipt")[0]


def test_after_submitting_a_file_changes_neither_grade_nor_answers(
    sitting: Sitting, supervisor: FlaskClient, content: dict[str, Any]
) -> None:
    sitting.submit()
    before = result_page(sitting)
    assert bring(supervisor, content["person"], sealed(content)).status_code == 200
    assert result_page(sitting) == before
    assert_whole(sitting.attempt())


BAD: dict[str, Change] = {
    "another format": lambda c: c.update(format="needle-clearance/unsent-answers/2"),
    "an attempt of nobody": lambda c: c.update(attempt=999),
    "another person": lambda c: c.update(person=c["person"] + 1),
    "an unknown field": lambda c: c.update(score=1),
    "no answer": lambda c: c.update(ops=[]),
    "an instant without its offset": lambda c: c.update(made_at="2026-11-24T09:06:00"),
    "a position as text": lambda c: c["ops"][1].update(position="2"),
    "no such item": lambda c: c["ops"][1].update(position=99),
    "an op_id too short": lambda c: c["ops"][1].update(op_id="x"),
    "an op_id of other letters": lambda c: c["ops"][1].update(op_id="ünsent-0001"),
    "an answer of no option": lambda c: c["ops"][1]["payload"].update(answer={"choice": "o99"}),
    "an unknown certainty": lambda c: c["ops"][1].update(certainty="certain"),
    "an enormous base": lambda c: c["ops"][1].update(base_seq=10**9),
    "a field of an answer that is unknown": lambda c: c["ops"][1].update(kept="current"),
    "too many answers": lambda c: c.update(ops=c["ops"] * 251),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_does_not_fit_is_refused_whole_with_words(
    sitting: Sitting, supervisor: FlaskClient, content: dict[str, Any], name: str
) -> None:
    BAD[name](content)
    answer = bring(supervisor, sitting.attempt().person_id, sealed(content))
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True), answer.text
    assert sitting.revisions() == []
    assert trail(sitting) == []


RAW = {
    "nothing": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "not UTF-8": b'{"format": "\xff"}',
    "nested deep": b"[" * 100_000,
    "a number that is none": b'{"format": NaN}',
    "a name twice": b'{"format": 1, "format": 2}',
    "larger than any": b" " * (256 * 1024 + 1),
}


@pytest.mark.parametrize("name", RAW)
def test_bytes_that_are_no_file_of_unsent_answers_are_refused_with_words(
    sitting: Sitting, supervisor: FlaskClient, name: str
) -> None:
    answer = bring(supervisor, sitting.attempt().person_id, RAW[name])
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)


def test_a_file_that_was_edited_is_refused(sitting: Sitting, supervisor: FlaskClient, content: dict[str, Any]) -> None:
    data = sealed(content).replace(b'"choice": "o1"', b'"choice": "o2"')
    answer = bring(supervisor, content["person"], data)
    assert answer.status_code == 422
    assert "changed after the exam page saved it" in answer.text
    assert sitting.revisions() == []


def test_without_a_file_the_form_says_what_to_choose(sitting: Sitting, supervisor: FlaskClient) -> None:
    answer = supervisor.post(f"/people/{sitting.attempt().person_id}/late-answers")
    assert answer.status_code == 422
    assert "Choose the file that the exam page saved." in answer.text


def test_a_file_of_somebody_else_is_not_taken_on_this_page(
    sitting: Sitting, clinic: Clinic, supervisor: FlaskClient, content: dict[str, Any]
) -> None:
    other = clinic.people["trainee2"].id
    for person in (other, content["person"]):
        answer = bring(supervisor, other, sealed({**content, "person": person}))
        assert answer.status_code == 422
        assert "belongs to an attempt of somebody else" in answer.text
    assert sitting.revisions() == []


def test_nobody_brings_in_answers_of_their_own(clinic: Clinic, clinic_app: Flask) -> None:
    person = clinic.people["observer1"].id
    assert clinic.client(clinic_app, "observer1").get(f"/people/{person}/late-answers").status_code == 404


def test_numbers_are_written_as_a_browser_writes_them() -> None:
    numbers = {"b": 10, "a": [10.5, -0.5, 1e-05, 0.000001, 123456.789, 1e16], "c": "ü\u2028\n", "d": [True, None]}
    assert plain_json(numbers) == (
        '{"a":[10.5,-0.5,0.00001,0.000001,123456.789,10000000000000000],"b":10,"c":"ü\u2028\\n","d":[true,null]}'
    )
