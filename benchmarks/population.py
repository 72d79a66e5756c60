"""Many people with a history each, or one long history: copies of one person's facts, each by one INSERT ... SELECT.

Triggers, checks and keys of the database stay on, so that nothing is there that the product itself could not have written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, Integer, MetaData, String, Table, cast, func, insert, literal, select, text
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.attempts.models import Attempt, Grade
from app.clearances.models import Application, ApplicationDecision, ApplicationEvent, CheckCode, DecisionEvidence
from app.database import app_metadata
from app.decisions.models import Decision
from app.records.models import Document, DocumentVerification
from app.signatures.models import Signature
from app.supervision.models import CompetencyApproval, Observation, ObservationRecord

_TARGET = Table("bench_target", MetaData(), Column("n", Integer, primary_key=True), Column("person_id", Integer))
_OWNED: dict[Any, str] = {
    Attempt: "person_id", Observation: "trainee_id", ObservationRecord: "trainee_id", CompetencyApproval: "person_id",
    Document: "holder_id", DocumentVerification: "holder_id", CheckCode: "person_id",
}  # fmt: skip
"""What is copied first, in this order, by the column that names its person; the decisions follow, each with its evidence."""
EVIDENCE = (Attempt, ObservationRecord, CompetencyApproval, Document, DocumentVerification)
_THEMSELVES = ("person_id", "trainee_id", "holder_id", "entered_by_id", "actor_id")
_LINKS = {
    "attempt_id": "attempt", "observation_id": "observation", "record_id": "observation_record", "document_id": "document",
    "signature_id": "signature", "recommendation_id": "decision", "about_decision_id": "decision", "decision_id": "decision",
    "application_id": "application",
}  # fmt: skip
_REFERENCES = {"exam": "attempt", "observation": "observation_record", "competency": "competency_approval", "document": "document"}


@dataclass(slots=True)
class _Copying:
    """The new id of the copy of row `old` number n: first[table][old] + n."""

    session: Session
    template_id: int
    copies: int
    site_id: int | None
    first: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    next_id: dict[str, int] = field(default_factory=dict)

    def rows(self, model: Any, *conditions: ColumnElement[bool]) -> Sequence[Any]:
        """The rows of the template that meet some conditions, oldest first."""
        table = app_metadata.tables[model.__tablename__]
        return self.session.execute(select(table).where(*conditions).order_by(*table.primary_key)).mappings().all()

    def copy(self, model: Any, rows: Iterable[Any]) -> None:
        """Insert every copy of some rows."""
        table = app_metadata.tables[model.__tablename__]
        for row in rows:
            values = {c.name: self._value(table, c, row) for c in table.columns}
            self.session.execute(insert(table).from_select(list(values), select(*values.values()).select_from(_TARGET)))

    def _value(self, table: Table, column: Any, row: Any) -> ColumnElement[Any]:
        old, number = row[column.name], _TARGET.c.n
        if column.name == "id":
            return self._fresh(table, old) + number
        if old is None:
            return literal(None, column.type)
        if column.name == "site_id" and self.site_id is not None:
            return literal(self.site_id)
        if old == self.template_id and column.name in _THEMSELVES:
            return _TARGET.c.person_id
        linked = self.first[_LINKS.get(column.name, "")].get(old) if column.name in _LINKS else None
        if linked is not None:
            return literal(linked) + number
        if table.name == "decision_evidence" and column.name == "reference" and int(old) in self.first[_REFERENCES[row["kind"]]]:
            return cast(literal(self.first[_REFERENCES[row["kind"]]][int(old)]) + number, String)
        if column.name == "subject" and table.name == "signature" and old.startswith("observation:"):
            return literal("observation:") + cast(literal(self.first["observation"][int(old.split(":")[1])]) + number, String)
        if column.name == "code_sha256":
            return literal(old[:40]) + cast(literal(self.first[table.name][row["id"]]) + number, String)
        if column.name == "ordinal":
            return literal(old) + 100 * (number + 1)
        return literal(old, column.type)

    def _fresh(self, table: Table, old: int) -> ColumnElement[int]:
        if table.name not in self.next_id:
            self.next_id[table.name] = (self.session.scalar(select(func.max(table.c.id))) or 0) + 1
        self.first[table.name][old] = self.next_id[table.name]
        self.next_id[table.name] += self.copies
        return literal(self.first[table.name][old])


def copy_facts(session: Session, template_id: int, person_ids: Sequence[int], *, site_id: int | None = None) -> int:
    """Give a copy of one person's facts to each of some people, or several to that person; how many evidence rows each got.

    With `site_id` everything is said to have been at that site.
    """
    _TARGET.create(session.connection(), checkfirst=True)
    session.execute(_TARGET.delete())
    session.execute(insert(_TARGET), [{"n": n, "person_id": i} for n, i in enumerate(person_ids)])
    copying = _Copying(session, template_id, len(person_ids), site_id)
    counts = {model: _copy_owned(copying, model, own=template_id in person_ids) for model in _OWNED}
    _copy_decisions(copying)
    _raise_sequences(session, copying.next_id)
    session.expire_all()
    return sum(counts[model] for model in EVIDENCE)


def copy_rights(session: Session, template_id: int, site_id: int) -> None:
    """Let those who observed somebody observe at another site as well."""
    record, observer = ObservationRecord, Decision.person_id
    for person_id in session.scalars(select(record.observer_id).where(record.trainee_id == template_id).distinct()).all():
        _TARGET.create(session.connection(), checkfirst=True)
        session.execute(_TARGET.delete())
        session.execute(insert(_TARGET), [{"n": 0, "person_id": person_id}])
        copying = _Copying(session, person_id, 1, site_id)
        for decision in copying.rows(Decision, observer == person_id, Decision.level == "may_observe"):
            copying.copy(Signature, copying.rows(Signature, Signature.id == decision["signature_id"]))
            copying.copy(Decision, [decision])
        _raise_sequences(session, copying.next_id)


def _copy_owned(copying: _Copying, model: Any, *, own: bool) -> int:
    owner = getattr(model, _OWNED[model])
    closed = [Attempt.state == "closed"] if model is Attempt else []
    rows = [] if model is CheckCode and own else copying.rows(model, owner == copying.template_id, *closed)
    if model is ObservationRecord:
        copying.copy(Signature, copying.rows(Signature, Signature.id.in_([r["signature_id"] for r in rows])))
    copying.copy(model, rows)
    if model is Attempt:
        copying.copy(Grade, copying.rows(Grade, Grade.attempt_id.in_([r["id"] for r in rows])))
    return len(rows)


def _copy_decisions(copying: _Copying) -> None:
    """Applications but for renewals, and the decisions about the person, each after what the database asks of it."""
    mine = (Application.person_id == copying.template_id, Application.renews_decision_id.is_(None))
    applications = copying.rows(Application, *mine)
    copying.copy(Application, applications)
    ids = [a["id"] for a in applications]
    copying.copy(ApplicationEvent, copying.rows(ApplicationEvent, ApplicationEvent.application_id.in_(ids)))
    for decision in copying.rows(Decision, Decision.person_id == copying.template_id, Decision.kind != "renew"):
        number = decision["id"]
        copying.copy(Signature, copying.rows(Signature, Signature.id == decision["signature_id"]))
        copying.copy(Decision, [decision])
        copying.copy(DecisionEvidence, copying.rows(DecisionEvidence, DecisionEvidence.decision_id == number))
        of_it = (ApplicationDecision.decision_id == number, ApplicationDecision.application_id.in_(ids))
        copying.copy(ApplicationDecision, copying.rows(ApplicationDecision, *of_it))


def _raise_sequences(session: Session, tables: Iterable[str]) -> None:
    if session.get_bind().dialect.name == "postgresql":
        for name in tables:
            session.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"))


def new_people(session: Session, number: int, site_ids: Sequence[int], *, like: Person) -> list[int]:
    """People who belong to sites in turn, as trainees since somebody else's beginning."""
    taken = session.scalar(select(func.max(Person.id))) or 0
    names = [{"email": f"p{n}@crowd.invalid", "printed_name": f"Practitioner {n:06d}", "session_key": f"crowd-{n:032d}",
              "created_at": like.created_at} for n in range(taken + 1, taken + number + 1)]  # fmt: skip
    ids = list(session.scalars(insert(Person).returning(Person.id, sort_by_parameter_order=True), names))
    membership = app_metadata.tables["membership"]
    by = session.scalar(select(func.min(Person.id)))
    roles = [{"person_id": i, "site_id": site_ids[n % len(site_ids)], "role": "trainee", "proposed_by_id": by,
              "proposed_at": like.created_at, "external": False, "founding": False} for n, i in enumerate(ids)]  # fmt: skip
    session.execute(insert(membership), roles)
    return ids
