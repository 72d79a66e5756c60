"""second_factor, used_code, recovery_code, identity_proof: who signs is known to others

Revision: 6c1e8b40d7a2
Follows: 2f7a90c4e1bd
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.database.base import UtcDateTime

revision = "6c1e8b40d7a2"
down_revision = "2f7a90c4e1bd"
branch_labels = None
depends_on = None
CURRENT = sa.text("ended_at IS NULL")


def _when(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("secret", sa.String(length=64), nullable=False),
        _when("begun_at"),
        _when("enrolled_at", True),
        _when("confirmed_at", True),
        _when("ended_at", True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_why", sa.String(length=20), nullable=True),
        sa.CheckConstraint("confirmed_at IS NULL OR enrolled_at IS NOT NULL", name=op.f("ck_second_factor_enrolled_first")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_second_factor_end_whole")),
        sa.CheckConstraint("ended_why IN ('begun again', 'lost')", name=op.f("ck_second_factor_ended_why")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_second_factor_person_id_person")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_second_factor_ended_by_id_person")),
        sa.ForeignKeyConstraint(
            ["replaces_id", "person_id"],
            ["second_factor.id", "second_factor.person_id"],
            name=op.f("fk_second_factor_replaces_id_person_id_second_factor"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
        sa.UniqueConstraint("id", "person_id", name=op.f("uq_second_factor_id_person_id")),
    )
    with op.batch_alter_table("second_factor") as batch:
        batch.create_index(batch.f("ix_second_factor_person_id"), ["person_id"], unique=False)
        batch.create_index(
            "uq_second_factor_current", ["person_id"], unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT
        )
    op.create_table(
        "used_code",
        sa.Column("factor_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["factor_id"], ["second_factor.id"], name=op.f("fk_used_code_factor_id_second_factor")),
        sa.PrimaryKeyConstraint("factor_id", "step", name=op.f("pk_used_code")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("factor_id", sa.Integer(), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        _when("used_at", True),
        sa.ForeignKeyConstraint(["factor_id"], ["second_factor.id"], name=op.f("fk_recovery_code_factor_id_second_factor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("factor_id", "code_sha256", name=op.f("uq_recovery_code_factor_id_code_sha256")),
    )
    with op.batch_alter_table("recovery_code") as batch:
        batch.create_index(batch.f("ix_recovery_code_factor_id"), ["factor_id"], unique=False)
    op.create_table(
        "identity_proof",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("factor_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(length=40), nullable=False),
        _when("confirmed_at"),
        sa.CheckConstraint("confirmed_by_id <> person_id", name=op.f("ck_identity_proof_not_ones_own")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identity_proof_person_id_person")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["person.id"], name=op.f("fk_identity_proof_confirmed_by_id_person")),
        sa.ForeignKeyConstraint(
            ["factor_id", "person_id"],
            ["second_factor.id", "second_factor.person_id"],
            name=op.f("fk_identity_proof_factor_id_person_id_second_factor"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_proof")),
        sa.UniqueConstraint("factor_id", "confirmed_by_id", name=op.f("uq_identity_proof_factor_id_confirmed_by_id")),
    )
    with op.batch_alter_table("identity_proof") as batch:
        batch.create_index(batch.f("ix_identity_proof_factor_id"), ["factor_id"], unique=False)


def downgrade() -> None:
    _forget("signature", "signature_of_a_known_signer")
    for table in ("identity_proof", "recovery_code", "used_code", "second_factor"):
        op.drop_table(table)


def _forget(table: str, trigger: str) -> None:
    """Drop a trigger that reads a table which goes."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        return
    op.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
    op.execute(f"DROP FUNCTION IF EXISTS {trigger}()")
