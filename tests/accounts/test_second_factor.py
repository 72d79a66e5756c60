"""Set up, use, lose and replace a second factor."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts import actions, totp
from app.accounts.queries import find_factor, who
from app.database import db
from app.domain.errors import InvalidInput
from app.domain.permissions import Actor, is_known
from tests.clearances.builders import PASSWORD, Clinic, words_of

PAGE = "/account/second-factor"
THEIRS = {"document": "passport", "password": PASSWORD}


def secret_of(clinic: Clinic, key: str) -> str:
    """The secret that somebody's authenticator shares."""
    with clinic.act() as session:
        factor = find_factor(session, clinic.ids[key])
        assert factor is not None
        return factor.secret


def set_up(clinic: Clinic, key: str) -> list[str]:
    """Connect an authenticator over HTTP; the recovery codes."""
    client = clinic.client(key, proved=False)
    assert client.post(f"{PAGE}/begin").status_code == 302
    shown = client.get(PAGE).get_data(as_text=True)
    secret = secret_of(clinic, key)
    assert secret in re.sub(r"\s", "", shown)
    answer = client.post(PAGE, data={"code": totp.code_at(secret, clinic.clock.at)})
    assert answer.status_code == 200
    codes = re.findall(r"<li>([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})</li>", answer.get_data(as_text=True))
    assert len(set(codes)) == 10
    clinic.clock.advance(seconds=60)
    return codes


def confirm(clinic: Clinic, holder: str, by: str, **changes: str) -> Any:
    """Be the other person, over HTTP."""
    code = totp.code_at(secret_of(clinic, holder), clinic.clock.at)
    data = {**THEIRS, "holder_code": code, **changes}
    answer = clinic.client(by).post(f"/people/{clinic.ids[holder]}/identity", data=data)
    clinic.clock.advance(seconds=60)
    return answer


def known(clinic: Clinic, key: str) -> bool:
    """Whether the account may sign as far as its identity goes."""
    with clinic.act() as session:
        return is_known(who(session, clinic.person(session, key), clinic.clock.at), at=clinic.clock.at).allowed


def lose(clinic: Clinic, key: str) -> None:
    """Report one's own authenticator as lost."""
    assert clinic.client(key).post(f"{PAGE}/lost", data={"password": PASSWORD}).status_code == 302
    clinic.clock.advance(seconds=60)


def test_a_factor_opens_nothing_until_somebody_else_has_confirmed_its_holder(clinic: Clinic) -> None:
    set_up(clinic, "trainee")
    assert not known(clinic, "trainee")
    assert "One person confirms" in words_of(clinic.client("trainee", proved=False).get(PAGE))
    assert confirm(clinic, "trainee", "director").status_code == 302
    assert known(clinic, "trainee")
    assert "Dora Director" in words_of(clinic.client("trainee").get(PAGE))
    act = clinic.scalar("SELECT meaning FROM signature WHERE subject LIKE 'identity:%' ORDER BY id DESC LIMIT 1")
    assert "Tara Trainee" in act


@pytest.mark.parametrize(("by", "status"), [("trainee", 404), ("southern", 404), ("beginner", 403), ("auditor", 403)])
def test_the_holder_a_stranger_and_people_without_a_signing_role_confirm_nobody(clinic: Clinic, by: str, status: int) -> None:
    set_up(clinic, "trainee")
    assert confirm(clinic, "trainee", by).status_code in (status, 403)
    assert not known(clinic, "trainee")


def test_a_wrong_code_a_recovery_code_and_a_missing_document_confirm_nothing_and_say_so(clinic: Clinic) -> None:
    codes = set_up(clinic, "trainee")
    for changes in ({"holder_code": "000000"}, {"holder_code": codes[0]}, {"document": ""}, {"document": "a letter"}):
        answer = confirm(clinic, "trainee", "director", **changes)
        assert answer.status_code == 422, changes
    assert "This code does not fit" in words_of(confirm(clinic, "trainee", "director", holder_code="000000"))
    assert not known(clinic, "trainee")
    assert clinic.count("identity_proof WHERE person_id = " + str(clinic.ids["trainee"])) == 0


def test_the_code_of_a_holder_is_not_guessed(clinic: Clinic) -> None:
    set_up(clinic, "trainee")
    client, address = clinic.client("director"), f"/people/{clinic.ids['trainee']}/identity"
    answers = [client.post(address, data={**THEIRS, "holder_code": f"{n:06}"}).status_code for n in range(9)]
    assert answers == [422] * 8 + [429]
    assert not known(clinic, "trainee")


def test_whoever_made_the_link_of_an_account_cannot_confirm_it(clinic: Clinic) -> None:
    with clinic.act() as session:
        admin, person = clinic.person(session, "third_admin"), clinic.person(session, "trainee")
        actor = Actor(admin.id, admin.printed_name)
        link = actions.issue_link(session, person=person, purpose="reset", token="t" * 32, actor=actor, now=clinic.clock.at)
        passwords = clinic.app.extensions["needle_clearance.passwords"]
        actions.use_link(session, link=link, password=PASSWORD, passwords=passwords, session_key="new-key", now=clinic.clock.at)
    set_up(clinic, "trainee")
    answer = confirm(clinic, "trainee", "third_admin")
    assert answer.status_code == 403
    assert "made a sign-in link" in words_of(answer)
    assert confirm(clinic, "trainee", "admin").status_code == 302


def test_a_reset_keeps_the_factor_and_what_an_admin_knows_then_does_not_sign(clinic: Clinic) -> None:
    before = secret_of(clinic, "director")
    with clinic.act() as session:
        admin, person = clinic.person(session, "admin"), clinic.person(session, "director")
        actor = Actor(admin.id, admin.printed_name)
        link = actions.issue_link(session, person=person, purpose="reset", token="t" * 32, actor=actor, now=clinic.clock.at)
        passwords = clinic.app.extensions["needle_clearance.passwords"]
        actions.use_link(session, link=link, password=PASSWORD, passwords=passwords, session_key="new-key", now=clinic.clock.at)
    assert secret_of(clinic, "director") == before
    clinic.clock.advance(hours=25)
    thief = clinic.client("director", proved=False)
    data = {"act": "return", "shown": "x", "reason": "Two more on patients, please.", "password": PASSWORD, "code": "123456"}
    answer = thief.post(f"/applications/{clinic.application_id}/decide", data=data)
    assert answer.status_code == 422
    assert "This code does not fit" in words_of(answer)
    assert thief.post(f"{PAGE}/begin").status_code == 409, "nor can they set up another one"
    lose(clinic, "director")
    set_up(clinic, "director")
    assert confirm(clinic, "director", "admin").status_code == 302
    assert not known(clinic, "director"), "the admin alone is not two people"


def test_a_lost_factor_stops_at_once_and_another_takes_two_people_and_a_day(clinic: Clinic) -> None:
    lose(clinic, "director")
    assert not known(clinic, "director")
    set_up(clinic, "director")
    assert confirm(clinic, "director", "second").status_code == 302
    assert not known(clinic, "director")
    assert confirm(clinic, "director", "second").status_code == 403, "the same person is not a second one"
    assert "Two people confirm" in words_of(clinic.client("director", proved=False).get(PAGE))
    assert confirm(clinic, "director", "observer1").status_code == 302
    assert not known(clinic, "director")
    clinic.clock.advance(hours=24)
    assert known(clinic, "director")


def test_one_supervisor_of_the_site_or_admin_stops_a_factor_and_a_stranger_does_not(clinic: Clinic) -> None:
    address = f"/people/{clinic.ids['director']}/identity/lost"
    assert clinic.client("southern").post(address, data={"password": PASSWORD}).status_code == 404
    assert known(clinic, "director")
    assert clinic.client("second").post(address, data={"password": PASSWORD}).status_code == 302
    assert not known(clinic, "director")


def test_a_recovery_code_proves_once(clinic: Clinic) -> None:
    codes = set_up(clinic, "trainee")
    with clinic.act() as session:
        person = clinic.person(session, "trainee")
        actor = Actor(person.id, person.printed_name)
        use = {"person_id": person.id, "actor": actor, "now": clinic.clock.at}
        actions.use_code(session, code=codes[3].lower().replace("-", " "), **use)
        with pytest.raises(InvalidInput, match="does not fit"):
            actions.use_code(session, code=codes[3], **use)
        actions.use_code(session, code=codes[4], **use)
    assert "8 of ten are left" in words_of(_page(clinic, "trainee"))


def _page(clinic: Clinic, key: str) -> Any:
    return clinic.client(key, proved=False).get(PAGE)


def test_a_code_counts_once_even_when_two_requests_bring_it_at_the_same_time(clinic: Clinic) -> None:
    code = totp.code_at(secret_of(clinic, "director"), clinic.clock.at)

    def use(_: int) -> str:
        with clinic.app.app_context():
            person = clinic.person(db.session, "director")
            try:
                actions.use_code(db.session, person_id=person.id, code=code, actor=Actor(person.id, "x"), now=clinic.clock.at)
                db.session.commit()
            except InvalidInput as refusal:
                return refusal.problems[0][1]
            return "taken"

    with ThreadPoolExecutor(8) as pool:
        said = sorted(pool.map(use, range(8)))
    assert said[-1] == "taken"
    assert set(said[:-1]) == {actions.USED_CODE}


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_code_of_another_minute_does_not_fit(clinic: Clinic, steps: int) -> None:
    secret, at = secret_of(clinic, "director"), clinic.clock.at
    clinic.clock.advance(seconds=steps * totp.STEP_S)
    other = totp.code_at(secret, clinic.clock.at)
    assert totp.step_of(secret, other, at) is None
    assert totp.step_of(secret, totp.code_at(secret, at), at) is not None


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B: the secret of 20 bytes, at 59 s and 1111111109 s (the last six digits of its eight)."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code_at(secret, datetime.fromtimestamp(59, UTC)) == "287082"
    assert totp.code_at(secret, datetime.fromtimestamp(1111111109, UTC)) == "081804"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE second_factor SET confirmed_at = begun_at WHERE person_id = {trainee}", "others confirm"),
        ("UPDATE second_factor SET secret = 'AAAA' WHERE person_id = {trainee}", "append-only"),
        ("DELETE FROM second_factor WHERE person_id = {trainee}", "append-only"),
        ("DELETE FROM used_code", "append-only"),
        ("UPDATE identity_proof SET confirmed_by_id = {admin}", "append-only"),
        (
            "INSERT INTO second_factor (person_id, secret, begun_at, enrolled_at) SELECT person_id, 'A', begun_at, begun_at "
            "FROM second_factor WHERE person_id = {trainee}",
            "begins unconfirmed",
        ),
        (
            "INSERT INTO second_factor (person_id, secret, begun_at) SELECT person_id, 'A', begun_at FROM second_factor "
            "WHERE person_id = {director}",
            "names the one before",
        ),
        (
            "INSERT INTO identity_proof (factor_id, person_id, confirmed_by_id, document, confirmed_at) "
            "SELECT id, person_id, person_id, 'passport', begun_at FROM second_factor WHERE person_id = {trainee}",
            "not_ones_own|CHECK",
        ),
        (
            "INSERT INTO signature (signer_id, printed_name, meaning, subject, payload, sha256, signed_at, time_zone, method) "
            "SELECT {trainee}, printed_name, meaning, 'decision', payload, sha256, signed_at, time_zone, method FROM signature "
            "ORDER BY id DESC LIMIT 1",
            "before they sign",
        ),
    ],
)
def test_the_database_itself_refuses_what_would_make_somebody_known(clinic: Clinic, statement: str, words: str) -> None:
    set_up(clinic, "trainee")
    with clinic.app.app_context(), pytest.raises(DBAPIError, match=words):
        db.session.execute(text(statement.format(**clinic.ids)))


def test_two_people_who_both_made_links_are_not_enough_for_the_database(clinic: Clinic) -> None:
    set_up(clinic, "trainee")
    with clinic.app.app_context():
        for statement in (
            "INSERT INTO access_link (person_id, purpose, token_sha256, issued_by_id, issued_at, expires_at, used_at) "
            "SELECT {trainee}, 'reset', 'abc', {admin}, begun_at, begun_at, begun_at FROM second_factor "
            "WHERE person_id = {trainee}",
            "INSERT INTO identity_proof (factor_id, person_id, confirmed_by_id, document, confirmed_at) "
            "SELECT id, person_id, {admin}, 'passport', begun_at FROM second_factor WHERE person_id = {trainee}",
        ):
            db.session.execute(text(statement.format(**clinic.ids)))
        with pytest.raises(DBAPIError, match="others confirm"):
            db.session.execute(
                text("UPDATE second_factor SET confirmed_at = begun_at WHERE person_id = :p"), {"p": clinic.ids["trainee"]}
            )


def test_a_demonstration_shows_the_code_and_a_real_installation_never_does(clinic: Clinic) -> None:
    clinic.clock.advance(minutes=1)
    address = f"/applications/{clinic.application_id}"
    assert clinic.code("director") in words_of(clinic.client("director", proved=False).get(address))
    with clinic.app.app_context():
        names = db.session.execute(
            text(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'installation'"
                if db.engine.dialect.name == "sqlite"
                else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = 'installation'::regclass"
            )
        ).scalars()
        for name in list(names):
            on = "" if db.engine.dialect.name == "sqlite" else " ON installation"
            db.session.execute(text(f"DROP TRIGGER {name}{on}"))
        db.session.execute(text("UPDATE installation SET kind = 'real'"))
        db.session.commit()
    shown = words_of(clinic.client("director", proved=False).get(address))
    assert "Code of your authenticator" in shown
    assert clinic.code("director") not in shown
    assert "In this demonstration" not in shown
