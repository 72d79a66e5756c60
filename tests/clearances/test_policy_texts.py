"""A text that is no policy is answered with its problems and kept; presets and versions can be taken as a beginning."""

from __future__ import annotations

from html import unescape
from io import BytesIO
from typing import Any

import pytest

from app.database import db
from app.formats.policy_text import to_text
from tests.clearances.builders import Clinic, words_of
from tests.clearances.policy_acts import NEW
from tests.policies import newest_body

BROKEN = {
    "nothing": "",
    "spaces": "   \n",
    "not yaml": "a: [1, 2",
    "a list": "- 1\n- 2\n",
    "a word": "policy",
    "an alias": "schema: &a policy/1\nid: *a\n",
    "a tag": "schema: !!python/object:os.system policy/1\n",
    "two documents": "schema: policy/1\n---\nschema: policy/1\n",
    "a field twice": "schema: policy/1\nschema: policy/1\n",
    "an unknown field": "schema: policy/1\nsurprise: true\n",
    "another schema": "schema: policy/2\n",
    "an unquoted no": "schema: policy/1\nid: no\n",
    "deep nesting": "a: " + "[" * 60 + "]" * 60,
    "far too long": "# " + "x" * 100_001,
    "an invisible character": 'schema: policy/1\ntitle: "a\u202eb"\n',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_text_is_answered_with_its_problems_and_kept(clinic: Clinic, name: str) -> None:
    answer = clinic.client("admin").post(NEW, data={"source": BROKEN[name], "roll_out": "immediate", "act": "propose"})
    assert answer.status_code == 422
    assert "to correct in the policy" in words_of(answer)
    if BROKEN[name].strip() and len(BROKEN[name]) < 5000:
        assert BROKEN[name].strip()[:20].replace('"', "&#34;").replace("&a", "&amp;a") in answer.get_data(as_text=True)
    assert clinic.count("policy_draft") == 0


CHANGES: dict[str, tuple[Any, str]] = {
    "one signer at the high tier": (lambda b: b["high"].update(signers=1), "at least 2 signers"),
    "an exam that does not exist": (lambda b: b["high"]["requirements"][0].update(quiz="made-up"), "high.requirements.0.quiz"),
    "a competency that does not exist": (
        lambda b: b["high"]["requirements"][5].update(which="listed", competencies=["made-up"]),
        "competencies.0",
    ),
    "a competency twice": (
        lambda b: b["high"]["requirements"][5].update(which="listed", competencies=["made-up", "made-up"]),
        "made-up is listed twice",
    ),
    "a kind without records": (
        lambda b: b["high"]["requirements"].append({"kind": "scope", "id": "scope", "words": "Scope of practice"}),
        "There are no records of kind scope yet",
    ),
    "an unknown kind": (
        lambda b: b["high"]["requirements"].append({"kind": "luck", "id": "luck", "words": "Some luck"}),
        "luck is no",
    ),
    "a number as text": (lambda b: b["high"].update(term_months="24"), "high.term_months"),
    "a term of a hundred years": (lambda b: b["high"].update(term_months=1200), "The number is too large"),
    "two of one id": (lambda b: b["high"]["requirements"].append(b["high"]["requirements"][0]), "same id"),
    "a region that asks for itself": (
        lambda b: b["high"]["requirements"].append(
            {"kind": "prerequisite", "id": "first", "words": "Something first", "regions": ["rhomboids-levator"]}
        ),
        "A circle: rhomboids-levator asks first for rhomboids-levator",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_policy_that_cannot_be_is_refused_with_the_path(clinic: Clinic, name: str) -> None:
    change, said = CHANGES[name]
    with clinic.app.app_context():
        body = newest_body(db.session)
    change(body)
    body = {**body, "high": {**body["high"], "requirements": [dict(r) for r in body["high"]["requirements"]]}}
    answer = clinic.client("admin").post(NEW, data={"source": to_text(body), "roll_out": "immediate", "act": "check"})
    assert (answer.status_code, said in words_of(answer)) == (422, True), words_of(answer)[:1500]


def test_a_file_takes_the_place_of_the_text(clinic: Clinic) -> None:
    client = clinic.client("admin")
    sent = {"source": "nonsense", "roll_out": "immediate", "act": "check", "upload": (BytesIO(b"\xff\xfe\x00"), "policy.yaml")}
    assert client.post(NEW, data=sent, content_type="multipart/form-data").status_code in (400, 422)
    with clinic.app.app_context():
        good = to_text(newest_body(db.session)).encode()
    sent["upload"] = (BytesIO(good), "policy.yaml")
    answer = client.post(NEW, data=sent, content_type="multipart/form-data")
    assert (answer.status_code, "Read it, then sign" in words_of(answer)) == (200, True)


@pytest.mark.parametrize("preset", ["default", "school", "solo", "high-assurance"])
def test_every_preset_can_be_proposed_as_it_is(clinic: Clinic, preset: str) -> None:
    client = clinic.client("admin")
    page = client.get(f"{NEW}?preset={preset}").get_data(as_text=True)
    source = unescape(page[page.index("<textarea") :].split(">", 1)[1].split("</textarea>")[0])
    answer = client.post(NEW, data={"source": source.lstrip("\r\n"), "roll_out": "next_renewal", "act": "check"})
    assert answer.status_code == 200, words_of(answer)[:900]
    assert client.get(f"{NEW}?preset=made-up").status_code == 404


def test_the_version_in_force_can_be_taken_as_the_beginning(clinic: Clinic) -> None:
    page = clinic.client("admin").get(f"{NEW}?version=1")
    assert (page.status_code, "schema: policy/1" in page.get_data(as_text=True)) == (200, True)
    assert clinic.client("admin").get(f"{NEW}?version=99").status_code == 404
