"""observation_record: which form was signed; rated exactly where it was seen

Revision: 7d3c5e9b2a14
Follows: 2f7a90c4e1bd
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "7d3c5e9b2a14"
down_revision = "6c41b7d9e203"
branch_labels = None
depends_on = None

READS_IT = ("decision_evidence", "decision_evidence_is_of_the_person")
RESTORED = {
    "decision": "decision_gives_nothing_while_restored",
    "document_verification": "document_verification_none_while_restored",
    "observation": "observation_none_while_restored",
    "competency_approval": "competency_approval_none_while_restored",
}
OF_RECORDS = (
    "observation_record_none_while_restored", "observation_record_has_its_own_signature", "observation_record_by_an_observer",
)  # fmt: skip


def upgrade() -> None:
    _forget(*READS_IT)  # reads the table that SQLite rebuilds here
    with op.batch_alter_table("observation_record") as batch:
        batch.add_column(sa.Column("form_sha256", sa.String(length=64), nullable=False, server_default=""))
        batch.create_check_constraint(
            op.f("ck_observation_record_rated_if_seen"), "(presence = 'not_seen') = (rating IS NULL)"
        )
    with op.batch_alter_table("observation_record") as batch:
        batch.alter_column("form_sha256", server_default=None)


def downgrade() -> None:
    _forget(*READS_IT)
    for name in OF_RECORDS:
        _forget("observation_record", name)
    for table, name in RESTORED.items():
        _forget(table, name)
    with op.batch_alter_table("observation_record") as batch:
        batch.drop_constraint(op.f("ck_observation_record_rated_if_seen"), type_="check")
        batch.drop_column("form_sha256")


def _forget(table: str, trigger: str) -> None:
    """Drop a trigger; those that the models ask for come back after the migration."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        return
    op.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
    op.execute(f"DROP FUNCTION IF EXISTS {trigger}()")
