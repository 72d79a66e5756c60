"""Standings, applications, stops, codes and policies: what is true now, or was at any instant."""

from __future__ import annotations

from app.clearances.queries.applications import (
    Case,
    applications_at,
    applications_of,
    case_of,
    cases_of,
    find_renewable,
    find_renewed,
    get_application,
)
from app.clearances.queries.codes import code_sha256, find_check_code, find_current_code
from app.clearances.queries.policies import (
    all_versions,
    find_policy_at,
    get_policy,
    list_policies,
    policy_in_force,
    policy_of,
)
from app.clearances.queries.policy_drafts import Draft, get_draft, list_drafts
from app.clearances.queries.recalls import Called, Dependent, Recall, get_piece, recall_of, signed_by
from app.clearances.queries.standings import LEVELS, PersonStandings, standings, standings_by_level
from app.clearances.queries.stops import Stop, find_link, holds_something, open_revocations, open_stops_of, stop_of

__all__ = [
    "LEVELS",
    "Called",
    "Case",
    "Dependent",
    "Draft",
    "PersonStandings",
    "Recall",
    "Stop",
    "all_versions",
    "applications_at",
    "applications_of",
    "case_of",
    "cases_of",
    "code_sha256",
    "find_check_code",
    "find_current_code",
    "find_link",
    "find_policy_at",
    "find_renewable",
    "find_renewed",
    "get_application",
    "get_draft",
    "get_piece",
    "get_policy",
    "holds_something",
    "list_drafts",
    "list_policies",
    "open_revocations",
    "open_stops_of",
    "policy_of",
    "policy_in_force",
    "recall_of",
    "signed_by",
    "standings",
    "standings_by_level",
    "stop_of",
]
