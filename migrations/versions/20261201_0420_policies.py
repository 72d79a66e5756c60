"""policy_version: when it comes into force, for whom, and who signed it; drafts of a policy with what they would change

Revision: 9c4d17ae62b0
Follows: 2f7a90c4e1bd
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.database.base import UtcDateTime

revision = "9c4d17ae62b0"
down_revision = "6c1e8b40d7a2"
branch_labels = None
depends_on = None

ROLL_OUTS = "roll_out IN ('next_renewal', 'by_date', 'immediate')"
CHECKS = {
    "origin": "origin IN ('file', 'signed')",
    "roll_out": ROLL_OUTS,
    "two_people": (
        "origin = 'file' OR (draft_id IS NOT NULL AND author_id IS NOT NULL AND approver_id IS NOT NULL "
        "AND signature_id IS NOT NULL AND preview_sha256 IS NOT NULL AND author_id <> approver_id)"
    ),
    "begins": "in_force_from = published_at OR (roll_out = 'by_date' AND in_force_from > published_at)",
}
GUARDS = ("signed_by_two", "of_a_live_draft", "repeats_its_draft", "gives_notice")


def upgrade() -> None:
    _create_drafts()
    _create_previews()
    _forget("policy_version", "policy_version_no_update")  # what was published before says when it came into force
    with op.batch_alter_table("policy_version") as batch:
        batch.add_column(sa.Column("in_force_from", UtcDateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("roll_out", sa.String(length=12), nullable=False, server_default="immediate"))
        for name in ("draft_id", "author_id", "approver_id", "signature_id"):
            batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
        batch.add_column(sa.Column("preview_sha256", sa.String(length=64), nullable=True))
    op.execute("UPDATE policy_version SET in_force_from = published_at")
    with op.batch_alter_table("policy_version") as batch:
        batch.alter_column("in_force_from", existing_type=UtcDateTime(timezone=True), nullable=False)
        batch.alter_column("roll_out", server_default=None)
        batch.create_unique_constraint(op.f("uq_policy_version_number"), ["number"])
        batch.create_unique_constraint(op.f("uq_policy_version_draft_id"), ["draft_id"])
        for name, condition in CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_policy_version_{name}"), condition)
        batch.create_foreign_key(op.f("fk_policy_version_approver_id_person"), "person", ["approver_id"], ["id"])
        batch.create_foreign_key(
            op.f("fk_policy_version_signature_id_approver_id_signature"), "signature", ["signature_id", "approver_id"],
            ["id", "signer_id"],
        )  # fmt: skip
        batch.create_foreign_key(
            op.f("fk_policy_version_draft"), "policy_draft",
            ["draft_id", "author_id", "sha256", "roll_out"], ["id", "author_id", "sha256", "roll_out"],
        )  # fmt: skip


def _create_drafts() -> None:
    op.create_table(
        "policy_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("roll_out", sa.String(length=12), nullable=False),
        sa.Column("in_force_day", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("signature_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(ROLL_OUTS, name=op.f("ck_policy_draft_roll_out")),
        sa.CheckConstraint("(roll_out = 'by_date') = (in_force_day IS NOT NULL)", name=op.f("ck_policy_draft_day_named")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_policy_draft_author_id_person")),
        sa.ForeignKeyConstraint(
            ["signature_id", "author_id"],
            ["signature.id", "signature.signer_id"],
            name=op.f("fk_policy_draft_signature_id_author_id_signature"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_draft")),
        sa.UniqueConstraint(
            "id", "author_id", "sha256", "roll_out", name=op.f("uq_policy_draft_id_author_id_sha256_roll_out")
        ),
    )
    op.create_table(
        "policy_withdrawal",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_policy_withdrawal_actor_id_person")),
        sa.ForeignKeyConstraint(["draft_id"], ["policy_draft.id"], name=op.f("fk_policy_withdrawal_draft_id_policy_draft")),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_policy_withdrawal")),
    )


def _create_previews() -> None:
    op.create_table(
        "policy_preview",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=10), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("last_person_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("phase IN ('comparing', 'ready')", name=op.f("ck_policy_preview_phase")),
        sa.ForeignKeyConstraint(["draft_id"], ["policy_draft.id"], name=op.f("fk_policy_preview_draft_id_policy_draft")),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_policy_preview")),
    )
    op.create_table(
        "policy_effect",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("group_slug", sa.String(length=60), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.CheckConstraint("verdict IN ('met', 'gap', 'hold', 'back')", name=op.f("ck_policy_effect_verdict")),
        sa.ForeignKeyConstraint(["draft_id"], ["policy_draft.id"], name=op.f("fk_policy_effect_draft_id_policy_draft")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_policy_effect_person_id_person")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_policy_effect_site_id_site")),
        sa.PrimaryKeyConstraint("draft_id", "person_id", "site_id", "group_slug", "level", name=op.f("pk_policy_effect")),
    )


def downgrade() -> None:
    """What was signed by two people stays as a version; that it was, and what waits for a second one, is not kept."""
    for name in GUARDS:
        _forget("policy_version", f"policy_version_{name}")
    _forget("policy_withdrawal", "policy_withdrawal_in_time")  # reads the table that SQLite rebuilds here
    with op.batch_alter_table("policy_version") as batch:
        batch.drop_constraint(op.f("fk_policy_version_draft"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_policy_version_signature_id_approver_id_signature"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_policy_version_approver_id_person"), type_="foreignkey")
        for name in CHECKS:
            batch.drop_constraint(op.f(f"ck_policy_version_{name}"), type_="check")
        batch.drop_constraint(op.f("uq_policy_version_draft_id"), type_="unique")
        batch.drop_constraint(op.f("uq_policy_version_number"), type_="unique")
        for name in ("preview_sha256", "signature_id", "approver_id", "author_id", "draft_id", "roll_out", "in_force_from"):
            batch.drop_column(name)
    for table in ("policy_effect", "policy_preview", "policy_withdrawal", "policy_draft"):
        op.drop_table(table)


def _forget(table: str, trigger: str) -> None:
    """Drop a trigger; the one that stands in its place comes after the migration."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        return
    op.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
    op.execute(f"DROP FUNCTION IF EXISTS {trigger}() CASCADE")
