"""practice: sessions, answers, cards, assignments, notes; every version in a form or a practice is held to its pool

Revision: 8c41d7e2b960
Follows: b81f6d20c4e7
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.database.base import UtcDateTime

revision = "8c41d7e2b960"
down_revision = "b81f6d20c4e7"
branch_labels = None
depends_on = None

OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_index("uq_item_version_id_pool", "item_version", ["id", "pool"], unique=True)
    with op.batch_alter_table("attempt_item") as table:  # on SQLite the table is made anew; env.py checks every reference after it
        table.drop_constraint(op.f("fk_attempt_item_item_version_id_item_version"), type_="foreignkey")
        table.add_column(sa.Column("pool", sa.String(length=10), server_default="exam", nullable=False))
        table.create_check_constraint(op.f("ck_attempt_item_pool"), "pool = 'exam'")
        table.create_foreign_key(
            op.f("fk_attempt_item_item_version_id_pool_item_version"), "item_version", ["item_version_id", "pool"], ["id", "pool"]
        )
    _create_session()
    _create_answer()
    op.create_table(
        "practice_card",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("stability", sa.Double(), nullable=False),
        sa.Column("difficulty", sa.Double(), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("first_answered_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("sure_and_wrong", sa.Boolean(), nullable=False),
        sa.CheckConstraint("answers > 0", name=op.f("ck_practice_card_answers")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_practice_card_item_id_item")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_practice_card_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "item_id", name=op.f("pk_practice_card")),
    )
    op.create_table(
        "practice_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.String(length=80), nullable=False),
        sa.Column("attempt_number", sa.Integer(), nullable=False),
        sa.Column("hazards", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("assigned_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_practice_assignment_person_id_person")),
        sa.ForeignKeyConstraint(["quiz_id"], ["quiz.id"], name=op.f("fk_practice_assignment_quiz_id_quiz")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_assignment")),
        sa.UniqueConstraint(
            "person_id", "quiz_id", "attempt_number", name=op.f("uq_practice_assignment_person_id_quiz_id_attempt_number")
        ),
    )
    op.create_table(
        "practice_note",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_practice_note_item_id_item")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_practice_note_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "item_id", name=op.f("pk_practice_note")),
    )


def _create_session() -> None:
    shown = ("shown_op_id", "shown_at", "shown_variant", "shown_why")
    whole = " AND ".join(f"(shown_version_id IS NULL) = ({name} IS NULL)" for name in shown)
    op.create_table(
        "practice_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("touched_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_s", sa.Integer(), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=20), nullable=True),
        sa.Column("shown_count", sa.Integer(), nullable=False),
        sa.Column("shown_op_id", sa.String(length=64), nullable=True),
        sa.Column("shown_version_id", sa.Integer(), nullable=True),
        sa.Column("shown_variant", sa.Text(), nullable=True),
        sa.Column("shown_why", sa.String(length=20), nullable=True),
        sa.Column("shown_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("pool", sa.String(length=10), server_default="practice", nullable=False),
        sa.CheckConstraint("pool = 'practice'", name=op.f("ck_practice_session_pool")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_practice_session_ended_whole")),
        sa.CheckConstraint(
            "ended_by IS NULL OR ended_by IN ('time', 'nothing_left', 'person')", name=op.f("ck_practice_session_ended_by")
        ),
        sa.CheckConstraint("ended_at IS NULL OR shown_version_id IS NULL", name=op.f("ck_practice_session_shows_while_open")),
        sa.CheckConstraint(whole, name=op.f("ck_practice_session_shown_whole")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_practice_session_person_id_person")),
        sa.ForeignKeyConstraint(
            ["shown_version_id", "pool"],
            ["item_version.id", "item_version.pool"],
            name=op.f("fk_practice_session_shown_version_id_pool_item_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_session")),
        sa.UniqueConstraint("id", "person_id", name=op.f("uq_practice_session_id_person_id")),
    )
    op.create_index(op.f("ix_practice_session_person_id"), "practice_session", ["person_id"], unique=False)
    op.create_index(
        "uq_practice_session_open", "practice_session", ["person_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )


def _create_answer() -> None:
    op.create_table(
        "practice_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("op_id", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("item_version_id", sa.Integer(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(length=20), nullable=True),
        sa.Column("mark_num", sa.Integer(), nullable=False),
        sa.Column("mark_den", sa.Integer(), nullable=False),
        sa.Column("dangerous", sa.Boolean(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("shown_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("pool", sa.String(length=10), server_default="practice", nullable=False),
        sa.CheckConstraint("pool = 'practice'", name=op.f("ck_practice_answer_pool")),
        sa.CheckConstraint(
            "certainty IS NULL OR certainty IN ('sure', 'fairly_sure', 'unsure')", name=op.f("ck_practice_answer_certainty")
        ),
        sa.CheckConstraint("mark_den > 0 AND mark_num >= 0 AND mark_num <= mark_den", name=op.f("ck_practice_answer_mark")),
        sa.CheckConstraint("number > 0", name=op.f("ck_practice_answer_number")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_practice_answer_item_id_item")),
        sa.ForeignKeyConstraint(
            ["item_version_id", "pool"],
            ["item_version.id", "item_version.pool"],
            name=op.f("fk_practice_answer_item_version_id_pool_item_version"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "person_id"],
            ["practice_session.id", "practice_session.person_id"],
            name=op.f("fk_practice_answer_session_id_person_id_practice_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_answer")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_practice_answer_session_id_number")),
        sa.UniqueConstraint("session_id", "op_id", name=op.f("uq_practice_answer_session_id_op_id")),
    )
    op.create_index("ix_practice_answer_person_id_item_id", "practice_answer", ["person_id", "item_id"], unique=False)


def downgrade() -> None:
    for name in ("practice_note", "practice_assignment", "practice_card", "practice_answer", "practice_session"):
        op.drop_table(name)
    with op.batch_alter_table("attempt_item") as table:
        table.drop_constraint(op.f("fk_attempt_item_item_version_id_pool_item_version"), type_="foreignkey")
        table.drop_constraint(op.f("ck_attempt_item_pool"), type_="check")
        table.drop_column("pool")
        table.create_foreign_key(
            op.f("fk_attempt_item_item_version_id_item_version"), "item_version", ["item_version_id"], ["id"]
        )
    op.drop_index("uq_item_version_id_pool", table_name="item_version")
