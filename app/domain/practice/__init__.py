"""Practice: when an item comes back, in which order, how much of a session is used, what is known of progress. Pure."""

from __future__ import annotations

from app.domain.practice.agenda import NEW_A_DAY, Agenda, Day, Line, Practicable, Wanted, agenda, day_in, hazards_of
from app.domain.practice.assignments import ASSIGNED_MOST, Missed, assigned_hazards, still_left
from app.domain.practice.pace import SESSION_S, step_s, time_is_used
from app.domain.practice.progress import ANSWERS_NEEDED, Estimate, Progress, estimate, wilson_interval
from app.domain.practice.scheduling import CERTAINTIES, Answered, Memory, rating_of, remember, replay, retrievability

__all__ = [
    "ANSWERS_NEEDED", "ASSIGNED_MOST", "CERTAINTIES", "NEW_A_DAY", "SESSION_S", "Agenda", "Answered", "Day", "Estimate", "Line",
    "Memory", "Missed", "Practicable", "Progress", "Wanted", "agenda", "assigned_hazards", "day_in", "estimate",
    "hazards_of", "rating_of", "remember", "replay", "retrievability", "step_s", "still_left", "time_is_used", "wilson_interval",
]  # fmt: skip
