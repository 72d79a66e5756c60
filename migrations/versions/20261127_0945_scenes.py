"""scenes: every version of a scene, append-only

Revision: 3f2c9a7d5e10
Follows: 99f136523270
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.database.base import UtcDateTime

revision = "3f2c9a7d5e10"
down_revision = "99f136523270"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scene_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scene_id", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("loaded_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scene_version")),
        sa.UniqueConstraint("scene_id", "number", name=op.f("uq_scene_version_scene_id_number")),
    )
    op.create_index(op.f("ix_scene_version_scene_id"), "scene_version", ["scene_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_scene_version_scene_id"), table_name="scene_version")
    op.drop_table("scene_version")
