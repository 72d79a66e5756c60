"""Read attempts: what a candidate may see, what is owed, what counts."""

from __future__ import annotations

from app.attempts.queries.history import (
    due_attempt_ids,
    exposure,
    find_grade,
    find_running_attempt,
    find_unused_opening,
    graded_items,
    list_attempts,
    newest_grades,
    retake_rule,
    running_and_past,
    seen_counts,
    sittings,
)
from app.attempts.queries.places import (
    KeyedPlace,
    Place,
    keyed_places,
    wire_of,
)
from app.attempts.queries.planned import (
    forms_to_prepare,
    next_sitting,
    planned_sittings,
    prepared_stamps,
    stamp_of,
)
from app.attempts.queries.results import (
    Report,
    receipt_of,
    released_report,
)
from app.attempts.queries.running import (
    GRACE,
    get_attempt,
    get_own_attempt,
    is_over,
)
from app.attempts.queries.timing import (
    allowance_of,
    extended_s,
    extensions_of,
    find_allowance,
    timing_of,
)

__all__ = [
    "GRACE",
    "KeyedPlace",
    "Place",
    "Report",
    "allowance_of",
    "due_attempt_ids",
    "exposure",
    "extended_s",
    "extensions_of",
    "find_allowance",
    "find_grade",
    "find_running_attempt",
    "find_unused_opening",
    "forms_to_prepare",
    "get_attempt",
    "get_own_attempt",
    "graded_items",
    "is_over",
    "keyed_places",
    "list_attempts",
    "newest_grades",
    "next_sitting",
    "planned_sittings",
    "prepared_stamps",
    "receipt_of",
    "released_report",
    "retake_rule",
    "running_and_past",
    "seen_counts",
    "sittings",
    "stamp_of",
    "timing_of",
    "wire_of",
]
