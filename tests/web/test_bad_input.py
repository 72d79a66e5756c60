"""Wrong, missing, oversized or hostile input anywhere: a clear answer, never a fault, nothing half written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.attempts.models import Attempt
from app.database import app_metadata
from tests.clearances.builders import GROUP, PASSWORD, Clinic, words_of
from tests.web.test_route_matrix import TABLE, fill, prepare

REFUSED = frozenset({400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429})
HUGE = "x" * 600_000
CONTROL = "a\x00b\x07\x1b\x7f\u202e\ufeff\ud7ff"
FIELDS = (
    "email", "password", "again", "old_password", "printed_name", "profession", "theme", "name", "jurisdiction", "time_zone",
    "role", "site_id", "kind", "title", "issuer", "reference", "valid_from", "valid_until", "verdict", "how", "region", "regions",
    "technique", "purpose", "subject", "code", "presence", "outcome", "rating", "done_well", "to_change", "row-0", "fail-0",
    "mode", "evidence", "until", "act", "shown", "excluded", "max_needle_mm", "reason", "person_id", "group", "grounds",
    "state", "stem", "type", "domain", "text", "comment", "review_by", "edit_count", "choice", "choices", "value", "place-o1",
    "go", "op_id", "base_seq", "certainty", "read-back-1", "number", "words", "taken", "finish", "what", "level", "proposal",
    "document", "holder_code",
    "source", "roll_out", "day",
    "missing", "delegate_id", "last_day",
)  # fmt: skip
"""Every field that some form of the product has."""
FORMS = {
    "/sign-in": None,
    "/account": "trainee",
    "/account/password": "trainee",
    "/account/second-factor": "trainee",
    "/account/second-factor/lost": "observer1",
    "/admin/people/new": "admin",
    "/admin/people/<int:person_id>/roles": "admin",
    "/admin/sites": "admin",
    "/admin/items/new": "admin",
    "/admin/items/quick": "admin",
    "/admin/items/<item_id>/state": "admin",
    "/admin/review/<int:version_id>": "admin",
    "/documents/new": "trainee",
    "/documents/<int:document_id>": "director",
    "/observations/new": "trainee",
    "/observations/code": "observer1",
    "/observations/<int:observation_id>": "observer1",
    "/people/<int:person_id>/competencies/<slug>": "director",
    "/people/<int:person_id>/exams/<quiz_id>": "director",
    "/people/<int:person_id>/attempts/<int:attempt_id>/time": "director",
    "/people/<int:person_id>/late-answers": "director",
    "/admin/people/<int:person_id>/exam-time": "admin",
    "/sittings/new": "director",
    "/admin/challenges/<int:challenge_id>": "director",
    "/admin/regrades/new": "director",
    "/admin/policies/new": "admin",
    "/items/<item_id>/challenge": "trainee",
    "/practice/<int:session_id>": "trainee",
    "/practice/<int:session_id>/note": "trainee",
    "/clearances/<group_id>/apply": "ready",
    "/clearances/code": "trainee",
    "/applications/<int:application_id>/decide": "director",
    "/observers/<int:site_id>/<group_id>": "director",
    "/people/<int:person_id>/stop/<int:site_id>/<group_id>": "director",
    "/stops/<int:stop_id>/end": "director",
    "/people/<int:person_id>/identity": "director",
    "/people/<int:person_id>/identity/lost": "director",
    "/people/<int:person_id>/recall": "director",
    "/evidence/<kind>/<int:record_id>/recall": "director",
    "/applications/<int:application_id>/send-again": "trainee",
    "/applications/<int:application_id>/take-over": "director",
    "/cover": "director",
    "/decisions/<int:decision_id>/appeal/decide": "second",
}
BUTTONS = {
    "/sign-out", "/account/second-factor/begin", "/admin/people/<int:person_id>/link", "/admin/people/<int:person_id>/deactivate",
    "/admin/people/<int:person_id>/reactivate", "/admin/roles/<int:membership_id>/confirm", "/admin/roles/<int:membership_id>/end",
    "/admin/items/<item_id>/draft", "/admin/items/<item_id>/duplicate", "/admin/items/<item_id>/discard",
    "/applications/<int:application_id>/claim", "/applications/<int:application_id>/release",
    "/applications/<int:application_id>/withdraw", "/observers/nominations/<int:decision_id>/confirm", "/quizzes/<quiz_id>/start",
    "/attempts/<int:attempt_id>/submit", "/practice", "/practice/<int:session_id>/next",
    "/attempts/<int:attempt_id>/break", "/attempts/<int:attempt_id>/go-on", "/challenges/<int:challenge_id>/noted",
    "/corrections/<int:regrade_id>/noted", "/decisions/<int:decision_id>/undo", "/admin/regrades/<int:regrade_id>/commit",
    "/admin/regrades/<int:regrade_id>/preview", "/admin/regrades/<int:regrade_id>/withdraw",
    "/admin/policies/drafts/<int:draft_id>/preview", "/admin/policies/drafts/<int:draft_id>/publish",
    "/cover/<int:delegation_id>/end",
    "/decisions/<int:decision_id>/seen",
    "/clearances/calendar",
    "/clearances/calendar/end", "/clearances/<int:decision_id>/evidence",
    "/admin/policies/drafts/<int:draft_id>/withdraw",
}  # fmt: skip
"""Routes that carry no more than a button; their field, where they have one, is a password."""
OTHER = {
    "/invite/<token>",
    "/reset/<token>",
    "/admin/items/<item_id>/edit",
    "/attempts/<int:attempt_id>",
    "/attempts/<int:attempt_id>/lease",
    "/decisions/<int:decision_id>/answer",
    "/decisions/<int:decision_id>/appeal",
}
"""Routes that have tests of their own below; answers and appeals, one free text each, in tests/clearances/test_appeals.py."""


def test_every_post_route_is_a_form_a_button_or_has_its_own_tests() -> None:
    posts = {rule for method, rule in TABLE if method == "POST"}
    assert posts == set(FORMS) | BUTTONS | OTHER


def faults(client: FlaskClient, path: str, **sent: Any) -> list[str]:
    """What is wrong with the answer to a bad request: nothing, if it is a refusal with words and without any of our insides."""
    try:
        answer = client.post(path, **sent)
    except Exception as error:  # noqa: BLE001  (a fault anywhere is what this looks for)
        return [f"{type(error).__name__}: {str(error)[:120]}"]
    page = words_of(answer)
    found = [] if answer.status_code in REFUSED else [f"status {answer.status_code} {answer.location or ''}"]
    found += [] if len(page) > 80 else ["no words"]
    found += [f"shows {leak}" for leak in LEAKS if leak in page]
    return found + (["markup came back alive"] if "<script>alert" in answer.get_data(as_text=True) else [])


LEAKS = ("Traceback", "sqlalchemy", "psycopg", 'File "', "werkzeug", "OperationalError")
PAYLOADS: dict[str, Mapping[str, str]] = {
    "nothing": {},
    "empty fields": dict.fromkeys(FIELDS, ""),
    "spaces": dict.fromkeys(FIELDS, "   "),
    "control characters": dict.fromkeys(FIELDS, CONTROL),
    "words where numbers are asked": dict.fromkeys(FIELDS, "many"),
    "numbers where words are asked": dict.fromkeys(FIELDS, "99999999999999999999999"),
    "a number of 5,000 digits": dict.fromkeys(FIELDS, "9" * 5000),
    "markup": dict.fromkeys(FIELDS, "<script>alert(1)</script>'\"--"),
}


BODIES = (
    (b"{", "application/json"),
    (b"{}", "application/json"),
    (b"\xff\xfe", "text/plain"),
    (b"--x", "multipart/form-data; boundary=x"),
)


@pytest.fixture(scope="module")
def prepared(clinic_of_module: Clinic) -> Iterator[Clinic]:
    """A clinic with what every address needs, for refusals; at the end no table has a row more or less."""
    prepare(clinic_of_module)
    before = sizes_of(clinic_of_module)
    yield clinic_of_module
    assert sizes_of(clinic_of_module) == before


def sizes_of(clinic: Clinic) -> dict[str, int]:
    """The number of rows of each table, but of the drafts, which exist to keep what an observer typed into a refused form."""
    return {table.name: clinic.count(table.name) for table in app_metadata.sorted_tables if table.name != "observation_draft"}


COUNTED = ("/sign-in", "/account/password", "/account/second-factor/lost")
"""Wrong passwords are counted and throttled: these forms get a clinic of their own."""
UNCOUNTED = [rule for rule in FORMS if rule not in COUNTED]


@pytest.mark.parametrize("rule", COUNTED)
def test_a_wrong_form_that_is_counted_is_refused_with_words_and_writes_nothing(clinic: Clinic, rule: str) -> None:
    prepare(clinic)
    refuses_wrong_forms(clinic, rule)


@pytest.mark.parametrize("rule", UNCOUNTED)
def test_a_wrong_form_is_refused_with_words_and_writes_nothing(prepared: Clinic, rule: str) -> None:
    refuses_wrong_forms(prepared, rule)


def refuses_wrong_forms(clinic: Clinic, rule: str) -> None:
    """Post every wrong payload and body to one form."""
    client, path, events = clinic.client(FORMS[rule]), fill(clinic, rule), clinic.count("audit_event")
    wrong = []
    for name, payload in PAYLOADS.items():
        wrong += [f"{name}: {fault}" for fault in faults(client, path, data=payload)]
    for body, kind in BODIES:
        wrong += [f"{kind} {body!r}: {fault}" for fault in faults(client, path, data=body, content_type=kind)]
    assert wrong == []
    assert clinic.count("audit_event") == events


@pytest.mark.parametrize("rule", COUNTED)
def test_a_field_that_is_far_too_long_is_refused_where_it_is_counted(clinic: Clinic, rule: str) -> None:
    prepare(clinic)
    refuses_long_fields(clinic, rule)


@pytest.mark.parametrize("rule", UNCOUNTED)
def test_a_field_that_is_far_too_long_is_refused_in_every_form(prepared: Clinic, rule: str) -> None:
    refuses_long_fields(prepared, rule)


def refuses_long_fields(clinic: Clinic, rule: str) -> None:
    """Post every field of one form with half a million letters, and a body beyond the limit."""
    client, path, events = clinic.client(FORMS[rule]), fill(clinic, rule), clinic.count("audit_event")
    page = client.get(path.removesuffix("/decide").removesuffix("/roles").removesuffix("/password"))
    names = set(re.findall(r'name="([\w-]+)"', page.get_data(as_text=True))) & {*FIELDS, "words"} or {"reason", "verdict"}
    wrong = [f"{name}: {fault}" for name in sorted(names) for fault in faults(client, path, data={name: HUGE})]
    assert wrong == []
    assert clinic.count("audit_event") == events
    answer = client.post(path, data={"text": "x" * 2_200_000})
    assert answer.status_code == 413
    assert "Shorten it" in words_of(answer)


def test_a_form_without_its_token_is_refused_and_says_load_the_page_again(clinic: Clinic) -> None:
    prepare(clinic)
    clients = {
        key: clinic.client(key) for key in ("admin", "observer1", "observer2", "second", "trainee", "director", "ready", None)
    }
    clinic.app.config["WTF_CSRF_ENABLED"] = True
    events = clinic.count("audit_event")
    for rule in (*FORMS, *sorted(BUTTONS)):
        client = clients[FORMS.get(rule, "admin" if "/admin/" in rule else "observer1")]
        for data in ({}, {"csrf_token": "made up"}, {"csrf_token": CONTROL}):
            answer = client.post(fill(clinic, rule), data=data)
            assert answer.status_code == 400, rule
            assert "load the page again" in words_of(answer)
    assert clinic.count("audit_event") == events


@pytest.mark.parametrize("body", ["[1]", '"text"', "5", "[[]]"])
def test_json_of_another_shape_is_no_fault_of_a_form(clinic: Clinic, body: str) -> None:
    for key, path in ((None, "/sign-in"), ("trainee", "/documents/new"), ("admin", "/admin/sites")):
        assert faults(clinic.client(key), path, data=body, content_type="application/json") == []


NUL = "before\x00after and more"
TEXTS: dict[str, tuple[str | None, dict[str, str], str]] = {
    "/sign-in": (None, {"password": "whatever it is"}, "email"),
    "/account": ("trainee", {"printed_name": "Tara Trainee", "theme": "auto"}, "profession"),
    "/admin/people/new": ("admin", {"email": "nele@needles.org"}, "printed_name"),
    "/admin/sites": ("admin", {"jurisdiction": "Ireland", "time_zone": "Europe/Dublin"}, "name"),
    "/documents/new": (
        "trainee",
        {"kind": "course", "issuer": "School", "reference": "C-1", "valid_from": "2026-01-01"},
        "title",
    ),
    "/observations/new": (
        "trainee",
        {"site_id": "1", "region": "rhomboids-levator", "purpose": "coaching", "subject": "patient"},
        "technique",
    ),
    "/people/<int:person_id>/exams/<quiz_id>": ("director", {}, "words"),
    "/practice/<int:session_id>/note": ("trainee", {"number": "1"}, "words"),
    "/admin/items/<item_id>/state": ("admin", {"state": "suspended"}, "reason"),
    "/admin/items/quick": ("admin", {"stem": "rower", "domain": "anatomy"}, "text"),
}


@pytest.mark.parametrize("rule", TEXTS)
def test_a_nul_character_in_an_otherwise_right_form_is_refused_on_both_databases(clinic: Clinic, rule: str) -> None:
    prepare(clinic)
    key, data, field = TEXTS[rule]
    assert faults(clinic.client(key), fill(clinic, rule), data={**data, field: NUL}) == []


def test_a_nul_character_in_the_reason_of_a_decision_is_refused(clinic: Clinic) -> None:
    client = clinic.client("director")
    with clinic.act() as session:
        shown = clinic.case(session).evidence_sha256
    data = {"act": "return", "shown": shown, "reason": NUL}
    assert faults(client, f"/applications/{clinic.application_id}/decide", data=data) == []


def test_a_save_without_its_token_is_refused(clinic: Clinic) -> None:
    client = clinic.client("trainee")
    clinic.app.config["WTF_CSRF_ENABLED"] = True
    assert client.put("/attempts/1/responses/1", json={}).status_code == 400


def test_a_token_of_another_session_is_refused(clinic: Clinic) -> None:
    clinic.app.config["WTF_CSRF_ENABLED"] = True
    page = clinic.client().get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    data = {"csrf_token": token.group(1), "email": "trainee@test.invalid", "password": PASSWORD}
    assert clinic.client().post("/sign-in", data=data).status_code == 400


TYPED = {
    "/account": ("trainee", {"printed_name": "T", "profession": "Osteopath of backs", "theme": "auto"}, "Osteopath of backs"),
    "/admin/people/new": ("admin", {"printed_name": "Nele of the needles", "email": "no"}, "Nele of the needles"),
    "/admin/sites": ("admin", {"name": "West of everything", "time_zone": "Mars"}, "West of everything"),
    "/admin/items/new": ("admin", {"stem": "Not A Slug!", "type": "numeric"}, "Not A Slug!"),
    "/admin/items/quick": ("admin", {"stem": "x", "text": "Half a question that was typed"}, "Half a question that was typed"),
    "/documents/new": ("trainee", {"title": "My paper of 2026", "kind": "licence"}, "My paper of 2026"),
    "/observations/new": ("trainee", {"technique": "Pincer grip of the edge"}, "Pincer grip of the edge"),
    "/people/<int:person_id>/exams/<quiz_id>": ("director", {"words": "Too few"}, "Too few"),
    "/people/<int:person_id>/competencies/<slug>": ("director", {"evidence": "Too few"}, "Too few"),
    "/observers/<int:site_id>/<group_id>": ("director", {"grounds": "Too few"}, "Too few"),
    "/documents/<int:document_id>": ("director", {"how": "By"}, 'value="By"'),
    "/applications/<int:application_id>/decide": (
        "director",
        {"reason": "Some long reason here", "excluded": "cupping"},
        "Some long reason here",
    ),
}


@pytest.mark.parametrize("rule", TYPED)
def test_what_was_typed_is_shown_again(clinic: Clinic, rule: str) -> None:
    prepare(clinic)
    key, data, kept = TYPED[rule]
    path = fill(clinic, rule)
    if rule.startswith("/documents/<"):
        path = f"/documents/{unverified(clinic)}"
    answer = clinic.client(key).post(path, data=data)
    assert answer.status_code == 422
    assert kept in answer.get_data(as_text=True)


def unverified(clinic: Clinic) -> int:
    """A document that waits for its second person."""
    data = {
        "kind": "course",
        "title": "Course",
        "issuer": "School",
        "reference": "C-1",
        "valid_from": "2026-01-01",
    }
    assert clinic.client("trainee").post("/documents/new", data=data).status_code == 302
    return int(clinic.scalar("SELECT max(id) FROM document"))


# --- numbers and words in addresses ------------------------------------------------------------------------------


WILD = ("0", "99999999", "9223372036854775808", "9" * 30, "9" * 5000)


@pytest.mark.parametrize("number", WILD)
def test_a_number_that_nothing_has_is_not_found_in_any_address(clinic: Clinic, number: str) -> None:
    clients: dict[str, FlaskClient] = {key: clinic.client(key) for key in ("trainee", "director", "admin")}
    wrong = []
    for method, rule in sorted(TABLE):
        if "<int:" not in rule:
            continue
        key = (
            "admin"
            if rule.startswith("/admin/")
            else "trainee"
            if rule.startswith("/attempts/") or "withdraw" in rule
            else "director"
        )
        path = re.sub(r"<int:\w+>", number, rule)
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: {"group_id": GROUP, "quiz_id": GROUP}.get(m.group(1), "x"), path)
        status = status_of(clients[key], path, method)
        if status not in (404, 405, 422):
            wrong.append(f"{method} {rule}: {status}")
    assert wrong == []


@pytest.mark.parametrize("word", ["%00", "%FF%FE", "x" * 3000, "%3Cscript%3E", "..%2F..%2Fetc", "'%3B--", "%E2%80%AE"])
def test_a_word_that_nothing_has_is_not_found_in_any_address(clinic: Clinic, word: str) -> None:
    clients: dict[str, FlaskClient] = {key: clinic.client(key) for key in ("trainee", "director", "admin")}
    wrong = []
    for method, rule in sorted(TABLE):
        if "<" not in re.sub(r"<int:\w+>", "1", rule):
            continue
        key = "admin" if rule.startswith("/admin/") else "trainee" if "/quizzes/" in rule else "director"
        numbers = {"person_id": clinic.ids["trainee"], "site_id": clinic.sites["north"]}
        path = re.sub(r"<int:(\w+)>", lambda m: str(numbers.get(m.group(1), 1)), rule)  # noqa: B023
        status = status_of(clients[key], re.sub(r"<(?:\w+:)?\w+>", word, path), method)
        if status not in (302, 400, 404, 405, 429):
            wrong.append(f"{method} {rule}: {status}")
    assert wrong == []


def status_of(client: FlaskClient, path: str, method: str) -> int | str:
    """The status of an answer, or the name of the fault that came instead."""
    try:
        answer = client.open(path, method=method, json={} if method == "PUT" else None)
    except Exception as error:  # noqa: BLE001  (a fault anywhere is what this looks for)
        return f"{type(error).__name__}: {str(error)[:80]}"
    answer.close()
    return answer.status_code


@pytest.mark.parametrize("value", ["x", "-1", "99999999999999999999", "%00", "9" * 5000, ""])
def test_a_strange_query_is_no_fault(clinic: Clinic, value: str) -> None:
    director, admin, trainee = (clinic.client(k) for k in ("director", "admin", "trainee"))
    number, wrong = clinic.ids["trainee"], []
    for client, path in (
        (director, "/register?site="), (director, "/register?as_of="), (director, "/register.csv?site="),
        (director, f"/people/{number}?site="),
        (trainee, "/clearances?site="), (trainee, "/observations/new?region="), (director, "/observations/code?code="),
        (admin, "/audit?before="), (admin, "/audit?act="), (admin, "/admin/items?state="), (admin, "/admin/items?type="),
        (admin, "/admin/items?q="), (admin, "/admin/review?version="), (admin, "/admin/items/thorax-1/preview?seed="),
        (clinic.client(), "/sign-in?next="), (clinic.client(), "/check/NOSUCH?region="),
    ):  # fmt: skip
        status = status_of(client, path + value, "GET")
        if status not in (200, 302, 400, 404, 422, 429):
            wrong.append(f"{path}: {status}")
    assert wrong == []


# --- the running attempt ------------------------------------------------------------------------------------------


@pytest.fixture
def running(clinic: Clinic) -> tuple[Clinic, FlaskClient, int]:
    """A trainee in an exam."""
    client = clinic.client("beginner")
    answer = client.post("/quizzes/general-safety/start")
    assert answer.status_code == 302
    return clinic, client, int(answer.location.rsplit("/", 1)[1])


@pytest.mark.parametrize(
    "data",
    [
        {"base_seq": "0"},
        {"base_seq": "0", "op_id": "short"},
        {"base_seq": "0", "op_id": "é" * 20},
        {"base_seq": "0", "op_id": "operation-1", "choice": "o99"},
        {"base_seq": "0", "op_id": "operation-1", "choice": CONTROL},
        {"base_seq": "0", "op_id": "operation-1", "certainty": "maybe"},
        {"base_seq": "0", "op_id": "operation-1", "strike": "o99"},
        {"base_seq": "9" * 5000, "op_id": "operation-1"},
        {"base_seq": "999999", "op_id": "operation-1"},
        {"op_id": "operation-1", "base_seq": HUGE},
        {"op_id": HUGE, "base_seq": "0"},
    ],
    ids=range(11),
)
def test_a_wrong_answer_form_is_refused_and_saves_nothing(running: tuple[Clinic, FlaskClient, int], data: dict[str, str]) -> None:
    clinic, client, number = running
    before, answer = clinic.count("response_revision"), client.post(f"/attempts/{number}?q=1", data=data)
    assert answer.status_code == 422
    assert clinic.count("response_revision") == before


@pytest.mark.parametrize("go", ["9" * 5000, "-1", "x", "٣", "99999999999999999999"])
def test_a_strange_target_still_saves_the_answer_and_goes_somewhere(running: tuple[Clinic, FlaskClient, int], go: str) -> None:
    clinic, client, number = running
    data = {"base_seq": "0", "op_id": "operation-1", "choice": "o1", "go": go}
    before, answer = clinic.count("response_revision"), client.post(f"/attempts/{number}?q=1", data=data)
    assert answer.status_code == 302
    assert clinic.count("response_revision") == before + 1


@pytest.mark.parametrize("question", ["0", "99", "x", "-1", "9" * 5000])
def test_an_item_that_the_form_does_not_have_is_not_found(running: tuple[Clinic, FlaskClient, int], question: str) -> None:
    _, client, number = running
    assert client.get(f"/attempts/{number}?q={question}").status_code in (200, 404)
    answer = client.post(f"/attempts/{number}?q={question}", data={"base_seq": "0"})
    assert answer.status_code in (404, 422)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        5,
        {},
        {"base_seq": "0", "op_id": "operation-1", "payload": {}},
        {"base_seq": True, "op_id": "operation-1", "payload": {}},
        {"base_seq": 0, "op_id": 5, "payload": {}},
        {"base_seq": 0, "op_id": "operation-1", "payload": []},
        {"base_seq": 0, "op_id": "operation-1", "payload": {"answer": {"choice": ["o1"]}}},
        {"base_seq": 0, "op_id": "operation-1", "payload": {"answer": {"choice": "\ud800"}}},
        {"base_seq": 0, "op_id": "operation-1", "payload": {"answer": [], "struck": "o1"}},
        {"base_seq": 0, "op_id": "operation-1", "payload": {"struck": [["o1"]]}},
        {"base_seq": 0, "op_id": "operation-1", "payload": {"flag": "yes"}},
        {"base_seq": 0, "op_id": "operation-1", "payload": {"more": 1}},
        {"base_seq": 0, "op_id": "operation-1", "payload": {}, "person_id": 1},
        {"base_seq": 0, "op_id": "operation-1", "payload": {}, "client_at": "now"},
        {"base_seq": 0, "op_id": "operation-1", "payload": {}, "client_at": "9999-12-31T23:59:59-12:00"},
        {"base_seq": 0, "op_id": "operation-1", "payload": {}, "certainty": 1},
        {"base_seq": 10**30, "op_id": "operation-1", "payload": {}},
    ],
    ids=range(20),
)
def test_a_wrong_json_save_is_refused_with_problem_details(running: tuple[Clinic, FlaskClient, int], body: Any) -> None:
    clinic, client, number = running
    before, path = clinic.count("response_revision"), f"/attempts/{number}/responses/1"
    answer = client.put(path, data=json.dumps(body), content_type="application/json")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["detail"]
    assert clinic.count("response_revision") == before


def test_a_body_that_is_no_json_is_refused(running: tuple[Clinic, FlaskClient, int]) -> None:
    _, client, number = running
    for body, kind in (
        (b"{", "application/json"),
        (b"x=1", "application/x-www-form-urlencoded"),
        (b"\xff" * 20, "application/json"),
    ):
        answer = client.put(f"/attempts/{number}/responses/1", data=body, content_type=kind)
        assert answer.status_code in (400, 415, 422)


@pytest.mark.parametrize(
    "data",
    [{"read-back-1": "9" * 5000}, {"read-back-" + "9" * 5000: "1"}, {"read-back-1": "٣"}],
    ids=range(3),
)
def test_a_strange_read_back_is_no_fault(running: tuple[Clinic, FlaskClient, int], data: dict[str, str]) -> None:
    _, client, number = running
    assert client.post(f"/attempts/{number}?q=1", data={"base_seq": "0", "op_id": "operation-1", "choice": "o1"}).status_code == 302
    answer = client.post(f"/attempts/{number}/submit", data=data)
    assert answer.status_code == 422
    assert "Confirm your answer" in words_of(answer)


def test_nothing_of_a_refused_start_remains(clinic: Clinic) -> None:
    client = clinic.client("trainee")
    assert client.post("/quizzes/general-safety/start").status_code in (302, 409)
    with clinic.act() as session:
        assert session.query(Attempt).filter(Attempt.state == "open").count() <= 1


@pytest.mark.parametrize("data", [{"go": CONTROL}, {"choice": CONTROL}], ids=["target", "answer"])
def test_control_characters_save_no_answer(running: tuple[Clinic, FlaskClient, int], data: dict[str, str]) -> None:
    clinic, client, number = running
    before = clinic.count("response_revision")
    answer = client.post(f"/attempts/{number}?q=1", data={"base_seq": "0", "op_id": "operation-1", **data})
    assert answer.status_code == 422
    assert clinic.count("response_revision") == before


@pytest.mark.parametrize("purpose", ["invite", "reset"])
@pytest.mark.parametrize("token", ["x", "%00", "x" * 3000, "%FF"])
def test_a_one_time_link_that_was_never_made_is_not_found(clinic: Clinic, purpose: str, token: str) -> None:
    client = clinic.client()
    for answer in (client.get(f"/{purpose}/{token}"), client.post(f"/{purpose}/{token}", data={"password": HUGE, "again": HUGE})):
        assert answer.status_code == 404
        assert token == "%00" or "Ask an admin for a new one" in words_of(answer)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("act", ["save", "preview", "publish"])
def test_the_item_editor_keeps_a_poor_draft_and_publishes_none(clinic: Clinic, payload: str, act: str) -> None:
    client = clinic.client("admin")
    assert client.post("/admin/items/thorax-1/draft").status_code == 302
    versions = clinic.count("item_version")
    data = {**PAYLOADS[payload], "scenario": PAYLOADS[payload].get("text", ""), "act": act, "edit_count": "0"}
    answer = client.post("/admin/items/thorax-1/edit", data=data)
    assert answer.status_code in (200, 409, 422)
    assert clinic.count("item_version") == versions


@pytest.mark.parametrize("count", ["", "x", "-1", "99", "9" * 5000])
def test_an_edit_of_a_draft_that_changed_meanwhile_is_a_conflict_and_keeps_what_was_typed(clinic: Clinic, count: str) -> None:
    client = clinic.client("admin")
    client.post("/admin/items/thorax-1/draft")
    data = {"scenario": "A carefully typed scenario about a rower.", "act": "save", "edit_count": count}
    answer = client.post("/admin/items/thorax-1/edit", data=data)
    assert answer.status_code == 409
    assert "A carefully typed scenario about a rower." in answer.get_data(as_text=True)
