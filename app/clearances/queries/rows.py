"""Raw rows for the second reckoning of standing: plain SELECTs, as far as they were known at an instant."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from app.accounts.models import Installation, Membership, Person, Site
from app.attempts.models import Attempt, Grade
from app.catalogue.models import CatalogueVersion
from app.clearances.models import Application, ApplicationDecision, ApplicationEvent, DecisionEvidence, EvidenceVoid, PolicyVersion
from app.database import table_of
from app.decisions.models import Appeal, AppealOutcome, Decision
from app.domain.recheck import Row, Rows
from app.records.models import Document, DocumentVerification
from app.supervision.models import CompetencyApproval, Observation, ObservationRecord

SHARED = (Installation, Site, CatalogueVersion, PolicyVersion)
"""What is the same for everybody."""
OF_PEOPLE = {
    Person: ("id", None),
    Membership: ("person_id", None),
    Observation: ("trainee_id", None),
    ObservationRecord: ("trainee_id", "signed_at"),
    CompetencyApproval: ("person_id", "approved_at"),
    Document: ("holder_id", "entered_at"),
    DocumentVerification: ("holder_id", "verified_at"),
    Attempt: ("person_id", None),
    Application: ("person_id", "opened_at"),
    EvidenceVoid: ("person_id", "voided_at"),
}
"""Table → the column that names the person, and the one that says when a row was recorded."""


def shared_rows(session: Session) -> dict[str, list[Row]]:
    """The rows that are the same for everybody."""
    return {model.__tablename__: _rows(session, table_of(model)) for model in SHARED}


def raw_rows(session: Session, person_ids: Collection[int], known: datetime, shared: Rows | None = None) -> Rows:
    """Every row that the standing of some people is reckoned from, with the decisions about those who observed them."""
    found: dict[str, list[Row]] = dict(shared if shared is not None else shared_rows(session))
    found["policy_version"] = [p for p in found["policy_version"] if p["published_at"] <= known]
    for model, (person, recorded) in OF_PEOPLE.items():
        table = table_of(model)
        known_by = [table.c[recorded] <= known] if recorded is not None else []
        found[table.name] = _rows(session, table, table.c[person].in_(person_ids), *known_by)
    about = {*person_ids, *(r["observer_id"] for r in found["observation_record"])}
    decision, evidence, grade = table_of(Decision), table_of(DecisionEvidence), table_of(Grade)
    found["decision"] = _rows(session, decision, decision.c.person_id.in_(about), decision.c.recorded_at <= known)
    found["decision_evidence"] = _rows(session, evidence, evidence.c.decision_id.in_([d["id"] for d in found["decision"]]))
    applications = [a["id"] for a in found["application"]]
    answered, event = table_of(ApplicationDecision), table_of(ApplicationEvent)
    found["application_decision"] = _rows(session, answered, answered.c.application_id.in_(applications))
    found["application_event"] = _rows(session, event, event.c.application_id.in_(applications), event.c.at <= known)
    appeal, heard = table_of(Appeal), table_of(AppealOutcome)
    found["appeal"] = _rows(session, appeal, appeal.c.person_id.in_(person_ids))
    of_these = heard.c.appeal_id.in_([a["id"] for a in found["appeal"]])
    found["appeal_outcome"] = _rows(session, heard, of_these, heard.c.decided_at <= known)
    attempts = [a["id"] for a in found["attempt"]]
    found["grade"] = _rows(session, grade, grade.c.attempt_id.in_(attempts), grade.c.graded_at <= known)
    return found


def _rows(session: Session, table: Table, *conditions: ColumnElement[bool]) -> list[Row]:
    return [dict(row) for row in session.execute(select(table).where(*conditions)).mappings()]
