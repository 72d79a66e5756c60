"""Read regrades, their previews, what they change, challenges, and what people have to be told."""

from __future__ import annotations

from app.regrades.queries.challenges import (
    CLOSED_ID,
    VERDICT_WORDS,
    Challenged,
    Place,
    challenge_of,
    challenges_waiting,
    get_challenge,
    list_challenges,
    own_place,
    own_practice,
    said_of,
    unseen_answers,
)
from app.regrades.queries.effects import effects_on, next_people
from app.regrades.queries.news import Correction, LostPass, corrections_for, lost_passes_of
from app.regrades.queries.previews import (
    Counts,
    Line,
    as_lines,
    counts_of,
    crossing_lines,
    is_stale,
    moved_people,
    other_lines,
    preview_digest,
    stored_effects,
    stored_moves,
)
from app.regrades.queries.proposals import (
    STATE_WORDS,
    LeftOver,
    Proposal,
    Use,
    get_proposal,
    items_sat_now,
    left_over,
    list_proposals,
    open_regrade_id,
    uses_of,
    versions_among,
    waiting_count,
)
from app.regrades.queries.scoring import BATCH, Batch, Move, fingerprint, next_batch

__all__ = [
    "BATCH", "CLOSED_ID", "STATE_WORDS", "VERDICT_WORDS", "Batch", "Challenged", "Correction", "Counts", "LeftOver", "Line",
    "LostPass", "Move", "Place", "Proposal", "Use", "as_lines", "challenge_of", "challenges_waiting", "corrections_for",
    "counts_of", "crossing_lines", "effects_on", "fingerprint", "get_challenge", "get_proposal", "is_stale", "items_sat_now",
    "left_over", "list_challenges", "list_proposals", "lost_passes_of", "moved_people", "next_batch", "next_people",
    "open_regrade_id", "other_lines", "own_place", "own_practice", "preview_digest", "said_of", "stored_effects",
    "stored_moves", "unseen_answers", "uses_of", "versions_among", "waiting_count",
]  # fmt: skip
