"""What people do about applications, observers, policies and check codes."""

from __future__ import annotations

from app.clearances.actions.applications import hold_application, note_event, open_application
from app.clearances.actions.calendar_links import end_calendar_link, make_calendar_link
from app.clearances.actions.check_codes import make_check_code
from app.clearances.actions.deciding import act_for, decide_application, grant_facts, may_decide, needs_two
from app.clearances.actions.observers import confirm_observer, nominate_observer
from app.clearances.actions.packs import note_pack
from app.clearances.actions.policies import load_policy
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
    "Stopping",
    "act_for",
    "act_to_end",
    "act_to_stop",
    "call_back",
    "confirm_observer",
    "decide_application",
    "end_calendar_link",
    "end_stop",
    "grant_facts",
    "held_back",
    "hold_application",
    "hold_meaning",
    "load_policy",
    "make_calendar_link",
    "make_check_code",
    "may_decide",
    "may_end",
    "may_undo",
    "needs_two",
    "nominate_observer",
    "note_event",
    "note_pack",
    "open_application",
    "stop_clearance",
    "stop_meaning",
    "undo_decision",
    "undo_meaning",
    "void_meaning",
]
