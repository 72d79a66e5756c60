"""decision_seen, decision_answer, appeal, appeal_outcome, delegation, delegation_end, returned_gap; application_event: words

Revision: 6d1c3b8f2a74
Follows: 2f7a90c4e1bd
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.database.base import UtcDateTime

revision = "6d1c3b8f2a74"
down_revision = "6c1d48f0a7e2"
branch_labels = None
depends_on = None

OLD_KINDS = "kind IN ('claimed', 'released', 'withdrawn')"
KINDS = "kind IN ('claimed', 'released', 'taken_over', 'resubmitted', 'withdrawn')"
READ_FROM_HERE = {
    "application_decision": ("application_decision_next_round",),
    "decision": ("decision_covers_count_as_one", "decision_covers_no_observer", "decision_covers_no_revoker"),
}
"""Triggers of earlier tables that read the tables of this revision, or read others since this revision."""


def upgrade() -> None:
    _forget()
    _answers()
    _appeals()
    _covers()
    op.create_table(
        "returned_gap",
        sa.Column("decision_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("requirement", sa.String(length=80), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_returned_gap_decision_id_decision")),
        sa.PrimaryKeyConstraint("decision_id", "requirement", name=op.f("pk_returned_gap")),
    )
    with op.batch_alter_table("application_event") as batch:
        batch.add_column(sa.Column("words", sa.String(length=500), nullable=False, server_default=""))
        batch.drop_constraint(op.f("ck_application_event_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_application_event_kind"), KINDS)
    with op.batch_alter_table("application_event") as batch:
        batch.alter_column("words", server_default=None)


def downgrade() -> None:
    """Refused by the old constraint where an application was taken over or sent again: nothing is thrown away."""
    _forget()
    with op.batch_alter_table("application_event") as batch:
        batch.drop_constraint(op.f("ck_application_event_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_application_event_kind"), OLD_KINDS)
        batch.drop_column("words")
    with op.batch_alter_table("delegation") as batch:
        batch.drop_index("ix_delegation_site")
    with op.batch_alter_table("decision_answer") as batch:
        batch.drop_index(batch.f("ix_decision_answer_decision_id"))
    for table in (
        "returned_gap", "delegation_end", "delegation", "appeal_outcome", "appeal", "decision_answer", "decision_seen",
    ):  # fmt: skip
        op.drop_table(table)


def _answers() -> None:
    op.create_table(
        "decision_seen",
        sa.Column("decision_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_seen_decision_id_decision")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_decision_seen_person_id_person")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision_seen")),
    )
    op.create_table(
        "decision_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_answer_decision_id_decision")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_decision_answer_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_answer")),
    )
    with op.batch_alter_table("decision_answer") as batch:
        batch.create_index(batch.f("ix_decision_answer_decision_id"), ["decision_id"], unique=False)


def _appeals() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("grounds", sa.String(length=2000), nullable=False),
        sa.Column("opened_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_appeal_decision_id_decision")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_appeal_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_appeal_decision_id")),
    )
    op.create_table(
        "appeal_outcome",
        sa.Column("appeal_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("hearer_id", sa.Integer(), nullable=False),
        sa.Column("signature_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('uphold', 'set_aside')", name=op.f("ck_appeal_outcome_outcome")),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_outcome_appeal_id_appeal")),
        sa.ForeignKeyConstraint(["hearer_id"], ["person.id"], name=op.f("fk_appeal_outcome_hearer_id_person")),
        sa.ForeignKeyConstraint(
            ["signature_id", "hearer_id"],
            ["signature.id", "signature.signer_id"],
            name=op.f("fk_appeal_outcome_signature_id_hearer_id_signature"),
        ),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_appeal_outcome")),
        sa.UniqueConstraint("signature_id", name=op.f("uq_appeal_outcome_signature_id")),
    )


def _covers() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("delegator_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("starts_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("delegator_id <> delegate_id", name=op.f("ck_delegation_two_people")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_delegation_has_an_end")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_delegation_site_id_site")),
        sa.ForeignKeyConstraint(["delegator_id"], ["person.id"], name=op.f("fk_delegation_delegator_id_person")),
        sa.ForeignKeyConstraint(["delegate_id"], ["person.id"], name=op.f("fk_delegation_delegate_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    with op.batch_alter_table("delegation") as batch:
        batch.create_index("ix_delegation_site", ["site_id", "ends_at"], unique=False)
    op.create_table(
        "delegation_end",
        sa.Column("delegation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delegation_id"], ["delegation.id"], name=op.f("fk_delegation_end_delegation_id_delegation")
        ),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_delegation_end_ended_by_id_person")),
        sa.PrimaryKeyConstraint("delegation_id", name=op.f("pk_delegation_end")),
    )


def _forget() -> None:
    """Drop triggers that ask for something else before or after; those that hold are made after the migration."""
    for table, triggers in READ_FROM_HERE.items():
        for trigger in triggers:
            if op.get_bind().dialect.name == "sqlite":
                op.execute(f"DROP TRIGGER IF EXISTS {trigger}")
                continue
            op.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
            op.execute(f"DROP FUNCTION IF EXISTS {trigger}()")
