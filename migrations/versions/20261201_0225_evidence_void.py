"""evidence_void: pieces of evidence that somebody called back

Revision: 2f7a90c4e1bd
Follows: 8e2b6d5f1c90
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.database.base import UtcDateTime

revision = "2f7a90c4e1bd"
down_revision = "8e2b6d5f1c90"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence_void",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("voided_by_id", sa.Integer(), nullable=False),
        sa.Column("voided_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("signature_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('observation', 'competency', 'document', 'exam')", name=op.f("ck_evidence_void_kind")
        ),
        sa.CheckConstraint("voided_by_id <> person_id", name=op.f("ck_evidence_void_not_ones_own")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_evidence_void_person_id_person")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_evidence_void_site_id_site")),
        sa.ForeignKeyConstraint(["voided_by_id"], ["person.id"], name=op.f("fk_evidence_void_voided_by_id_person")),
        sa.ForeignKeyConstraint(
            ["signature_id", "voided_by_id"],
            ["signature.id", "signature.signer_id"],
            name=op.f("fk_evidence_void_signature_id_voided_by_id_signature"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_void")),
        sa.UniqueConstraint("kind", "record_id", name=op.f("uq_evidence_void_kind_record_id")),
    )
    with op.batch_alter_table("evidence_void") as batch:
        batch.create_index(batch.f("ix_evidence_void_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("evidence_void") as batch:
        batch.drop_index(batch.f("ix_evidence_void_person_id"))
    op.drop_table("evidence_void")
