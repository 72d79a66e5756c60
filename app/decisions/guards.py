"""What the database itself refuses of a decision, an appeal and a cover, beyond what a CHECK or a key can say.

Reasons: docs/decisions/0004, 0014 and 0019.
"""

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


def _one_person(one: str, other: str, site: str, since: str, at: str) -> str:
    """Whether one of two covered for the other at a site, at any instant between two; SQLite keeps instants as equal texts."""
    pair = f"(g.delegator_id = {one} AND g.delegate_id = {other}) OR (g.delegator_id = {other} AND g.delegate_id = {one})"
    ended = f"SELECT 1 FROM delegation_end ge WHERE ge.delegation_id = g.id AND ge.ended_at <= {since}"
    return (
        f"EXISTS (SELECT 1 FROM delegation g WHERE g.site_id = {site} AND ({pair}) AND g.starts_at <= {at} AND g.ends_at > {since} "
        f"AND NOT EXISTS ({ended}))"
    )


_STARTS = "NEW.kind IN ('recommend', 'grant', 'renew', 'lift')"
_COVERED_RECOMMENDER = (
    "EXISTS (SELECT 1 FROM decision r WHERE r.id = NEW.recommendation_id AND "
    + _one_person("NEW.signer_id", "r.signer_id", "NEW.site_id", "r.occurred_at", "NEW.occurred_at")
    + ")"
)
_COVERED_HOLDER = _one_person("NEW.signer_id", "NEW.person_id", "NEW.site_id", "NEW.occurred_at", "NEW.occurred_at")
_COVERED_OBSERVER = (
    f"EXISTS ({_COUNTED} AND EXISTS (SELECT 1 FROM decision r WHERE r.id = NEW.recommendation_id AND "
    + _one_person("NEW.signer_id", "e.observer_id", "NEW.site_id", "r.occurred_at", "NEW.occurred_at")
    + "))"
)
_COVERED_REVOKER = (
    "EXISTS (SELECT 1 FROM decision a WHERE a.id = NEW.about_decision_id AND a.kind = 'revoke' AND "
    + _one_person("NEW.signer_id", "a.signer_id", "NEW.site_id", "NEW.occurred_at", "NEW.occurred_at")
    + ")"
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
    "decision_covers_count_as_one": _insert(
        f"{_STARTS} AND ({_COVERED_HOLDER} OR {_COVERED_RECOMMENDER})",
        "by constraint: who covers for somebody counts as the same person",
    ),
    "decision_covers_no_observer": _insert(
        f"{_GRANT_OF_TWO} AND NEW.level = 'independent' AND {_COVERED_OBSERVER}",
        "by constraint: who covers for a counted observer grants nothing that rests on it",
    ),
    "decision_covers_no_revoker": _insert(
        f"NEW.kind IN ('recommend', 'lift') AND {_COVERED_REVOKER}",
        "by constraint: who covers for the revoker has no part in ending the revocation",
    ),
}

_ABOUT_HOLDER = (
    "EXISTS (SELECT 1 FROM decision d WHERE d.id = NEW.decision_id AND d.person_id = NEW.person_id "
    "AND d.kind IN ('deny', 'suspend', 'hold', 'revoke'))"
)
_HEARD_ALREADY = "EXISTS (SELECT 1 FROM appeal p JOIN appeal_outcome o ON o.appeal_id = p.id WHERE p.decision_id = NEW.decision_id)"


def of_holder(table: str) -> dict[str, Guard]:
    """Only the holder takes note of, answers or appeals against a decision, an adverse one; nothing is said after the hearing."""
    late = f" OR {_HEARD_ALREADY}" if table == "decision_answer" else ""
    return {
        f"{table}_is_of_the_holder": _insert(
            f"NOT {_ABOUT_HOLDER}{late}", "by constraint: only the holder answers an adverse decision, before the appeal is heard"
        )
    }


_HEARD = "SELECT 1 FROM appeal p JOIN decision d ON d.id = p.decision_id"
_OF_SAME_GROUP = "x.person_id = d.person_id AND x.site_id = d.site_id AND x.group_slug = d.group_slug"
_INVOLVED = (
    f"SELECT 1 FROM decision x WHERE {_OF_SAME_GROUP} AND ({{0}} x.signer_id OR EXISTS (SELECT 1 FROM decision_evidence e "
    "WHERE e.decision_id = x.id AND {0} e.observer_id))"
)


def _involved_by_cover() -> str:
    signed = _one_person("NEW.hearer_id", "x.signer_id", "d.site_id", "d.occurred_at", "NEW.decided_at")
    watched = _one_person("NEW.hearer_id", "e.observer_id", "d.site_id", "d.occurred_at", "NEW.decided_at")
    holder = _one_person("NEW.hearer_id", "d.person_id", "d.site_id", "d.occurred_at", "NEW.decided_at")
    rest = f"SELECT 1 FROM decision_evidence e WHERE e.decision_id = x.id AND {watched}"
    return f"{holder} OR EXISTS (SELECT 1 FROM decision x WHERE {_OF_SAME_GROUP} AND ({signed} OR EXISTS ({rest})))"


HEARING: dict[str, Guard] = {
    "appeal_outcome_by_somebody_uninvolved": _insert(
        f"EXISTS ({_HEARD} WHERE p.id = NEW.appeal_id AND (p.person_id = NEW.hearer_id "
        f"OR EXISTS ({_INVOLVED.format('NEW.hearer_id =')}) OR {_involved_by_cover()}))",
        "by constraint: an appeal is heard by somebody uninvolved",
    ),
}
_NEAR = (
    "SELECT 1 FROM delegation g WHERE g.site_id = NEW.site_id AND g.starts_at < NEW.ends_at AND g.ends_at > NEW.starts_at "
    "AND NOT EXISTS (SELECT 1 FROM delegation_end ge WHERE ge.delegation_id = g.id AND ge.ended_at <= NEW.starts_at) "
    "AND (g.delegator_id IN (NEW.delegator_id, NEW.delegate_id) OR g.delegate_id = NEW.delegator_id)"
)
COVERS: dict[str, Guard] = {
    "delegation_is_not_passed_on": _insert(
        f"EXISTS ({_NEAR})", "by constraint: work that was handed over is not handed on, and to one person at a time"
    ),
    "delegation_ends_within_90_days": (
        "INSERT",
        "julianday(NEW.ends_at) - julianday(NEW.starts_at) > 90.0001",
        "NEW.ends_at > NEW.starts_at + interval '90 days'",
        "by constraint: a cover ends within 90 days",
    ),
}
