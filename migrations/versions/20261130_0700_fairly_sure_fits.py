"""response_revision: room for "fairly_sure", which has eleven letters; PostgreSQL refused it, SQLite does not count

Revision: b81f6d20c4e7
Follows: 8c41b0e6d2f7
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b81f6d20c4e7"
down_revision = "8c41b0e6d2f7"
branch_labels = None
depends_on = None

_NAME = "ck_response_revision_certainty"
_ONE_OF_THREE = "certainty IS NULL OR certainty IN ('sure', 'fairly_sure', 'unsure')"


def _resize(old: int, new: int) -> None:
    """The check is made anew, since PostgreSQL would keep it with a cast of the old type."""
    with op.batch_alter_table("response_revision") as batch:
        batch.drop_constraint(op.f(_NAME), type_="check")
        batch.alter_column("certainty", existing_type=sa.String(old), type_=sa.String(new), existing_nullable=True)
        batch.create_check_constraint(op.f(_NAME), _ONE_OF_THREE)


def upgrade() -> None:
    _resize(10, 20)


def downgrade() -> None:
    _resize(20, 10)
