"""The ten requirements of electronic signatures (21 CFR 11, Annex 11), each with the test that is named after it."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.accounts import actions as accounts
from app.accounts.queries import list_memberships, who
from app.clearances.queries import verify_seals
from app.database import app_metadata, db
from app.domain.errors import InvalidInput
from app.domain.permissions import SYSTEM, Actor
from app.signatures.models import Signature
from tests.clearances.builders import PASSWORD, Browser, Clinic, hidden, words_of
from tests.clearances.test_evidence_pack import unpacked
from tests.clearances.test_seals import disarm, other

SIGNATURE = app_metadata.tables[Signature.__tablename__]
MEANING = "I grant independent practice"


def address(clinic: Clinic) -> str:
    """The application that waits."""
    return f"/applications/{clinic.application_id}"


def decide(client: Browser, clinic: Clinic, act: str, **fields: str) -> Any:
    """Sign a decision on what the page shows now."""
    page = client.get(address(clinic))
    data = {"act": act, "shown": hidden(page, "shown"), "recommendation": hidden(page, "recommendation"), **fields}
    return client.post(f"{address(clinic)}/decide", data=data)


def asked(client: Browser, clinic: Clinic) -> set[str]:
    """What the signing form asks for now."""
    page = client.get(address(clinic)).get_data(as_text=True)
    return {name for name in ("password", "code") if f'name="{name}"' in page}


def signed(clinic: Clinic) -> int:
    """How many signatures there are."""
    return clinic.count("signature")


def test_01_a_signed_record_shows_printed_name_time_with_offset_and_meaning_on_screen_in_pdf_and_in_exports(clinic: Clinic) -> None:
    clinic.granted()
    granted = clinic.scalar("SELECT max(id) FROM decision WHERE kind = 'grant'")
    client = clinic.client("director")
    pack = unpacked(client.post(f"/clearances/{granted}/evidence").get_data())
    pdf = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pack["summary.pdf"])).pages).split())
    table = client.get(f"/register.csv?site={clinic.sites['north']}").get_data(as_text=True)
    rows = " ".join(" ".join(row) for row in csv.reader(io.StringIO(table)))
    for shown in (words_of(client.get(address(clinic))), pdf, rows, pack["signatures.json"].decode()):
        assert "Dora Director" in shown
        assert MEANING in shown
        assert "+00:00" in shown


def test_02_the_first_signature_takes_both_components_later_ones_one_and_a_pause_or_a_new_role_both_again(clinic: Clinic) -> None:
    client = clinic.client("director", proved=False)
    client.code_now = None
    assert asked(client, clinic) == {"code"}, "the password was typed at the door"
    assert decide(client, clinic, "return", reason="Two more on patients, please.").status_code == 422
    assert decide(client, clinic, "return", reason="Two more on patients, please.", code=clinic.code("director")).status_code == 302
    assert asked(client, clinic) == set()
    clinic.clock.advance(minutes=6)
    assert asked(client, clinic) == {"code"}
    assert decide(client, clinic, "return", reason="And one on the other side.", password=PASSWORD).status_code == 422
    assert decide(client, clinic, "return", reason="And one on the other side.", code=clinic.code("director")).status_code == 302
    clinic.clock.advance(minutes=16)
    assert asked(client, clinic) == {"password", "code"}
    code = {"code": clinic.code("director")}
    assert decide(client, clinic, "return", reason="And one in the other region.", **code).status_code == 422
    both = {"password": PASSWORD, "code": clinic.code("director")}
    assert decide(client, clinic, "return", reason="And one in the other region.", **both).status_code == 302
    assert asked(client, clinic) == set()
    with clinic.act() as session:
        admin, person = clinic.person(session, "admin"), clinic.person(session, "director")
        accounts.propose_role(
            session, person=person, role="trainee", site_id=clinic.sites["south"], actor=Actor(admin.id, admin.printed_name),
            who=who(session, admin, clinic.clock.at), now=clinic.clock.at,
        )  # fmt: skip
    assert asked(client, clinic) == {"password", "code"}


def test_03_a_signature_that_was_edited_or_copied_to_another_record_is_reported_as_broken(clinic: Clinic) -> None:
    clinic.granted()
    with clinic.app.app_context():
        assert verify_seals(db.session).faults == ()
        disarm(db.session, "signature")
        rows = db.session.execute(select(SIGNATURE).order_by(SIGNATURE.c.id.desc()).limit(2)).all()
        for field in ("signer_id", "printed_name", "meaning", "subject", "payload", "sha256", "signed_at", "time_zone", "method"):
            changed = {field: other(getattr(rows[0], field))}
            db.session.execute(update(SIGNATURE).where(SIGNATURE.c.id == rows[0].id).values(changed))
            assert verify_seals(db.session).faults, field
            db.session.execute(update(SIGNATURE).where(SIGNATURE.c.id == rows[0].id).values({field: getattr(rows[0], field)}))
        copied = {c.name: getattr(rows[1], c.name) for c in SIGNATURE.columns if c.name != "id"}
        db.session.execute(update(SIGNATURE).where(SIGNATURE.c.id == rows[0].id).values(copied))
        assert verify_seals(db.session).faults
        db.session.rollback()


def test_04_what_changed_after_it_was_shown_is_not_signed(clinic: Clinic) -> None:
    client = clinic.client("director")
    page = client.get(address(clinic))
    shown = hidden(page, "shown")
    before = signed(clinic)
    answer = client.post(f"{address(clinic)}/decide", data={"act": "recommend", "shown": "0" * len(shown)})
    assert answer.status_code == 409
    assert "changed" in words_of(answer)
    assert signed(clinic) == before


def test_05_an_identity_is_never_reused_and_what_a_closed_account_signed_stays_signed(clinic: Clinic) -> None:
    clinic.granted()
    with clinic.act() as session:
        admin, gone = clinic.person(session, "admin"), clinic.person(session, "observer1")
        facts = who(session, admin, clinic.clock.at)
        accounts.deactivate(
            session, person=gone, session_key="another", actor=Actor(admin.id, "Ada Admin"), who=facts, now=clinic.clock.at
        )
        with pytest.raises(InvalidInput, match="already signs in"):
            accounts.add_person(
                session, email="Observer1@test.invalid", printed_name="Another Person", profession="", session_key="k",
                actor=SYSTEM, now=clinic.clock.at,
            )  # fmt: skip
    assert "Olga Observer" in words_of(clinic.client("director").get(address(clinic)))
    assert clinic.command("audit", "verify").exit_code == 0


def test_06_nobody_signs_before_another_person_has_confirmed_who_they_are(clinic: Clinic) -> None:
    client = clinic.client("director")
    assert client.post("/account/second-factor/lost", data={"password": PASSWORD}).status_code == 302
    before = signed(clinic)
    answer = client.post(f"{address(clinic)}/decide", data={"act": "return", "shown": "x", "reason": "Two more, please."})
    assert answer.status_code == 403
    assert "second factor" in words_of(answer)
    columns = "printed_name, meaning, payload, sha256, signed_at, time_zone, method"
    forged = f"INSERT INTO signature (signer_id, subject, {columns}) SELECT :p, 'decision', {columns} FROM signature LIMIT 1"
    with clinic.app.app_context(), pytest.raises(DBAPIError, match="before they sign"):
        db.session.execute(text(forged), {"p": clinic.ids["trainee"]})
    assert signed(clinic) == before


def test_07_authority_is_asked_when_it_is_signed_and_not_when_the_page_was_opened(clinic: Clinic) -> None:
    client = clinic.client("observer1")
    shown = hidden(client.get(address(clinic)), "shown")
    with clinic.act() as session:
        admin = clinic.person(session, "admin")
        held = next(m for m in list_memberships(session, clinic.ids["observer1"]) if m.role == "supervisor")
        actor, facts = Actor(admin.id, admin.printed_name), who(session, admin, clinic.clock.at)
        accounts.end_role(session, membership=held, actor=actor, who=facts, now=clinic.clock.at)
    before = signed(clinic)
    answer = client.post(f"{address(clinic)}/decide", data={"act": "recommend", "shown": shown, "password": PASSWORD})
    assert answer.status_code in (403, 404)
    assert signed(clinic) == before


def test_08_the_trail_cannot_be_edited_by_the_program_and_an_edit_of_the_file_is_found(clinic: Clinic) -> None:
    clinic.granted()
    for table in ("audit_event", "signature", "decision"):
        for statement in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):
            with clinic.app.app_context(), pytest.raises(DBAPIError, match="append-only"):
                db.session.execute(text(statement))
    with clinic.act() as session:
        disarm(session, "audit_event")
        session.execute(text("UPDATE audit_event SET actor_name = 'Somebody Else' WHERE act = 'decision.grant'"))
    assert clinic.command("audit", "verify").exit_code == 1


def test_09_refused_tries_are_counted_locked_and_told_and_an_admins_reset_signs_nothing_for_a_day(clinic: Clinic) -> None:
    client = clinic.client("director", proved=False)
    client.code_now = None
    for _ in range(8):
        assert decide(client, clinic, "return", reason="Two more, please.", code="000000").status_code == 422
    answer = decide(client, clinic, "return", reason="Two more, please.", code=clinic.code("director"))
    assert answer.status_code == 429
    assert clinic.count("audit_event WHERE act = 'signing.locked'") == 1
    assert "Dora Director" in words_of(clinic.client("admin").get("/admin"))
    clinic.clock.advance(minutes=20)
    with clinic.act() as session:
        admin, person = clinic.person(session, "admin"), clinic.person(session, "director")
        actor = Actor(admin.id, admin.printed_name)
        link = accounts.issue_link(session, person=person, purpose="reset", token="t" * 32, actor=actor, now=clinic.clock.at)
        passwords = clinic.app.extensions["needle_clearance.passwords"]
        accounts.use_link(session, link=link, password=PASSWORD, passwords=passwords, session_key="new", now=clinic.clock.at)
    before = signed(clinic)
    clinic.clock.advance(hours=23)
    refused = decide(clinic.client("director"), clinic, "return", reason="Two more on patients, please.")
    assert refused.status_code == 403
    assert "24 hours" in words_of(refused)
    assert signed(clinic) == before


def test_10_each_decision_has_its_own_signature_and_the_whole_copy_is_checked_without_us(clinic: Clinic, tmp_path: Path) -> None:
    clinic.granted()
    assert clinic.scalar("SELECT count(*) - count(DISTINCT signature_id) FROM decision") == 0
    granted = clinic.scalar("SELECT max(id) FROM decision WHERE kind = 'grant'")
    raw = clinic.client("director").post(f"/clearances/{granted}/evidence").get_data()
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        packed.extractall(tmp_path)
    script = next(tmp_path.rglob("recheck.py"))
    found = subprocess.run([sys.executable, "-I", str(script)], capture_output=True, text=True, timeout=60, cwd="/")
    assert (found.returncode, "Everything fits." in found.stdout) == (0, True), found.stdout + found.stderr
