"""History cannot be rewritten, whoever asks the database."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import CheckConstraint, text
from sqlalchemy.exc import DBAPIError

from app.audit.actions import record
from app.database import app_metadata, db
from app.database.triggers import missing_triggers, required_triggers
from app.domain.permissions import SYSTEM
from tests.clock import START

APPEND_ONLY = {
    "acknowledgement", "appeal", "appeal_outcome", "application", "application_decision", "application_event", "attempt_item",
    "attempt_opening",
    "audit_event", "catalogue_group", "catalogue_version", "challenge", "challenge_answer", "clinical_review", "clock_entry",
    "competency_approval", "decision", "decision_answer", "decision_evidence", "decision_seen", "delegation", "delegation_end",
    "document", "document_verification",
    "evidence_void", "exam_sitting", "grade", "identity_proof",
    "graded_item", "item_change", "item_version", "observation", "observation_record", "policy_draft", "policy_version",
    "policy_withdrawal", "practice_answer",
    "practice_assignment", "quiz_version", "regrade", "regrade_event", "regrade_version", "regraded_attempt", "returned_gap",
    "response_revision", "scene_version", "signature", "sitting_candidate", "time_allowance", "used_code",
}  # fmt: skip


def test_the_list_of_append_only_tables_is_as_written_here() -> None:
    assert {t.name for t in app_metadata.sorted_tables if t.info.get("append_only")} == APPEND_ONLY


def test_every_trigger_that_the_models_ask_for_is_present(app: Flask) -> None:
    with db.engine.connect() as connection:
        assert missing_triggers(connection, app_metadata) == []
        assert len(required_triggers(app_metadata, connection.dialect.name)) >= 2 * len(APPEND_ONLY)


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET act = 'x'", "DELETE FROM audit_event"])
def test_an_event_can_neither_be_changed_nor_deleted(app: Flask, statement: str) -> None:
    record(db.session, stream="person:1", act="person.added", actor=SYSTEM, now=START, facts={})
    db.session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(statement))


def test_every_word_of_a_closed_list_fits_its_column() -> None:
    """SQLite takes a word that is too long for its column; PostgreSQL refuses it, and with it whatever was to be saved."""
    seen = 0
    for table in app_metadata.sorted_tables:
        for check in (c for c in table.constraints if isinstance(c, CheckConstraint)):
            for name, words in re.findall(r"(\w+) (?:NOT )?IN \(([^)]*)\)", str(check.sqltext)):
                room = getattr(table.c[name].type, "length", None)
                for word in re.findall(r"'([^']*)'", words):
                    assert room is None or len(word) <= room, f"{table.name}.{name} has room for {room} letters: {word}"
                    seen += 1
    assert seen > 30
