"""exam time: allowances, breaks and extensions

Revision: 8c41b0e6d2f7
Follows: 3f2c9a7d5e10
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.database.base import UtcDateTime

revision = "8c41b0e6d2f7"
down_revision = "3f2c9a7d5e10"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "time_allowance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("multiplier_num", sa.Integer(), nullable=False),
        sa.Column("multiplier_den", sa.Integer(), nullable=False),
        sa.Column("extra_s", sa.Integer(), nullable=False),
        sa.Column("break_s", sa.Integer(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("set_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("set_by_id <> person_id", name=op.f("ck_time_allowance_not_for_oneself")),
        sa.CheckConstraint("multiplier_num >= multiplier_den AND multiplier_den > 0", name=op.f("ck_time_allowance_multiplier")),
        sa.CheckConstraint("extra_s >= 0 AND break_s >= 0", name=op.f("ck_time_allowance_seconds")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_time_allowance_person_id_person")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_time_allowance_set_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_allowance")),
    )
    op.create_index(op.f("ix_time_allowance_person_id"), "time_allowance", ["person_id"], unique=False)
    op.create_table(
        "clock_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("deadline_before", UtcDateTime(timezone=True), nullable=False),
        sa.Column("deadline_after", UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('extension', 'break_began', 'break_ended')", name=op.f("ck_clock_entry_kind")),
        sa.CheckConstraint(
            "kind <> 'extension' OR (deadline_after > deadline_before AND reason <> '')", name=op.f("ck_clock_entry_extension")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_clock_entry_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_clock_entry_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_entry")),
    )
    op.create_index(op.f("ix_clock_entry_attempt_id"), "clock_entry", ["attempt_id"], unique=False)
    with op.batch_alter_table("attempt") as batch:
        batch.add_column(sa.Column("break_left_s", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("break_began_at", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("attempt") as batch:
        batch.drop_column("break_began_at")
        batch.drop_column("break_left_s")
    op.drop_index(op.f("ix_clock_entry_attempt_id"), table_name="clock_entry")
    op.drop_table("clock_entry")
    op.drop_index(op.f("ix_time_allowance_person_id"), table_name="time_allowance")
    op.drop_table("time_allowance")
