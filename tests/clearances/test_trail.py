"""The trail of a whole story is clean, and every edit behind the program's back is found."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.audit.actions import Event, record_all
from app.audit.queries import Verdict, verify
from app.database import db
from app.domain.permissions import SYSTEM
from tests.clearances.builders import Clinic


def verdict(clinic: Clinic) -> Verdict:
    """What a verification finds."""
    with clinic.app.app_context():
        return verify(db.session)


def disarm(clinic: Clinic) -> None:
    """Drop the triggers that keep the trail, as somebody with the database's password could."""
    with clinic.act() as session:
        for act in ("update", "delete"):
            on = " ON audit_event" if session.get_bind().dialect.name == "postgresql" else ""
            session.execute(text(f"DROP TRIGGER audit_event_no_{act}{on}"))


def tamper(clinic: Clinic, *statements: str) -> tuple[str, ...]:
    """Change the trail by raw SQL; the faults that are found."""
    disarm(clinic)
    stream = f"person:{clinic.ids['trainee']}"
    with clinic.act() as session:
        for statement in statements:
            session.execute(text(statement), {"s": stream})
    return verdict(clinic).faults


def test_the_whole_story_verifies_and_the_command_says_so(clinic: Clinic) -> None:
    clinic.granted()
    clinic.client("director").post(f"/applications/{clinic.senior_application_id}/claim")
    found = verdict(clinic)
    assert found.clean
    assert found.events > 100
    answer = clinic.command("audit", "verify")
    assert answer.exit_code == 0
    assert ", 0 faults" in answer.output


def test_the_page_verifies_too(clinic: Clinic) -> None:
    answer = clinic.client("auditor").get("/audit?verify=1")
    assert answer.status_code == 200


EDITS = {
    "a payload": ("UPDATE audit_event SET payload = replace(payload, 'met', 'mat') WHERE stream = :s AND act = 'competency.met'",),
    "one byte of a payload": ("UPDATE audit_event SET payload = payload || ' ' WHERE stream = :s AND seq = 3",),
    "an act": ("UPDATE audit_event SET act = 'person.renamed' WHERE stream = :s AND seq = 2",),
    "an actor": ("UPDATE audit_event SET actor_id = 1, actor_name = 'Ada Admin' WHERE stream = :s AND seq = 4",),
    "a name": ("UPDATE audit_event SET actor_name = 'Somebody' WHERE stream = :s AND seq = 4",),
    "a time": ("UPDATE audit_event SET at = '2026-01-01 00:00:00+00:00' WHERE stream = :s AND seq = 4",),
    "a digest": ("UPDATE audit_event SET sha256 = previous_sha256 WHERE stream = :s AND seq = 4",),
    "a link": ("UPDATE audit_event SET previous_sha256 = sha256 WHERE stream = :s AND seq = 4",),
    "one in the middle": ("DELETE FROM audit_event WHERE stream = :s AND seq = 5",),
    "the first": ("DELETE FROM audit_event WHERE stream = :s AND seq = 1",),
    "the last": ("DELETE FROM audit_event WHERE stream = :s AND seq = (SELECT seq FROM stream_head WHERE stream = :s)",),
    "a whole stream": ("DELETE FROM audit_event WHERE stream = :s",),
    "two that changed places": (
        "UPDATE audit_event SET seq = 900000 WHERE stream = :s AND seq = 4",
        "UPDATE audit_event SET seq = 4 WHERE stream = :s AND seq = 5",
        "UPDATE audit_event SET seq = 5 WHERE stream = :s AND seq = 900000",
    ),
    "one moved to another stream": ("UPDATE audit_event SET stream = 'person:7777' WHERE stream = :s AND seq = 2",),
    "the head's number": ("UPDATE stream_head SET seq = seq - 1 WHERE stream = :s",),
    "the head's digest": ("UPDATE stream_head SET sha256 = 'f' WHERE stream = :s",),
    "a head": ("DELETE FROM stream_head WHERE stream = :s",),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_behind_the_programs_back_is_found(clinic: Clinic, edit: str) -> None:
    faults = tamper(clinic, *EDITS[edit])
    assert faults
    assert any("person:" in fault for fault in faults)
    assert clinic.command("audit", "verify").exit_code == 1


def test_a_payload_that_is_no_json_is_reported_and_no_crash(clinic: Clinic) -> None:
    assert tamper(clinic, "UPDATE audit_event SET payload = 'nothing' WHERE stream = :s AND seq = 3")


@pytest.mark.parametrize("query", ["before=x", "before=99999999999999999999999999", "before=-1", "act=%00", "act=" + "x" * 9000])
def test_a_strange_filter_of_the_trail_is_no_fault(clinic: Clinic, query: str) -> None:
    assert clinic.client("auditor").get(f"/audit?{query}").status_code in (200, 400, 404, 422)


def test_events_hold_no_names_of_papers_and_no_reasons(clinic: Clinic) -> None:
    with clinic.act() as session:
        clinic.decide(session, "return", "director", reason="A very private reason.")
    for private in ("very private", "Looked up in the register", "Seen over several", "Named side and needle", "N-trainee"):
        assert clinic.count(f"audit_event WHERE payload LIKE '%{private}%'") == 0


def test_two_events_of_one_stream_are_not_appended_together(clinic: Clinic) -> None:
    before = clinic.count("audit_event")
    with clinic.act() as session, pytest.raises(ValueError, match="one stream"):
        record_all(session, [Event("site:1", act, SYSTEM, {}) for act in ("first", "second")], now=clinic.clock.at)
    assert clinic.count("audit_event") == before
