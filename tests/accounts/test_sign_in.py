"""Signing in, one-time links, closing an account: the doors of the place."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.accounts import actions
from app.accounts.queries import who
from app.accounts.views.sessions import safe_next
from app.clearances.actions import note_event
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor
from tests.clearances.builders import PASSWORD, Clinic, words_of


def try_sign_in(client: FlaskClient, email: str, password: str, target: str = "/sign-in") -> tuple[int, str]:
    """Status and words of one try."""
    answer = client.post(target, data={"email": email, "password": password})
    return answer.status_code, words_of(answer)


def issue(clinic: Clinic, key: str, purpose: str, token: str) -> None:
    """A one-time link as the admin makes it."""
    with clinic.act() as session:
        actions.issue_link(
            session,
            person=clinic.person(session, key),
            purpose=purpose,
            token=token,
            actor=Actor(clinic.ids["admin"], "Ada"),
            now=clinic.clock.at,
        )


NEW = {"password": "a fresh and long password", "again": "a fresh and long password"}


def test_the_right_password_signs_in_in_any_case_of_the_e_mail(clinic: Clinic) -> None:
    client = clinic.client()
    assert try_sign_in(client, "  Trainee@TEST.invalid ", PASSWORD)[0] == 302
    assert client.get("/account").status_code == 200


def test_a_wrong_password_an_unknown_e_mail_and_a_closed_account_get_the_same_words(clinic: Clinic) -> None:
    with clinic.act() as session:
        admin = clinic.person(session, "admin")
        actions.deactivate(
            session,
            person=clinic.person(session, "ready"),
            session_key="gone",
            actor=Actor(admin.id, "Ada"),
            who=who(session, admin, clinic.clock.at),
            now=clinic.clock.at,
        )
    tries = [("trainee", "wrong"), ("who-is-this", PASSWORD), ("ready", PASSWORD)]
    found = {try_sign_in(clinic.client(), f"{k}@test.invalid", p) for k, p in tries}
    assert len(found) == 1
    status, words = found.pop()
    assert status == 422
    assert "do not fit together" in words


def test_the_typed_e_mail_is_kept_and_the_password_is_not(clinic: Clinic) -> None:
    answer = clinic.client().post("/sign-in", data={"email": "trainee@test.invalid", "password": "my secret words"})
    page = answer.get_data(as_text=True)
    assert "trainee@test.invalid" in page
    assert "my secret words" not in page


def test_the_ninth_try_is_refused_even_with_the_right_password_and_a_quarter_hour_opens_it(clinic: Clinic) -> None:
    for _ in range(8):
        assert try_sign_in(clinic.client(), "trainee@test.invalid", "wrong")[0] == 422
    status, words = try_sign_in(clinic.client(), "trainee@test.invalid", PASSWORD)
    assert (status, "Wait 15 minutes" in words) == (429, True)
    assert try_sign_in(clinic.client(), "ready@test.invalid", PASSWORD)[0] == 302
    clinic.clock.advance(minutes=15)
    assert try_sign_in(clinic.client(), "trainee@test.invalid", PASSWORD)[0] == 302


def test_an_unknown_e_mail_is_throttled_like_a_known_one(clinic: Clinic) -> None:
    for _ in range(8):
        try_sign_in(clinic.client(), "who@test.invalid", "wrong")
    assert try_sign_in(clinic.client(), "who@test.invalid", "wrong")[0] == 429


def test_one_address_may_be_wrong_40_times_over_all_accounts(clinic: Clinic) -> None:
    for n in range(40):
        assert try_sign_in(clinic.client(), f"n{n}@test.invalid", "wrong")[0] == 422
    assert try_sign_in(clinic.client(), "trainee@test.invalid", PASSWORD)[0] == 429


def test_the_throttle_keeps_no_address_and_no_e_mail(clinic: Clinic) -> None:
    try_sign_in(clinic.client(), "trainee@test.invalid", "wrong")
    key = clinic.scalar("SELECT key_sha256 FROM sign_in_failure LIMIT 1")
    assert re.fullmatch("[0-9a-f]{64}", key)


HOSTILE = (
    "//evil.example",
    "https://evil.example/",
    "http:evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "evil.example",
    "///evil.example",
    "//evil.example/%2f..",
    "/sign-out",
    "",
)


@pytest.mark.parametrize("target", HOSTILE)
def test_next_never_leads_off_the_site(clinic: Clinic, target: str) -> None:
    client = clinic.client()
    data = {"email": "trainee@test.invalid", "password": PASSWORD}
    answer = client.post("/sign-in", query_string={"next": target}, data=data)
    assert answer.status_code == 302
    assert answer.location == "/home"


@pytest.mark.parametrize("target", ["/home\r\nX-Evil: 1", "/register\r\n\r\n<script>", "/\x00", "/é", "/" + "a" * 5000])
def test_a_strange_next_is_no_fault_and_writes_no_header(clinic: Clinic, target: str) -> None:
    data = {"email": "trainee@test.invalid", "password": PASSWORD}
    answer = clinic.client().post("/sign-in", query_string={"next": target}, data=data)
    assert answer.status_code in (302, 422)
    assert "X-Evil" not in answer.headers
    assert (answer.location or "/").startswith("/")


def test_next_leads_back_to_the_page_that_asked(clinic: Clinic) -> None:
    client = clinic.client()
    asked = client.get("/register?as_of=2026-11-24")
    assert asked.status_code == 302
    data = {"email": "director@test.invalid", "password": PASSWORD}
    assert client.post(asked.location, data=data).location == "/register?as_of=2026-11-24"
    assert safe_next("/people/3?site=1") == "/people/3?site=1"


def test_signing_out_ends_the_session(clinic: Clinic) -> None:
    client = clinic.client("trainee")
    assert client.post("/sign-out").status_code == 302
    assert client.get("/account").status_code == 302


def test_the_session_cookie_is_not_for_scripts_nor_for_other_sites(clinic: Clinic) -> None:
    answer = clinic.client().post("/sign-in", data={"email": "trainee@test.invalid", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


# --- one-time links -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", ["invite", "reset"])
def test_a_link_works_once(clinic: Clinic, purpose: str) -> None:
    issue(clinic, "ready", purpose, "one-time")
    client = clinic.client()
    assert client.get(f"/{purpose}/one-time").status_code == 200
    assert client.post(f"/{purpose}/one-time", data=NEW).status_code == 302
    again = client.post(f"/{purpose}/one-time", data=NEW)
    assert again.status_code == 404
    assert "used already, has expired or was replaced" in words_of(again)
    assert try_sign_in(clinic.client(), "ready@test.invalid", NEW["password"])[0] == 302
    assert try_sign_in(clinic.client(), "ready@test.invalid", PASSWORD)[0] == 422


@pytest.mark.parametrize(("purpose", "life"), [("invite", timedelta(days=7)), ("reset", timedelta(hours=24))])
def test_a_link_expires(clinic: Clinic, purpose: str, life: timedelta) -> None:
    issue(clinic, "ready", purpose, "one-time")
    clinic.clock.at += life - timedelta(seconds=1)
    assert clinic.client().get(f"/{purpose}/one-time").status_code == 200
    clinic.clock.advance(seconds=1)
    assert clinic.client().get(f"/{purpose}/one-time").status_code == 404
    assert clinic.client().post(f"/{purpose}/one-time", data=NEW).status_code == 404


def test_a_new_link_replaces_the_old_one_whatever_its_purpose(clinic: Clinic) -> None:
    issue(clinic, "ready", "invite", "first")
    issue(clinic, "ready", "reset", "second")
    assert clinic.client().post("/invite/first", data=NEW).status_code == 404
    assert clinic.client().post("/reset/second", data=NEW).status_code == 302


def test_a_link_of_one_purpose_does_not_open_the_other_door(clinic: Clinic) -> None:
    issue(clinic, "ready", "reset", "one-time")
    assert clinic.client().get("/invite/one-time").status_code == 404


def test_only_the_digest_of_a_link_is_stored(clinic: Clinic) -> None:
    issue(clinic, "ready", "reset", "one-time")
    assert clinic.count("access_link WHERE token_sha256 = 'one-time'") == 0
    assert len(clinic.scalar("SELECT token_sha256 FROM access_link ORDER BY id DESC LIMIT 1")) == 64


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("short", "short", "at least 12"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "repeats"),
        ("a fresh and long password", "another long password", "differ"),
        ("x y" * 100, "x y" * 100, "200"),
        ("", "", "Fill this in"),
    ],
)
def test_a_poor_new_password_is_refused_and_the_link_stays_good(clinic: Clinic, password: str, again: str, words: str) -> None:
    issue(clinic, "ready", "reset", "one-time")
    answer = clinic.client().post("/reset/one-time", data={"password": password, "again": again})
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert clinic.client().post("/reset/one-time", data=NEW).status_code == 302


def test_a_reset_ends_every_session_of_the_account(clinic: Clinic) -> None:
    client = clinic.client("director")
    issue(clinic, "director", "reset", "one-time")
    assert client.get("/account").status_code == 200
    clinic.client().post("/reset/one-time", data=NEW)
    assert client.get("/account").status_code == 302


def test_whoever_was_reset_cannot_sign_for_24_hours(clinic: Clinic) -> None:
    issue(clinic, "observer1", "reset", "one-time")
    clinic.client().post("/reset/one-time", data=NEW)
    with pytest.raises(NotAllowed, match="reset your access"), clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    clinic.clock.advance(hours=24)
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")


def test_the_link_is_shown_to_the_issuer_once_and_by_a_page_that_is_not_kept(clinic: Clinic) -> None:
    client = clinic.client("admin")
    answer = client.post(f"/admin/people/{clinic.ids['ready']}/link")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    token = re.search(r"/reset/([\w-]+)", answer.get_data(as_text=True))
    assert token is not None
    assert token.group(1) not in client.get(f"/admin/people/{clinic.ids['ready']}").get_data(as_text=True)
    assert clinic.client().post(f"/reset/{token.group(1)}", data=NEW).status_code == 302


def test_an_admin_cannot_reset_their_own_access_round_the_password(clinic: Clinic) -> None:
    """A link for oneself would change the password without the present one; it still counts as a reset."""
    client = clinic.client("admin")
    answer = client.post(f"/admin/people/{clinic.ids['admin']}/link")
    if answer.status_code == 200:
        token = re.search(r"/reset/([\w-]+)", answer.get_data(as_text=True))
        assert token is not None
        clinic.client().post(f"/reset/{token.group(1)}", data=NEW)
        with clinic.act() as session:
            assert clinic.person(session, "admin").access_reset_at == clinic.clock.at
    else:
        assert answer.status_code in (403, 409)


# --- one's own account --------------------------------------------------------------------------------------------


def test_changing_ones_password_needs_the_present_one_and_ends_other_sessions(clinic: Clinic) -> None:
    here, there = clinic.client("trainee"), clinic.client("trainee")
    wrong = here.post("/account/password", data={**NEW, "old_password": "not it"})
    assert wrong.status_code == 422
    assert "not your present password" in words_of(wrong)
    assert here.post("/account/password", data={**NEW, "old_password": PASSWORD}).status_code == 302
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_the_profile_keeps_what_was_typed_when_it_is_refused(clinic: Clinic) -> None:
    client = clinic.client("trainee")
    answer = client.post("/account", data={"printed_name": "T", "profession": "Osteopath of backs", "theme": "auto"})
    assert answer.status_code == 422
    assert "Osteopath of backs" in answer.get_data(as_text=True)
    assert client.post("/account", data={"printed_name": "Tara T.", "theme": "dark"}).status_code == 302


@pytest.mark.parametrize("name", ["  ", "\t\t", "   \n  "])
def test_a_printed_name_of_spaces_is_refused(clinic: Clinic, name: str) -> None:
    answer = clinic.client("trainee").post("/account", data={"printed_name": name, "theme": "auto"})
    assert answer.status_code == 422
    with clinic.act() as session:
        assert clinic.person(session, "trainee").printed_name == "Tara Trainee"


# --- deactivation -------------------------------------------------------------------------------------------------


def test_deactivation_bites_on_the_next_request_and_a_new_link_needs_reactivation(clinic: Clinic) -> None:
    client, admin = clinic.client("director"), clinic.client("admin")
    assert client.get("/queue").status_code == 200
    assert admin.post(f"/admin/people/{clinic.ids['director']}/deactivate").status_code == 302
    assert client.get("/queue").status_code == 302
    assert client.post(f"/applications/{clinic.application_id}/claim").status_code == 401
    assert try_sign_in(clinic.client(), "director@test.invalid", PASSWORD)[0] == 422
    assert admin.post(f"/admin/people/{clinic.ids['director']}/link").status_code == 409
    assert admin.post(f"/admin/people/{clinic.ids['director']}/deactivate").status_code == 409


def test_a_link_issued_before_the_deactivation_does_not_open_the_account(clinic: Clinic) -> None:
    issue(clinic, "ready", "reset", "one-time")
    clinic.client("admin").post(f"/admin/people/{clinic.ids['ready']}/deactivate")
    clinic.client().post("/reset/one-time", data=NEW)
    assert try_sign_in(clinic.client(), "ready@test.invalid", NEW["password"])[0] == 422


def test_a_reactivated_account_needs_a_new_password_and_waits_a_day_to_sign(clinic: Clinic) -> None:
    admin = clinic.client("admin")
    number = clinic.ids["observer1"]
    admin.post(f"/admin/people/{number}/deactivate")
    assert admin.post(f"/admin/people/{number}/reactivate").status_code == 302
    assert admin.post(f"/admin/people/{number}/reactivate").status_code == 409
    assert try_sign_in(clinic.client(), "observer1@test.invalid", PASSWORD)[0] == 422
    with pytest.raises(NotAllowed, match="reset your access"), clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")


def test_nobody_deactivates_themselves(clinic: Clinic) -> None:
    assert clinic.client("admin").post(f"/admin/people/{clinic.ids['admin']}/deactivate").status_code == 403


def test_a_deactivated_person_acts_on_no_application(clinic: Clinic) -> None:
    clinic.client("admin").post(f"/admin/people/{clinic.ids['director']}/deactivate")
    with clinic.act() as session:
        director = clinic.person(session, "director")
        application, facts = clinic.case(session).application, who(session, director, clinic.clock.at)
        actor = Actor(director.id, "Dora")
        with pytest.raises(NotAllowed):
            note_event(session, application=application, kind="claimed", actor=actor, who=facts, now=clinic.clock.at)


# --- people and sites ---------------------------------------------------------------------------------------------


def test_an_admin_invites_somebody_and_the_link_sets_the_first_password(clinic: Clinic) -> None:
    data = {"printed_name": "Nele Needle", "email": "Nele@Clinic-of-needles.org", "profession": "Physiotherapist"}
    page = clinic.client("admin").post("/admin/people/new", data=data).get_data(as_text=True)
    token = re.search(r"/invite/([\w-]+)", page)
    assert token is not None
    assert clinic.client().post(f"/invite/{token.group(1)}", data=NEW).status_code == 302
    assert try_sign_in(clinic.client(), "nele@clinic-of-needles.org", NEW["password"])[0] == 302


def test_an_e_mail_that_is_taken_is_refused_and_what_was_typed_comes_back(clinic: Clinic) -> None:
    data = {"printed_name": "Another Tara", "email": "TRAINEE@test.invalid", "profession": "Osteopath of backs"}
    with clinic.act() as session, pytest.raises(InvalidInput, match="already signs in"):
        actions.add_person(
            session,
            email=data["email"],
            printed_name="X Y",
            profession="",
            session_key="k",
            actor=Actor(1, "Ada"),
            now=clinic.clock.at,
        )
    answer = clinic.client("admin").post("/admin/people/new", data={**data, "email": "not an address"})
    assert answer.status_code == 422
    assert "Osteopath of backs" in answer.get_data(as_text=True)


@pytest.mark.parametrize("change", [{"time_zone": "Dublin"}, {"name": "North Clinic"}, {"name": ""}, {"jurisdiction": ""}])
def test_a_wrong_site_is_refused(clinic: Clinic, change: dict[str, str]) -> None:
    data = {"name": "West Clinic", "jurisdiction": "Ireland", "time_zone": "Europe/Dublin", **change}
    client = clinic.client("admin")
    before, answer = clinic.count("site"), client.post("/admin/sites", data=data)
    assert (answer.status_code, clinic.count("site")) == (422, before)
    good = {"name": "East Clinic", "jurisdiction": "Ireland", "time_zone": "Europe/Dublin"}
    assert client.post("/admin/sites", data=good).status_code == 302


def test_a_founded_installation_is_not_founded_again(clinic: Clinic) -> None:
    with clinic.act() as session, pytest.raises(Conflict):
        actions.found_installation(session, kind="real", organisation="X", now=clinic.clock.at, actor=Actor(None, "s"))
