"""Cases: a patient whose state changes with time and harm; the story, the engine, the verdict, the explorer."""

from __future__ import annotations

from app.domain.cases.engine import WAIT, State, Step, act, begin, play, possible, vitals_at
from app.domain.cases.explorer import Exploration, explore
from app.domain.cases.faults import story_faults
from app.domain.cases.story import GROUPS, VITALS, Action, CriticalAction, Ending, Limits, Phase, Story
from app.domain.cases.verdict import Verdict, judge

__all__ = [
    "GROUPS", "VITALS", "WAIT", "Action", "CriticalAction", "Ending", "Exploration", "Limits", "Phase", "State", "Step",
    "Story", "Verdict", "act", "begin", "explore", "judge", "play", "possible", "story_faults", "vitals_at",
]  # fmt: skip
