"""who watched somebody is found by an index

Revision: 3b8e1f6a5c70
Follows: 7d3c5e9b2a14
"""

from __future__ import annotations

from alembic import op

revision = "3b8e1f6a5c70"
down_revision = "7d3c5e9b2a14"
branch_labels = None
depends_on = None

INDEX = "ix_observation_record_trainee_id_observer_id"


def upgrade() -> None:
    op.create_index(INDEX, "observation_record", ["trainee_id", "observer_id"], unique=False)


def downgrade() -> None:
    op.drop_index(INDEX, table_name="observation_record")
