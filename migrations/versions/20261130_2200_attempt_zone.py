"""attempt: the time zone that its times are told in

Revision: 5b0c7e61d3f8
Follows: 0656468ff7a8
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5b0c7e61d3f8"
down_revision = "0656468ff7a8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("attempt") as batch:
        batch.add_column(sa.Column("time_zone", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("attempt") as batch:
        batch.drop_column("time_zone")
