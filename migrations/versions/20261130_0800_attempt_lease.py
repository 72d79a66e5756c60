"""attempt: which copy of its page rules, and since when

Revision: 7d1e4b0c9a52
Follows: d2a7905be318
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.database.base import UtcDateTime

revision = "7d1e4b0c9a52"
down_revision = "d2a7905be318"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("attempt") as batch:
        batch.add_column(sa.Column("lease", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("lease_at", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("attempt") as batch:
        batch.drop_column("lease_at")
        batch.drop_column("lease")
