"""What the database itself refuses of a second factor, beyond what a CHECK or a key can say (decisions/0022)."""

from __future__ import annotations

_EARLIER = "SELECT 1 FROM second_factor e WHERE e.person_id = NEW.person_id AND e.enrolled_at IS NOT NULL"
_PROOFS = "SELECT count(*) FROM identity_proof p WHERE p.factor_id = NEW.id"
_BY_NO_LINK_MAKER = (
    "SELECT 1 FROM identity_proof p WHERE p.factor_id = NEW.id AND NOT EXISTS (SELECT 1 FROM access_link l "
    "WHERE l.person_id = NEW.person_id AND l.issued_by_id = p.confirmed_by_id AND l.used_at IS NOT NULL)"
)
_TOO_FEW = (
    "NEW.confirmed_at IS NOT NULL AND OLD.confirmed_at IS NULL AND "
    f"(({_PROOFS}) < CASE WHEN NEW.replaces_id IS NULL THEN 1 ELSE 2 END OR NOT EXISTS ({_BY_NO_LINK_MAKER}))"
)
_UNTRUE_START = f"NEW.enrolled_at IS NOT NULL OR NEW.confirmed_at IS NOT NULL OR (NEW.replaces_id IS NULL AND EXISTS ({_EARLIER}))"

FACTOR_GUARDS: dict[str, tuple[str, str, str, str]] = {
    "second_factor_begins_unconfirmed": (
        "INSERT",
        _UNTRUE_START,
        _UNTRUE_START,
        "by constraint: a factor begins unconfirmed and names the one before it",
    ),
    "second_factor_is_confirmed_by_others": (
        "UPDATE",
        _TOO_FEW,
        _TOO_FEW,
        "by constraint: others confirm a second factor, two of them where it takes the place of another",
    ),
}
"""name → (act, condition on SQLite, condition on PostgreSQL, words of the refusal)"""
