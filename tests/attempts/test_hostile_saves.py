"""Saves that no page of ours sends: always a 4xx that says what to do, never a fault, never a row."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from app.database import db
from tests.attempts.sitting import Sitting, form_fields, some_answer

GOOD: dict[str, Any] = {"base_seq": 0, "op_id": "op-00000001", "payload": {"answer": {"choice": "o1"}}}
LARGE = 1024 * 1024


def with_field(name: str, value: Any) -> dict[str, Any]:
    return {**GOOD, name: value}


def with_answer(value: Any) -> dict[str, Any]:
    return with_field("payload", {"answer": value})


BODIES: dict[str, Any] = {
    "a list": [GOOD],
    "a word": "save",
    "a number": 7,
    "null": None,
    "nothing in it": {},
    "no payload": {"base_seq": 0, "op_id": "op-00000001"},
    "no op_id": {"base_seq": 0, "payload": {}},
    "no base_seq": {"op_id": "op-00000001", "payload": {}},
    "an unknown field": with_field("is_admin", True),
    "an unknown field of lone surrogates": with_field("\ud800", 1),
    "an unknown field in the payload": with_field("payload", {"answer": {"choice": "o1"}, "score": 1}),
    "an unknown field in the answer": with_answer({"choice": "o1", "correct": True}),
    "another type's answer": with_answer({"choices": ["o1"]}),
    "base_seq as text": with_field("base_seq", "0"),
    "base_seq true": with_field("base_seq", True),
    "base_seq a fraction": with_field("base_seq", 0.5),
    "base_seq negative": with_field("base_seq", -1),
    "base_seq enormous": with_field("base_seq", 10**40),
    "base_seq NaN": with_field("base_seq", float("nan")),
    "op_id a number": with_field("op_id", 12345678),
    "op_id short": with_field("op_id", "op"),
    "op_id long": with_field("op_id", "o" * 65),
    "op_id of a megabyte": with_field("op_id", "o" * LARGE),
    "op_id with a line end": with_field("op_id", "op-00000001\n"),
    "op_id with a null byte": with_field("op_id", "op-0000\x0001"),
    "op_id not ASCII": with_field("op_id", "öp-00000001"),
    "payload a list": with_field("payload", ["o1"]),
    "payload null": with_field("payload", None),
    "answer a text": with_answer("o1"),
    "answer a list": with_answer(["o1"]),
    "answer a number": with_answer(1),
    "answer NaN": with_answer(float("nan")),
    "choice an unknown key": with_answer({"choice": "o99"}),
    "choice a key of zero": with_answer({"choice": "o0"}),
    "choice a key written differently": with_answer({"choice": "o01"}),
    "choice the bank's own id": with_answer({"choice": "a"}),
    "choice a number": with_answer({"choice": 1}),
    "choice a list": with_answer({"choice": ["o1"]}),
    "choice an object": with_answer({"choice": {"o1": 1}}),
    "choice NaN": with_answer({"choice": float("nan")}),
    "choice infinite": with_answer({"choice": float("inf")}),
    "choice of a megabyte": with_answer({"choice": "o" * LARGE}),
    "struck a text": with_field("payload", {"answer": {}, "struck": "o1"}),
    "struck unknown": with_field("payload", {"answer": {}, "struck": ["o99"]}),
    "struck not texts": with_field("payload", {"answer": {}, "struck": [{"o1": 1}, None, 3]}),
    "flag a number": with_field("payload", {"answer": {}, "flag": 1}),
    "flag a text": with_field("payload", {"answer": {}, "flag": "true"}),
    "certainty unknown": with_field("certainty", "certain"),
    "certainty empty": with_field("certainty", ""),
    "certainty a list": with_field("certainty", ["sure"]),
    "client_at naive": with_field("client_at", "2026-11-24T09:00:00"),
    "client_at no instant": with_field("client_at", "yesterday"),
    "client_at an object": with_field("client_at", {"at": 1}),
    # Before the first and after the last instant that can be told in UTC.
    "client_at before all time": with_field("client_at", "0001-01-01T00:00:00+23:59"),
    "client_at after all time": with_field("client_at", "9999-12-31T23:59:59-23:59"),
}
RAW: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{base_seq: 0}", "application/json"),
    "half a body": (json.dumps(GOOD).encode()[:-9], "application/json"),
    "nothing": (b"", "application/json"),
    "not UTF-8": (b'{"op_id": "\xff\xfe"}', "application/json"),
    "another content type": (json.dumps(GOOD).encode(), "text/plain"),
    "a form": (b"base_seq=0&op_id=op-00000001", "application/x-www-form-urlencoded"),
    "nested a hundred thousand deep": (b"[" * 100_000, "application/json"),
    "an object nested deep": (b'{"payload":' * 100_000, "application/json"),
    "a number of a million digits": (b'{"base_seq": ' + b"9" * LARGE + b"}", "application/json"),
    "three megabytes": (b'{"op_id": "' + b"o" * 3 * LARGE + b'"}', "application/json"),
}


@pytest.fixture
def at_choice(sitting: Sitting, clinic_app: Flask) -> tuple[Sitting, int]:
    """A running attempt and the position of one of its single best answers; faults are answered, not raised."""
    clinic_app.config["PROPAGATE_EXCEPTIONS"] = False
    return sitting, sitting.place_of("single_best_answer").place.position


def test_the_body_that_the_bad_ones_are_made_from_is_good(at_choice: tuple[Sitting, int]) -> None:
    sitting, position = at_choice
    assert sitting.browser.put(sitting.address(position), json=GOOD).status_code == 200


def test_no_hostile_body_is_accepted_faults_or_stores_anything(at_choice: tuple[Sitting, int]) -> None:
    sitting, position = at_choice
    wrong = {}
    for name, body in BODIES.items():
        answer = sitting.put_raw(position, json.dumps(body).encode())
        if answer.status_code != 422 or not answer.json.get("detail"):
            wrong[name] = answer.status_code
    assert wrong == {}
    assert sitting.revisions() == []
    assert sitting.attempt().revision_count == 0


def test_a_false_value_in_place_of_an_answer_is_refused_and_erases_nothing(at_choice: tuple[Sitting, int]) -> None:
    sitting, position = at_choice
    sitting.put(position, {"choice": "o1"})
    found = {}
    for n, value in enumerate(([], False, 0, "")):
        body = {"base_seq": 1, "op_id": f"false-op-{n}", "payload": {"answer": value}}
        found[repr(value)] = sitting.browser.put(sitting.address(position), json=body).status_code
    assert set(found.values()) == {422}, found
    assert len(sitting.revisions()) == 1


def test_bytes_that_are_no_save_are_refused_and_nothing_is_stored(at_choice: tuple[Sitting, int]) -> None:
    sitting, position = at_choice
    found = {name: sitting.put_raw(position, *raw).status_code for name, raw in RAW.items()}
    assert found == {**dict.fromkeys(RAW, 422), "three megabytes": 413}
    assert sitting.revisions() == []


def test_an_item_that_the_form_does_not_have_is_not_found(at_choice: tuple[Sitting, int]) -> None:
    sitting, _ = at_choice
    base = f"/attempts/{sitting.attempt_id}/responses"
    positions = ("0", "21", "999", "99999999999999999999", "-1", "1.5", "one", "%00")
    found = {p: sitting.browser.put(f"{base}/{p}", json=GOOD).status_code for p in positions}
    assert found == dict.fromkeys(positions, 404)
    assert sitting.revisions() == []


@pytest.mark.parametrize("attempt_id", ["0", "999999", "99999999999999999999"])
def test_an_attempt_that_does_not_exist_is_not_found(at_choice: tuple[Sitting, int], attempt_id: str) -> None:
    browser, base = at_choice[0].browser, f"/attempts/{attempt_id}"
    answers = [
        browser.put(f"{base}/responses/1", json=GOOD), browser.get(base), browser.post(f"{base}?q=1"),
        browser.post(f"{base}/submit"), *(browser.get(f"{base}/{p}") for p in ("review", "result", "receipt", "clock")),
    ]  # fmt: skip
    assert {a.status_code for a in answers} <= {404, 405}


FORMS: dict[str, dict[str, Any]] = {
    "no fields": {},
    "no base_seq": {"op_id": "op-00000001", "choice": "o1"},
    "base_seq no number": {"base_seq": "first", "op_id": "op-00000001", "choice": "o1"},
    "base_seq long": {"base_seq": "1" * 5000, "op_id": "op-00000001", "choice": "o1"},
    "no op_id": {"base_seq": "0", "choice": "o1"},
    "unknown key": {"base_seq": "0", "op_id": "op-00000001", "choice": "o99"},
    "unknown strike": {"base_seq": "0", "op_id": "op-00000001", "choice": "o1", "strike": "o99"},
    "unknown certainty": {"base_seq": "0", "op_id": "op-00000001", "choice": "o1", "certainty": "<b>"},
    "choice of a megabyte": {"base_seq": "0", "op_id": "op-00000001", "choice": "o" * LARGE},
}


def test_a_hostile_form_is_shown_the_item_again_with_words(at_choice: tuple[Sitting, int]) -> None:
    sitting, position = at_choice
    found = {}
    for name, fields in FORMS.items():
        answer = sitting.post(position, fields)
        found[name] = (answer.status_code, 'role="alert"' in answer.text)
    assert found == dict.fromkeys(FORMS, (422, True))
    assert sitting.revisions() == []


def test_a_place_of_five_thousand_digits_is_refused(at_choice: tuple[Sitting, int]) -> None:
    sitting, _ = at_choice
    place = sitting.place_of("ordering")
    fields = {**form_fields(place, {"sequence": ["o1"]}, "op-00000001"), "place-o2": "9" * 5000}
    assert sitting.post(place.place.position, fields).status_code == 422
    assert sitting.revisions() == []


def test_two_steps_at_one_place_are_refused_with_words(at_choice: tuple[Sitting, int]) -> None:
    sitting, _ = at_choice
    place = sitting.place_of("ordering")
    fields = {**form_fields(place, {"sequence": ["o1"]}, "op-00000001"), "place-o2": "1"}
    answer = sitting.post(place.place.position, fields)
    assert (answer.status_code, "Two steps have the same place" in answer.text) == (422, True)
    assert sitting.revisions() == []


def test_a_button_that_is_not_on_the_page_leads_to_an_item_of_the_attempt(at_choice: tuple[Sitting, int]) -> None:
    sitting, position = at_choice
    wrong = {}
    for n, go in enumerate(("9" * 5000, "99", "-3", "javascript:alert(1)", "//elsewhere.example")):
        fields = {"base_seq": str(len(sitting.revisions())), "op_id": f"op-0000000{n}", "choice": "o1", "go": go}
        answer = sitting.post(position, fields)
        if answer.status_code != 302 or not answer.headers["Location"].startswith(f"/attempts/{sitting.attempt_id}?q="):
            wrong[go[:20]] = (answer.status_code, answer.headers.get("Location"))
    assert wrong == {}


def test_a_read_back_of_five_thousand_digits_confirms_nothing(at_choice: tuple[Sitting, int]) -> None:
    sitting, _ = at_choice
    critical = next(p for p in sitting.places() if p.content.critical)
    assert sitting.put(critical.place.position, some_answer(critical)).status_code == 200
    fields = ("read-back-1", "read-back-" + "9" * 5000)
    answers = [sitting.browser.post(f"/attempts/{sitting.attempt_id}/submit", data={f: "9" * 5000}) for f in fields]
    assert [a.status_code for a in answers] == [422, 422]
    assert sitting.attempt().state == "open"


def test_a_query_that_is_no_item_number_never_faults(at_choice: tuple[Sitting, int]) -> None:
    sitting, _ = at_choice
    for query in ("0", "-1", "21", "9" * 5000):
        assert sitting.browser.get(f"/attempts/{sitting.attempt_id}?q={query}").status_code in (200, 404), query
    db.session.rollback()
