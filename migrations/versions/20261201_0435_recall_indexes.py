"""what rests on a piece of evidence, and what somebody approved, are found by an index

Revision: 6c41b7d9e203
Follows: 2f7a90c4e1bd
"""

from __future__ import annotations

from alembic import op

revision = "6c41b7d9e203"
down_revision = "6d1c3b8f2a74"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_decision_evidence_kind_reference", "decision_evidence", ["kind", "reference"], unique=False)
    op.create_index("ix_competency_approval_approver_id", "competency_approval", ["approver_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_competency_approval_approver_id", table_name="competency_approval")
    op.drop_index("ix_decision_evidence_kind_reference", table_name="decision_evidence")
