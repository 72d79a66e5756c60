"""What the database itself refuses of a decision, beyond what a CHECK or a key can say (decisions/0004 and 0014)."""

from __future__ import annotations

from app.database.triggers import Guard, unless_restored

_SAME_HOLDER = (
    "{0}.person_id = NEW.person_id AND {0}.site_id = NEW.site_id AND {0}.level = NEW.level AND {0}.group_slug = NEW.group_slug"
)
_GRANTED = "NEW.kind IN ('grant', 'renew')"
_GRANT_OF_TWO = f"{_GRANTED} AND NEW.tier IN ('high', 'restricted')"


def _insert(condition: str, words: str) -> Guard:
    """`{is}` stands for equality that also holds between two nulls."""
    return ("INSERT", condition.replace("{is}", "IS"), condition.replace("{is}", "IS NOT DISTINCT FROM"), words)


def _missing(alias: str, condition: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM decision {alias} WHERE {condition})"


_RECOMMENDED = (
    f"r.id = NEW.recommendation_id AND r.kind = 'recommend' AND {_SAME_HOLDER.format('r')} AND r.regions = NEW.regions "
    "AND r.signer_id = NEW.recommender_id AND r.about_decision_id {is} NEW.about_decision_id"
)
_SAME_TERMS = (
    "r.limits = NEW.limits AND r.tier = NEW.tier AND r.policy_version_id = NEW.policy_version_id "
    "AND r.evidence_sha256 = NEW.evidence_sha256"
)
_ABOUT_ALL = f"a.id = NEW.about_decision_id AND {_SAME_HOLDER.format('a')}"
_ABOUT_STOP = f"{_ABOUT_ALL} AND a.regions = NEW.regions AND a.kind IN ('suspend', 'hold', 'revoke')"
_ABOUT_ONES_OWN_IN_TIME = (
    f"{_ABOUT_ALL} AND a.regions = NEW.regions AND a.kind IN ('grant', 'renew', 'lift') "
    "AND a.signer_id = NEW.signer_id AND NEW.occurred_at < a.effective_at"
)
_COUNTED = "SELECT 1 FROM decision_evidence e WHERE e.decision_id = NEW.recommendation_id"
_UNDONE = "EXISTS (SELECT 1 FROM decision u WHERE u.kind = 'undo' AND u.about_decision_id = {}.id)"
_LIFTED = f"SELECT 1 FROM decision l WHERE l.kind = 'lift' AND l.about_decision_id = v.id AND NOT {_UNDONE.format('l')}"
_GRANTED_SINCE = (
    f"SELECT 1 FROM decision g WHERE g.kind IN ('grant', 'renew') AND g.id > v.id AND {_SAME_HOLDER.format('g')} "
    f"AND NOT {_UNDONE.format('g')}"
)
_STILL_REVOKED = (
    f"EXISTS (SELECT 1 FROM decision v WHERE v.kind = 'revoke' AND {_SAME_HOLDER.format('v')} "
    f"AND NOT EXISTS ({_LIFTED}) AND NOT EXISTS ({_GRANTED_SINCE}))"
)

GUARDS: dict[str, Guard] = {
    "decision_gives_nothing_while_restored": unless_restored("NEW.kind IN ('recommend', 'grant', 'renew', 'lift')"),
    "decision_grant_repeats_a_recommendation": _insert(
        f"{_GRANT_OF_TWO} AND {_missing('r', _RECOMMENDED + ' AND ' + _SAME_TERMS)}",
        "a high-tier grant must repeat a recommendation signed by somebody else",
    ),
    "decision_granter_is_no_counted_observer": _insert(
        f"{_GRANT_OF_TWO} AND NEW.level = 'independent' AND (NOT EXISTS ({_COUNTED} AND e.observer_id IS NOT NULL) "
        f"OR EXISTS ({_COUNTED} AND e.observer_id = NEW.signer_id))",
        "a high-tier grant needs counted observations, none of them by the granter",
    ),
    "decision_start_after_revocation_takes_two": _insert(
        f"{_GRANTED} AND NEW.recommendation_id IS NULL AND {_STILL_REVOKED}",
        "by constraint: after a revocation two people grant",
    ),
    "decision_about_its_own_holder": _insert(
        f"NEW.about_decision_id IS NOT NULL AND {_missing('a', _ABOUT_ALL)}",
        "by constraint: a decision is about one of the same person, site, level and group",
    ),
    "decision_lift_ends_a_stop": _insert(
        f"NEW.kind = 'lift' AND {_missing('a', _ABOUT_STOP)}",
        "by constraint: a lift ends a stop in all its regions",
    ),
    "decision_lift_repeats_a_proposal": _insert(
        f"NEW.kind = 'lift' AND {_missing('r', _RECOMMENDED)}",
        "by constraint: a lift repeats a proposal signed by somebody else",
    ),
    "decision_revoker_lifts_nothing": _insert(
        "NEW.kind = 'lift' AND EXISTS (SELECT 1 FROM decision a WHERE a.id = NEW.about_decision_id AND a.kind = 'revoke' "
        "AND a.signer_id IN (NEW.signer_id, NEW.recommender_id))",
        "by constraint: whoever revoked has no part in ending the revocation",
    ),
    "decision_undo_is_in_time": _insert(
        f"NEW.kind = 'undo' AND {_missing('a', _ABOUT_ONES_OWN_IN_TIME)}",
        "by constraint: the signer undoes a grant, lift or renewal before it takes effect",
    ),
}
