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
    renewals_opened,
)
from app.clearances.queries.calendars import calendar_token_sha256, endings_of, find_calendar_link, find_current_link
from app.clearances.queries.codes import code_sha256, find_check_code, find_current_code
from app.clearances.queries.packs import find_clearance, pack_of
from app.clearances.queries.policies import find_policy_at, get_policy, list_policies, parse_stored_policy, policy_in_force
from app.clearances.queries.recalls import Called, Dependent, Recall, get_piece, recall_of, signed_by
from app.clearances.queries.register import Register, register_of
from app.clearances.queries.seals import SealVerdict, seals_of, verify_seals
from app.clearances.queries.standings import LEVELS, PersonStandings, standings
from app.clearances.queries.stops import Stop, find_link, holds_something, open_revocations, open_stops_of, stop_of

__all__ = [
    "LEVELS",
    "Called",
    "Case",
    "Dependent",
    "PersonStandings",
    "Recall",
    "Register",
    "SealVerdict",
    "Stop",
    "applications_at",
    "applications_of",
    "calendar_token_sha256",
    "case_of",
    "cases_of",
    "code_sha256",
    "endings_of",
    "find_calendar_link",
    "find_check_code",
    "find_clearance",
    "find_current_code",
    "find_current_link",
    "find_link",
    "find_policy_at",
    "find_renewable",
    "find_renewed",
    "get_application",
    "get_piece",
    "get_policy",
    "holds_something",
    "list_policies",
    "open_revocations",
    "open_stops_of",
    "pack_of",
    "parse_stored_policy",
    "policy_in_force",
    "recall_of",
    "register_of",
    "renewals_opened",
    "seals_of",
    "signed_by",
    "standings",
    "stop_of",
    "verify_seals",
]
