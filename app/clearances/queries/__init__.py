"""Standings, applications, stops, codes and policies: what is true now, or was at any instant."""

from __future__ import annotations

from app.clearances.queries.appeals import (
    Adverse,
    adverse_of,
    answers_to,
    involved_in,
    may_hear,
    open_appeals_at,
    set_aside_among,
    uninvolved_at,
    unseen_notices,
)
from app.clearances.queries.applications import (
    Case,
    applications_at,
    applications_of,
    case_of,
    cases_of,
    events_of,
    find_renewable,
    find_renewed,
    gaps_of,
    get_application,
)
from app.clearances.queries.calendars import calendar_token_sha256, endings_of, find_calendar_link, find_current_link
from app.clearances.queries.codes import code_sha256, find_check_code, find_current_code
from app.clearances.queries.covers import cover_of, covered_now, covers_at, get_delegation, list_delegations
from app.clearances.queries.packs import find_clearance, pack_of
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
from app.clearances.queries.register import Register, register_of
from app.clearances.queries.seals import SealVerdict, seals_of, verify_seals
from app.clearances.queries.standings import LEVELS, PersonStandings, standings, standings_by_level
from app.clearances.queries.steps import next_step_for
from app.clearances.queries.stops import Stop, find_link, holds_something, open_revocations, open_stops_of, stop_of

__all__ = [
    "Adverse",
    "Called",
    "Case",
    "Dependent",
    "Draft",
    "LEVELS",
    "PersonStandings",
    "Recall",
    "Register",
    "SealVerdict",
    "Stop",
    "adverse_of",
    "all_versions",
    "answers_to",
    "applications_at",
    "applications_of",
    "calendar_token_sha256",
    "case_of",
    "cases_of",
    "code_sha256",
    "cover_of",
    "covered_now",
    "covers_at",
    "endings_of",
    "events_of",
    "find_calendar_link",
    "find_check_code",
    "find_clearance",
    "find_current_code",
    "find_current_link",
    "find_link",
    "find_policy_at",
    "find_renewable",
    "find_renewed",
    "gaps_of",
    "get_application",
    "get_delegation",
    "get_draft",
    "get_piece",
    "get_policy",
    "holds_something",
    "involved_in",
    "list_delegations",
    "list_drafts",
    "list_policies",
    "may_hear",
    "next_step_for",
    "open_appeals_at",
    "open_revocations",
    "open_stops_of",
    "pack_of",
    "policy_in_force",
    "policy_of",
    "recall_of",
    "register_of",
    "seals_of",
    "set_aside_among",
    "signed_by",
    "standings",
    "standings_by_level",
    "stop_of",
    "uninvolved_at",
    "unseen_notices",
    "verify_seals",
]
