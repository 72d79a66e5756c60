"""application: the grant that it would renew

Revision: 8e2b6d5f1c90
Follows: c41f9a0d27e6
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8e2b6d5f1c90"
down_revision = "c41f9a0d27e6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("application") as batch:
        batch.add_column(sa.Column("renews_decision_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_application_renews_decision_id_decision"), "decision", ["renews_decision_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("application") as batch:
        batch.drop_constraint(op.f("fk_application_renews_decision_id_decision"), type_="foreignkey")
        batch.drop_column("renews_decision_id")
