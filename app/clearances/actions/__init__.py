"""What people do about applications, observers, policies and check codes."""

from __future__ import annotations

from app.clearances.actions.appealing import (
    Hearing,
    answer_decision,
    decide_appeal,
    hearing_digest,
    hearing_meaning,
    may_hear_now,
    open_appeal,
    take_note,
)
from app.clearances.actions.applications import hold_application, may_take_over_now, note_event, open_application
from app.clearances.actions.calendar_links import end_calendar_link, make_calendar_link
from app.clearances.actions.check_codes import make_check_code
from app.clearances.actions.covering import Away, delegate_to, end_delegation
from app.clearances.actions.deciding import act_for, decide_application, grant_facts, may_decide, needs_two
from app.clearances.actions.observers import confirm_observer, nominate_observer
from app.clearances.actions.packs import note_pack
from app.clearances.actions.policies import load_policy
from app.clearances.actions.policy_drafts import (
    Proposal,
    advance_policy_preview,
    begin_policy_preview,
    next_number,
    propose_policy,
    publish_policy,
    publishing_meaning,
    shown_for_publishing,
    withdraw_policy,
)
from app.clearances.actions.recalling import call_back, held_back, hold_meaning, void_meaning
from app.clearances.actions.stopping import (
    Stopping,
    act_to_end,
    act_to_stop,
    end_stop,
    may_end,
    may_undo,
    stop_clearance,
    stop_meaning,
    undo_decision,
    undo_meaning,
)

__all__ = [
    "Proposal",
    "Away",
    "Hearing",
    "Stopping",
    "act_for",
    "act_to_end",
    "act_to_stop",
    "advance_policy_preview",
    "begin_policy_preview",
    "answer_decision",
    "call_back",
    "confirm_observer",
    "decide_appeal",
    "decide_application",
    "delegate_to",
    "end_delegation",
    "end_calendar_link",
    "end_stop",
    "grant_facts",
    "hearing_digest",
    "hearing_meaning",
    "held_back",
    "hold_application",
    "hold_meaning",
    "load_policy",
    "make_calendar_link",
    "make_check_code",
    "may_decide",
    "may_end",
    "may_hear_now",
    "may_take_over_now",
    "may_undo",
    "needs_two",
    "next_number",
    "nominate_observer",
    "note_event",
    "open_appeal",
    "note_pack",
    "open_application",
    "propose_policy",
    "publish_policy",
    "publishing_meaning",
    "shown_for_publishing",
    "stop_clearance",
    "stop_meaning",
    "take_note",
    "undo_decision",
    "undo_meaning",
    "void_meaning",
    "withdraw_policy",
]
