"""planned starts, and forms drawn ahead of them

Revision: d2a7905be318
Follows: 8c41d7e2b960
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.database.base import UtcDateTime

revision = "d2a7905be318"
down_revision = "8c41d7e2b960"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exam_sitting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.String(length=80), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("planned_by_id", sa.Integer(), nullable=False),
        sa.Column("planned_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["quiz_id"], ["quiz.id"], name=op.f("fk_exam_sitting_quiz_id_quiz")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_exam_sitting_site_id_site")),
        sa.ForeignKeyConstraint(["planned_by_id"], ["person.id"], name=op.f("fk_exam_sitting_planned_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_sitting")),
    )
    op.create_index(op.f("ix_exam_sitting_site_id"), "exam_sitting", ["site_id"], unique=False)
    op.create_table(
        "sitting_candidate",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["exam_sitting.id"], name=op.f("fk_sitting_candidate_sitting_id_exam_sitting")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sitting_candidate_person_id_person")),
        sa.PrimaryKeyConstraint("sitting_id", "person_id", name=op.f("pk_sitting_candidate")),
    )
    op.create_table(
        "prepared_form",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.String(length=80), nullable=False),
        sa.Column("seed", sa.String(length=40), nullable=False),
        sa.Column("stamp", sa.String(length=300), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("prepared_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_prepared_form_person_id_person")),
        sa.ForeignKeyConstraint(["quiz_id"], ["quiz.id"], name=op.f("fk_prepared_form_quiz_id_quiz")),
        sa.PrimaryKeyConstraint("person_id", "quiz_id", name=op.f("pk_prepared_form")),
    )


def downgrade() -> None:
    op.drop_table("prepared_form")
    op.drop_table("sitting_candidate")
    op.drop_index(op.f("ix_exam_sitting_site_id"), table_name="exam_sitting")
    op.drop_table("exam_sitting")
