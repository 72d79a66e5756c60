"""Signing in from a page whose session has ended: JSON for its script, for its own person alone, throttled like the form."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.clearances.builders import PASSWORD, Clinic

JSON = {"Accept": "application/json"}


def again(clinic: Clinic, client: FlaskClient, key: str, password: str = PASSWORD, **fields: Any) -> TestResponse:
    """One try from the page of the trainee."""
    data = {"email": f"{key}@test.invalid", "password": password, "person": clinic.ids["trainee"], **fields}
    return client.post("/sign-in", data=data, headers=JSON)


def test_the_person_of_the_page_is_signed_in_and_gets_the_token_of_the_new_session(clinic: Clinic) -> None:
    client = clinic.client()
    token = client.get("/sign-in", headers=JSON).json["csrf_token"]
    answer = again(clinic, client, "trainee")
    assert (answer.status_code, answer.json["person"]) == (200, clinic.ids["trainee"])
    assert answer.json["csrf_token"] not in ("", token)
    assert client.get("/account").status_code == 200


def test_with_csrf_on_only_the_token_of_the_session_signs_in(clinic: Clinic) -> None:
    clinic.app.config["WTF_CSRF_ENABLED"] = True
    client = clinic.client()
    assert again(clinic, client, "trainee").status_code == 400
    token = client.get("/sign-in", headers=JSON).json["csrf_token"]
    assert again(clinic, client, "trainee", csrf_token="made-up").status_code == 400
    answer = again(clinic, client, "trainee", csrf_token=token)
    assert answer.status_code == 200
    lease = client.post("/attempts/1/lease", json={"lease": "a-copy-of-the-page"}, headers={"X-CSRFToken": token})
    assert lease.status_code == 400, "the token of the session before must not work any more"
    headers = {"X-CSRFToken": answer.json["csrf_token"]}
    assert client.post("/attempts/1/lease", json={"lease": "a-copy-of-the-page"}, headers=headers).status_code in (200, 410)


def test_somebody_else_is_refused_with_words_and_not_signed_in(clinic: Clinic) -> None:
    client = clinic.client()
    answer = again(clinic, client, "ready")
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert "somebody else" in answer.json["detail"]
    assert client.get("/account").status_code == 302


def test_a_page_that_names_nobody_signs_nobody_in(clinic: Clinic) -> None:
    for person in ("", "x", "0", "9" * 400):
        client = clinic.client()
        assert again(clinic, client, "trainee", person=person).status_code == 409
        assert client.get("/account").status_code == 302


def test_what_is_wrong_is_said_as_problem_details(clinic: Clinic) -> None:
    wrong, empty = again(clinic, clinic.client(), "trainee", "wrong"), again(clinic, clinic.client(), "trainee", "")
    assert (wrong.status_code, empty.status_code) == (422, 422)
    assert "do not fit together" in wrong.json["detail"]
    assert empty.json["problems"][0]["field"] == "password"


def test_the_throttle_counts_these_tries_with_those_of_the_form(clinic: Clinic) -> None:
    for _ in range(4):
        again(clinic, clinic.client(), "trainee", "wrong")
        clinic.client().post("/sign-in", data={"email": "trainee@test.invalid", "password": "wrong"})
    answer = again(clinic, clinic.client(), "trainee")
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.json["detail"]
