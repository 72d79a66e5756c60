"""A small case, sound in every way, and changed by hand for tests."""

from __future__ import annotations

import copy
from typing import Any

from app.domain.cases import Story
from app.domain.strict import tuples

STORY: dict[str, Any] = {
    "tick_s": 30,
    "limits": {"max_time_s": 1800, "max_states": 5000},
    "start": "pain",
    "phases": {
        "pain": {"text": "A sharp pain.", "vitals": {"hr": [80, 100]}, "lasts_s": 300, "then": "worse"},
        "worse": {"text": "Short of breath.", "vitals": {"hr": [100, 130]}, "lasts_s": 300, "then": "end-late"},
        "waiting": {"text": "Help is coming.", "vitals": {"hr": [110, 100]}, "lasts_s": 300, "then": "end-plain"},
    },
    "endings": {
        "end-good": {"outcome": "good", "text": "Treated in time."},
        "end-plain": {"outcome": "fair", "text": "Nobody knew of the needle."},
        "end-late": {"outcome": "poor", "text": "Help came late."},
    },
    "actions": [
        {"id": "out", "group": "needles", "label": "Take the needle out", "takes_s": 60, "sets": ["safe"], "points": 1,
         "why": "First."},
        {"id": "look", "group": "assess", "label": "Look and measure", "takes_s": 60, "points": 1, "why": "Then look."},
        {"id": "wait-more", "group": "assess", "label": "Sit with her", "takes_s": 120, "why": "Kind, no more."},
        {"id": "again", "group": "needles", "label": "Needle again", "takes_s": 60, "unless": ["safe"], "points": -1,
         "why": "Never.", "critical_error": "Needled again."},
        {"id": "call", "group": "help", "label": "Call for help", "takes_s": 60, "needs": ["safe"], "phases": ["pain", "worse"],
         "goto": "waiting", "sets": ["called"], "points": 2, "why": "Help."},
        {"id": "tell", "group": "record", "label": "Hand over", "takes_s": 60, "needs": ["called"], "phases": ["waiting"],
         "goto": "end-good", "points": 2, "why": "They must know."},
    ],
    "critical_actions": [
        {"action": "out", "by_s": 180, "text": "The needle stayed in."}, {"action": "call", "by_s": 480, "text": "No call."},
    ],
}  # fmt: skip


def make_story(**changes: Any) -> Story:
    """The story with some fields changed."""
    return Story.model_validate(tuples({**copy.deepcopy(STORY), **changes}))


def with_action(name: str, **changes: Any) -> Story:
    """The story with one action changed; None takes a field away."""
    actions = []
    for action in copy.deepcopy(STORY["actions"]):
        if action["id"] == name:
            action = {k: v for k, v in {**action, **changes}.items() if v is not None}
        actions.append(action)
    return make_story(actions=actions)
