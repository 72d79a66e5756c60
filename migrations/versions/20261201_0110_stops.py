"""decision: stops, lifts by two, what is undone in time; application_decision: one end for each round

Revision: c41f9a0d27e6
Follows: 5b0c7e61d3f8
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "c41f9a0d27e6"
down_revision = "5b0c7e61d3f8"
branch_labels = None
depends_on = None

OLD_KINDS = "kind IN ('recommend', 'grant', 'return', 'deny', 'suspend', 'hold', 'lift', 'revoke', 'renew')"
KINDS = "kind IN ('recommend', 'grant', 'return', 'deny', 'suspend', 'hold', 'lift', 'revoke', 'renew', 'undo')"
SECOND = (
    "(recommendation_id IS NOT NULL AND recommender_id IS NOT NULL AND recommender_id <> signer_id AND recommender_id <> person_id)"
)
OLD_TWO = f"kind NOT IN ('grant', 'renew') OR NOT (tier IN ('high', 'restricted') OR level = 'may_observe') OR {SECOND}"
TWO = f"NOT (kind = 'lift' OR (kind IN ('grant', 'renew') AND (tier IN ('high', 'restricted') OR level = 'may_observe'))) OR {SECOND}"
ADDED = {
    "about_another": "kind NOT IN ('lift', 'renew', 'undo') OR about_decision_id IS NOT NULL",
    "stops_at_once": "kind NOT IN ('suspend', 'hold', 'revoke') OR effective_at <= occurred_at",
    "watched_holds_only": "NOT with_observer OR (kind = 'hold' AND level = 'independent')",
}
OLD_FINAL, FINAL = sa.text("kind IN ('grant', 'deny')"), sa.text("kind IN ('grant', 'renew', 'deny')")
UNDO = sa.text("kind = 'undo'")


def upgrade() -> None:
    _forget("decision", "decision_grant_matches_recommendation")
    _forget("decision_evidence", "decision_evidence_is_of_the_person")  # reads the table that SQLite rebuilds here
    with op.batch_alter_table("decision") as batch:
        batch.add_column(sa.Column("with_observer", sa.Boolean(), nullable=False, server_default=sa.false()))
        _change(batch, {"kind": KINDS, "two_people": TWO})
        for name, condition in ADDED.items():
            batch.create_check_constraint(op.f(f"ck_decision_{name}"), condition)
        batch.create_index(
            "uq_decision_undone_once", ["about_decision_id"], unique=True, sqlite_where=UNDO, postgresql_where=UNDO
        )
    with op.batch_alter_table("decision") as batch:
        batch.alter_column("with_observer", server_default=None)
    with op.batch_alter_table("application_decision") as batch:
        batch.add_column(sa.Column("round", sa.Integer(), nullable=False, server_default="1"))
        batch.create_check_constraint(op.f("ck_application_decision_round"), "round >= 1")
        batch.drop_index("uq_application_decision_final")
        batch.create_index(
            "uq_application_decision_final", ["application_id", "round"], unique=True, sqlite_where=FINAL, postgresql_where=FINAL
        )
    with op.batch_alter_table("application_decision") as batch:
        batch.alter_column("round", server_default=None)


def downgrade() -> None:
    """Refused by the old constraints where anything was stopped with an observer, lifted or undone: nothing is thrown away."""
    _forget("application_decision", "application_decision_next_round")
    _forget("decision_evidence", "decision_evidence_is_of_the_person")
    with op.batch_alter_table("application_decision") as batch:
        batch.drop_index("uq_application_decision_final")
        batch.drop_constraint(op.f("ck_application_decision_round"), type_="check")
        batch.drop_column("round")
        batch.create_index(
            "uq_application_decision_final", ["application_id"], unique=True, sqlite_where=OLD_FINAL, postgresql_where=OLD_FINAL
        )
    for name in (
        "grant_repeats_a_recommendation", "start_after_revocation_takes_two", "about_its_own_holder", "lift_ends_a_stop",
        "lift_repeats_a_proposal", "revoker_lifts_nothing", "undo_is_in_time",
    ):  # fmt: skip
        _forget("decision", f"decision_{name}")
    with op.batch_alter_table("decision") as batch:
        batch.drop_index("uq_decision_undone_once")
        for name in ADDED:
            batch.drop_constraint(op.f(f"ck_decision_{name}"), type_="check")
        _change(batch, {"kind": OLD_KINDS, "two_people": OLD_TWO})
        batch.drop_column("with_observer")


def _change(batch: BatchOperations, conditions: dict[str, str]) -> None:
    for name, condition in conditions.items():
        batch.drop_constraint(op.f(f"ck_decision_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_decision_{name}"), condition)


def _forget(table: str, trigger: str) -> None:
    """Drop a trigger that asked for something else; the one that stands in its place comes after the migration."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        return
    op.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
    op.execute(f"DROP FUNCTION IF EXISTS {trigger}()")
