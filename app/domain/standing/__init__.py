"""What is true of a person, a region and a level at an instant: a pure function of decisions, evidence and policy."""

from __future__ import annotations

from app.domain.standing.decided import Decided, decide_from, observes
from app.domain.standing.record import (
    GRANTS,
    STATE_WORDS,
    STOPS,
    UNDO_WINDOW,
    WAITS,
    DecisionFact,
    Limits,
    Standing,
    takes_effect_at,
)
from app.domain.standing.states import continuing_outcomes, initial_outcomes, standing

__all__ = [
    "GRANTS",
    "STATE_WORDS",
    "STOPS",
    "UNDO_WINDOW",
    "WAITS",
    "Decided",
    "DecisionFact",
    "Limits",
    "Standing",
    "continuing_outcomes",
    "decide_from",
    "initial_outcomes",
    "observes",
    "standing",
    "takes_effect_at",
]
