"""regrades: proposals with their previews and ends, challenges of items, and until when a lost pass is held

Revision: 0656468ff7a8
Follows: 7d1e4b0c9a52
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.database.base import UtcDateTime

revision = "0656468ff7a8"
down_revision = "7d1e4b0c9a52"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('regrade', 'challenge')", name=op.f("ck_acknowledgement_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_acknowledgement_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "kind", "reference", name=op.f("pk_acknowledgement")),
    )
    op.create_table(
        "regrade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("policy", sa.String(length=12), nullable=False),
        sa.Column("to_version_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("proposer_id", sa.Integer(), nullable=False),
        sa.Column("proposed_as", sa.String(length=12), nullable=False),
        sa.Column("signature_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(policy = 'new_key') = (to_version_id IS NOT NULL)", name=op.f("ck_regrade_key_named")),
        sa.CheckConstraint("policy IN ('new_key', 'full_marks')", name=op.f("ck_regrade_policy")),
        sa.CheckConstraint("proposed_as IN ('admin', 'supervisor')", name=op.f("ck_regrade_proposed_as")),
        sa.CheckConstraint("notice_days BETWEEN 0 AND 60", name=op.f("ck_regrade_notice")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_regrade_item_id_item")),
        sa.ForeignKeyConstraint(["proposer_id"], ["person.id"], name=op.f("fk_regrade_proposer_id_person")),
        sa.ForeignKeyConstraint(
            ["signature_id", "proposer_id"], ["signature.id", "signature.signer_id"], name=op.f("fk_regrade_signature_id_proposer_id_signature")
        ),
        sa.ForeignKeyConstraint(["to_version_id"], ["item_version.id"], name=op.f("fk_regrade_to_version_id_item_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrade")),
        sa.UniqueConstraint("id", "proposer_id", "proposed_as", name=op.f("uq_regrade_id_proposer_id_proposed_as")),
    )
    op.create_index(op.f("ix_regrade_item_id"), "regrade", ["item_id"], unique=False)

    op.create_table(
        "regrade_effect",
        sa.Column("regrade_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_regrade_effect_person_id_person")),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrade.id"], name=op.f("fk_regrade_effect_regrade_id_regrade")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_regrade_effect_site_id_site")),
        sa.PrimaryKeyConstraint("regrade_id", "person_id", "site_id", name=op.f("pk_regrade_effect")),
    )
    op.create_table(
        "regrade_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("regrade_id", sa.Integer(), nullable=False),
        sa.Column("proposer_id", sa.Integer(), nullable=False),
        sa.Column("proposed_as", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("acted_as", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("preview_sha256", sa.String(length=64), nullable=True),
        sa.Column("signature_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'committed') = (preview_sha256 IS NOT NULL)", name=op.f("ck_regrade_event_commit_of_a_preview")),
        sa.CheckConstraint("(kind = 'committed') = (signature_id IS NOT NULL)", name=op.f("ck_regrade_event_commit_signed")),
        sa.CheckConstraint("kind <> 'committed' OR actor_id <> proposer_id", name=op.f("ck_regrade_event_two_people")),
        sa.CheckConstraint("kind <> 'committed' OR proposed_as = 'supervisor' OR acted_as = 'supervisor'", name=op.f("ck_regrade_event_a_supervisor")),
        sa.CheckConstraint("kind IN ('committed', 'withdrawn')", name=op.f("ck_regrade_event_kind")),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_regrade_event_actor_id_person")),
        sa.ForeignKeyConstraint(
            ["regrade_id", "proposer_id", "proposed_as"],
            ["regrade.id", "regrade.proposer_id", "regrade.proposed_as"],
            name=op.f("fk_regrade_event_regrade_id_proposer_id_proposed_as_regrade"),
        ),
        sa.ForeignKeyConstraint(
            ["signature_id", "actor_id"], ["signature.id", "signature.signer_id"], name=op.f("fk_regrade_event_signature_id_actor_id_signature")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrade_event")),
        sa.UniqueConstraint("regrade_id", name=op.f("uq_regrade_event_regrade_id")),
    )
    op.create_table(
        "regrade_preview",
        sa.Column("regrade_id", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=10), nullable=False),
        sa.Column("affected", sa.Integer(), nullable=False),
        sa.Column("grade_sum", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("last_attempt_id", sa.Integer(), nullable=False),
        sa.Column("last_person_id", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("phase IN ('scoring', 'standing', 'ready')", name=op.f("ck_regrade_preview_phase")),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrade.id"], name=op.f("fk_regrade_preview_regrade_id_regrade")),
        sa.PrimaryKeyConstraint("regrade_id", name=op.f("pk_regrade_preview")),
    )
    op.create_table(
        "regrade_version",
        sa.Column("regrade_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrade.id"], name=op.f("fk_regrade_version_regrade_id_regrade")),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_regrade_version_version_id_item_version")),
        sa.PrimaryKeyConstraint("regrade_id", "version_id", name=op.f("pk_regrade_version")),
    )
    op.create_index(op.f("ix_regrade_version_version_id"), "regrade_version", ["version_id"], unique=False)

    op.create_table(
        "challenge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(attempt_id IS NULL) = (position IS NULL)", name=op.f("ck_challenge_place_whole")),
        sa.ForeignKeyConstraint(
            ["attempt_id", "position"], ["attempt_item.attempt_id", "attempt_item.position"], name=op.f("fk_challenge_attempt_id_position_attempt_item")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_challenge_item_id_item")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_challenge_person_id_person")),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_challenge_version_id_item_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
        sa.UniqueConstraint("id", "person_id", name=op.f("uq_challenge_id_person_id")),
        sa.UniqueConstraint("person_id", "item_id", "ordinal", name=op.f("uq_challenge_person_id_item_id_ordinal")),
        sa.UniqueConstraint("person_id", "version_id", name=op.f("uq_challenge_person_id_version_id")),
    )
    op.create_index(op.f("ix_challenge_item_id"), "challenge", ["item_id"], unique=False)
    op.create_index(op.f("ix_challenge_person_id"), "challenge", ["person_id"], unique=False)

    op.create_table(
        "regrade_move",
        sa.Column("regrade_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("before_grade_id", sa.Integer(), nullable=False),
        sa.Column("crosses", sa.String(length=10), nullable=False),
        sa.Column("errors", sa.String(length=10), nullable=False),
        sa.Column("better", sa.Boolean(), nullable=False),
        sa.Column("unreadable", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_regrade_move_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["before_grade_id"], ["grade.id"], name=op.f("fk_regrade_move_before_grade_id_grade")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_regrade_move_person_id_person")),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrade.id"], name=op.f("fk_regrade_move_regrade_id_regrade")),
        sa.PrimaryKeyConstraint("regrade_id", "attempt_id", name=op.f("pk_regrade_move")),
    )
    op.create_table(
        "regraded_attempt",
        sa.Column("grade_id", sa.Integer(), nullable=False),
        sa.Column("regrade_id", sa.Integer(), nullable=False),
        sa.Column("before_grade_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["before_grade_id"], ["grade.id"], name=op.f("fk_regraded_attempt_before_grade_id_grade")),
        sa.ForeignKeyConstraint(["grade_id"], ["grade.id"], name=op.f("fk_regraded_attempt_grade_id_grade")),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrade.id"], name=op.f("fk_regraded_attempt_regrade_id_regrade")),
        sa.PrimaryKeyConstraint("grade_id", name=op.f("pk_regraded_attempt")),
        sa.UniqueConstraint("before_grade_id", name=op.f("uq_regraded_attempt_before_grade_id")),
    )
    op.create_index(op.f("ix_regraded_attempt_regrade_id"), "regraded_attempt", ["regrade_id"], unique=False)

    op.create_table(
        "challenge_answer",
        sa.Column("challenge_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("regrade_id", sa.Integer(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(verdict = 'upheld') = (suspended OR regrade_id IS NOT NULL OR version_id IS NOT NULL)", name=op.f("ck_challenge_answer_upheld_has_its_act")
        ),
        sa.CheckConstraint("verdict IN ('upheld', 'not_upheld')", name=op.f("ck_challenge_answer_verdict")),
        sa.CheckConstraint("answered_by_id <> person_id", name=op.f("ck_challenge_answer_not_ones_own")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_challenge_answer_answered_by_id_person")),
        sa.ForeignKeyConstraint(
            ["challenge_id", "person_id"], ["challenge.id", "challenge.person_id"], name=op.f("fk_challenge_answer_challenge_id_person_id_challenge")
        ),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrade.id"], name=op.f("fk_challenge_answer_regrade_id_regrade")),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_challenge_answer_version_id_item_version")),
        sa.PrimaryKeyConstraint("challenge_id", name=op.f("pk_challenge_answer")),
    )
    op.add_column("grade", sa.Column("pass_held_until", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("grade", "pass_held_until")
    op.drop_table("challenge_answer")
    op.drop_index(op.f("ix_regraded_attempt_regrade_id"), table_name="regraded_attempt")
    op.drop_table("regraded_attempt")
    op.drop_table("regrade_move")
    op.drop_index(op.f("ix_challenge_person_id"), table_name="challenge")
    op.drop_index(op.f("ix_challenge_item_id"), table_name="challenge")
    op.drop_table("challenge")
    op.drop_index(op.f("ix_regrade_version_version_id"), table_name="regrade_version")
    op.drop_table("regrade_version")
    op.drop_table("regrade_preview")
    op.drop_table("regrade_event")
    op.drop_table("regrade_effect")
    op.drop_index(op.f("ix_regrade_item_id"), table_name="regrade")
    op.drop_table("regrade")
    op.drop_table("acknowledgement")
