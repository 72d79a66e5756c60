"""certainty has room: `fairly_sure` has eleven letters, and PostgreSQL refused it in a column of ten

Revision: b5d0137ac2f4
Follows: 8c41d7e2b960
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b5d0137ac2f4"
down_revision = "8c41d7e2b960"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _change(10, 20)


def downgrade() -> None:
    _change(20, 10)


def _change(before: int, after: int) -> None:
    """The check is made anew: PostgreSQL would keep it with a cast in it."""
    name = op.f("ck_response_revision_certainty")
    with op.batch_alter_table("response_revision") as table:
        table.drop_constraint(name, type_="check")
        table.alter_column("certainty", existing_type=sa.String(before), type_=sa.String(after), existing_nullable=True)
        table.create_check_constraint(name, "certainty IS NULL OR certainty IN ('sure', 'fairly_sure', 'unsure')")
