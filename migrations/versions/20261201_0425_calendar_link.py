"""calendar_link: private addresses at which calendar programs read ends of clearances

Revision: 6c1d48f0a7e2
Follows: 2f7a90c4e1bd
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.database.base import UtcDateTime

revision = "6c1d48f0a7e2"
down_revision = "9c4d17ae62b0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_calendar_link_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_link")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_calendar_link_token_sha256")),
    )
    with op.batch_alter_table("calendar_link") as batch:
        batch.create_index(batch.f("ix_calendar_link_person_id"), ["person_id"], unique=False)
        batch.create_index(
            "uq_calendar_link_current",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("calendar_link") as batch:
        batch.drop_index("uq_calendar_link_current")
        batch.drop_index(batch.f("ix_calendar_link_person_id"))
    op.drop_table("calendar_link")
