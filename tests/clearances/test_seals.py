"""A signature that was edited, copied or taken away is found, whichever field of it somebody changed; and the page warns."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import Table, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from app.clearances.models import EvidenceVoid
from app.clearances.queries import verify_seals
from app.clearances.queries.seals import SEALED
from app.database import app_metadata, db
from app.decisions.models import Decision
from app.domain.canonical import canonical_bytes, digest
from app.domain.sealing import BROKEN, seal_of, signature_faults
from app.signatures.models import Signature
from tests.clearances.builders import GROUP, PASSWORD, Clinic, hidden, words_of

SIGNATURE: Table = app_metadata.tables[Signature.__tablename__]
DECISION: Table = app_metadata.tables[Decision.__tablename__]
FIELDS = [c.name for c in SIGNATURE.columns]


def disarm(session: Any, *tables: str) -> None:
    """Take away what keeps these tables, as somebody with the database's password could: triggers, and the keys between them."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        return
    session.execute(text("PRAGMA defer_foreign_keys = ON"))
    for name in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
        if any(name.startswith(table) for table in tables):
            session.execute(text(f"DROP TRIGGER {name}"))


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 10_000
    if isinstance(value, str):
        return f"{value[:-1]}{'y' if value[-1:] == 'x' else 'x'}"
    return value + timedelta(seconds=1)


def faults(session: Any) -> tuple[str, ...]:
    return verify_seals(session).faults


@pytest.mark.parametrize("field", FIELDS)
def test_a_change_of_any_field_of_a_signature_is_found(clinic: Clinic, field: str) -> None:
    clinic.granted()
    with clinic.app.app_context():
        session = db.session
        assert faults(session) == ()
        disarm(session, "signature")
        for row in session.execute(select(SIGNATURE).order_by(SIGNATURE.c.id.desc()).limit(3)).all():
            session.execute(update(SIGNATURE).where(SIGNATURE.c.id == row.id).values({field: other(getattr(row, field))}))
            assert faults(session), f"signature {row.id}: {field} was changed and nothing found"
            back = SIGNATURE.c.id == (other(row.id) if field == "id" else row.id)
            session.execute(update(SIGNATURE).where(back).values({field: getattr(row, field)}))
        assert faults(session) == ()
        session.rollback()


@pytest.mark.parametrize("table", sorted(SEALED))
def test_a_change_of_what_a_signature_covers_is_found(clinic: Clinic, table: str) -> None:
    clinic.granted()
    if table == EvidenceVoid.__tablename__:
        call_back(clinic)
    with clinic.app.app_context():
        session, found = db.session, app_metadata.tables[table]
        disarm(session, table)
        row = session.execute(select(found).order_by(found.c.id.desc()).limit(1)).one()
        tried = 0
        names = [c.name for c in found.columns if c.name not in UNSIGNED.get(table, {"id"})]
        for name in names:
            was = getattr(row, name)
            changed = other(was) if was is not None else (1 if name.endswith("id") else None)
            if changed is None:
                continue
            try:
                with session.begin_nested():
                    session.execute(update(found).where(found.c.id == row.id).values({name: _json(name, changed, was)}))
            except IntegrityError:
                continue  # the database itself refuses it, even without its triggers
            tried += 1
            assert faults(session), f"{table}.{name} was changed and nothing found"
            session.execute(update(found).where(found.c.id == row.id).values({name: was}))
        session.rollback()
    assert tried >= 4


UNSIGNED = {
    "decision": {"id", "catalogue_version_id", "recommender_id"},
    "document_verification": {"id", "entered_by_id"},
}  # fmt: skip
"""Columns that the database holds by its own keys; the rest is under the signature, or follows from it."""


def _json(name: str, changed: Any, was: Any) -> Any:
    return {"regions": '["calf"]', "limits": was.replace("false", "true", 1) if isinstance(was, str) else was,
            "rows": '{"x":1}', "auto_fail": '["x"]'}.get(name, changed)  # fmt: skip


def call_back(clinic: Clinic) -> None:
    """Let the director call back the trainee's newest observation."""
    number = clinic.scalar(f"SELECT max(id) FROM observation_record WHERE trainee_id = {clinic.ids['trainee']}")
    client, path = clinic.client("director"), f"/evidence/observation/{number}/recall"
    shown = hidden(client.get(path), "shown")
    answer = client.post(path, data={"shown": shown, "reason": "Signed for the wrong person.", "password": ""})
    assert answer.status_code == 302, words_of(answer)


def test_a_signature_copied_under_another_record_is_found(clinic: Clinic) -> None:
    clinic.granted()
    with clinic.app.app_context():
        session = db.session
        disarm(session, "decision", "signature")
        grant = session.execute(select(DECISION).where(DECISION.c.kind == "grant").order_by(DECISION.c.id.desc())).first()
        copied = {**grant._mapping, "id": grant.id + 1000, "person_id": clinic.ids["ready"]}
        session.execute(delete(DECISION).where(DECISION.c.id == grant.id))
        session.execute(insert(DECISION).values(**copied))
        found = [f for f in faults(session) if f.startswith(f"decision {grant.id + 1000}:")]
        session.rollback()
    assert f"decision {grant.id + 1000}: it was signed for another record" in found
    assert any("person is not what was signed" in f for f in found)


def test_a_signature_rewritten_together_with_its_record_is_found_by_the_trail(clinic: Clinic) -> None:
    clinic.granted()
    with clinic.app.app_context():
        session = db.session
        disarm(session, "decision", "signature")
        grant = session.execute(select(DECISION).where(DECISION.c.kind == "grant").order_by(DECISION.c.id.desc())).first()
        stored = session.execute(select(SIGNATURE).where(SIGNATURE.c.id == grant.signature_id)).one()
        body = json.loads(stored.payload)
        body["shown"]["reason"] = "Something else entirely."
        session.execute(update(DECISION).where(DECISION.c.id == grant.id).values(reason="Something else entirely."))
        new = {"payload": canonical_bytes(body).decode(), "sha256": digest(body)}
        session.execute(update(SIGNATURE).where(SIGNATURE.c.id == stored.id).values(**new))
        found = faults(session)
        session.rollback()
    assert len(found) == 1
    assert f"signature {stored.id} is not the one that was made" in found[0]


def test_the_command_counts_signatures_and_names_the_broken_one(clinic: Clinic) -> None:
    clinic.granted()
    whole = clinic.command("audit", "verify")
    assert (whole.exit_code, "signatures, 0 faults" in whole.output) == (0, True), whole.output
    with clinic.act() as session:
        disarm(session, "signature")
        newest = session.execute(select(SIGNATURE.c.id).order_by(SIGNATURE.c.id.desc())).first().id
        session.execute(update(SIGNATURE).where(SIGNATURE.c.id == newest).values(printed_name="Somebody Else"))
    broken = clinic.command("audit", "verify")
    assert broken.exit_code == 1
    assert f"signature {newest}: column printed_name differs from the signed bytes" in broken.output


def pages(clinic: Clinic) -> list[str]:
    """The words of the application, the person's record and the register, as the director sees them."""
    director = clinic.client("director")
    paths = (f"/applications/{clinic.application_id}", f"/people/{clinic.ids['trainee']}", "/register?state=CLEARED")
    return [words_of(director.get(path)) for path in paths]


def test_pages_show_each_signature_with_printed_name_instant_with_offset_and_meaning(clinic: Clinic) -> None:
    clinic.granted()
    for page in pages(clinic):
        assert "Dora Director, 24 Nov 2026, 09:00:00 UTC+00:00 : I grant independent practice to Tara Trainee" in page
        assert "BROKEN SIGNATURE" not in page


def test_pages_show_a_warning_instead_of_the_name_where_the_bytes_do_not_match(clinic: Clinic) -> None:
    clinic.granted()
    with clinic.act() as session:
        disarm(session, "signature")
        grant = session.execute(select(DECISION).where(DECISION.c.kind == "grant").order_by(DECISION.c.id.desc())).first()
        session.execute(update(SIGNATURE).where(SIGNATURE.c.id == grant.signature_id).values(printed_name="Dora Forger"))
    assert clinic.command("repair-triggers").exit_code == 0
    for page in pages(clinic):
        assert "BROKEN SIGNATURE" in page
        assert "Dora Forger" not in page
    rows = clinic.client("director").get("/register.csv?state=CLEARED").get_data(as_text=True)
    assert rows.count("Broken signature") == 2
    number = clinic.scalar("SELECT max(id) FROM decision WHERE kind = 'grant'")
    packed = clinic.client("director").post(f"/clearances/{number}/evidence").get_data()
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        summary = PdfReader(io.BytesIO(files.read(f"evidence-{number}/summary.pdf")))
    text = " ".join(" ".join(page.extract_text() for page in summary.pages).split())
    assert "Broken signature" in text
    assert "Dora Forger" not in text


def test_the_page_of_a_stop_shows_its_signature_or_the_warning(clinic: Clinic) -> None:
    clinic.granted()
    path = f"/people/{clinic.ids['trainee']}/stop/{clinic.sites['north']}/{GROUP}"
    form = {"what": "hold", "level": "independent", "regions": list(clinic.regions), "reason": "Something is looked into.",
            "password": PASSWORD}  # fmt: skip
    answer = clinic.client("director").post(path, data=form)
    assert "Dora Director, 24 Nov 2026, 09:00:10 UTC+00:00" in words_of(clinic.client("second").get(answer.location))
    with clinic.act() as session:
        disarm(session, "decision")
        session.execute(update(DECISION).where(DECISION.c.kind == "hold").values(reason="Nothing of the kind."))
    assert clinic.command("repair-triggers").exit_code == 0
    page = words_of(clinic.client("second").get(answer.location))
    assert "BROKEN SIGNATURE" in page
    assert "Dora Director" not in page


@pytest.mark.parametrize(
    "payload", ["", "[]", "null", "{", '{"a":NaN}', '{"a":"\\ud800"}', "[" * 100_000, '{"shown":[]}', '{"shown":{}}', "9" * 5000]
)
def test_signed_bytes_of_any_kind_are_no_fault_of_the_program(payload: str) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    row = dict.fromkeys(FIELDS, "x") | {"payload": payload, "signed_at": at, "signer_id": 1}
    assert signature_faults(row)
    decision = dict.fromkeys((c.name for c in DECISION.columns), 1) | {"limits": "{", "regions": "[" * 9999, "kind": "grant",
                                                                      "occurred_at": at, "until": None}  # fmt: skip
    assert not seal_of("decision", decision, row).whole
    assert seal_of("decision", decision, None).words == f"{BROKEN}."
