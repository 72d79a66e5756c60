"""Who may do what, as functions of plain facts; denied by default, with the reason in words."""

from __future__ import annotations

from app.domain.permissions.clearances import (
    GrantFacts,
    LiftFacts,
    may_call_back,
    may_grant,
    may_lift,
    may_propose_lift,
    may_recommend,
    may_stop,
)
from app.domain.permissions.observations import WatchFacts, may_read_observation, may_sign_observed
from app.domain.permissions.people import (
    may_administer,
    may_confirm_role,
    may_read_record,
    may_set_exam_time,
    may_supervise,
    may_verify_document,
)
from app.domain.permissions.regrades import ChallengeFacts, RegradeFacts, may_answer_challenge, may_commit_regrade, signs_regrade_as
from app.domain.permissions.restored import NO_OBSERVING, is_restored, refuse_while_restored
from app.domain.permissions.who import (
    NEW_ROLE_WAIT,
    RESET_WAIT,
    ROLES,
    SYSTEM,
    TWO_PERSON_ROLES,
    TWO_PERSON_TIERS,
    YES,
    Actor,
    Answer,
    Role,
    Who,
    may_sign,
    no,
)

__all__ = [
    "Actor",
    "Answer",
    "ChallengeFacts",
    "GrantFacts",
    "LiftFacts",
    "NEW_ROLE_WAIT",
    "NO_OBSERVING",
    "RESET_WAIT",
    "ROLES",
    "RegradeFacts",
    "Role",
    "SYSTEM",
    "TWO_PERSON_ROLES",
    "TWO_PERSON_TIERS",
    "WatchFacts",
    "Who",
    "YES",
    "is_restored",
    "may_administer",
    "may_answer_challenge",
    "may_call_back",
    "may_commit_regrade",
    "may_confirm_role",
    "may_grant",
    "may_lift",
    "may_propose_lift",
    "may_read_observation",
    "may_read_record",
    "may_recommend",
    "may_set_exam_time",
    "may_sign",
    "may_sign_observed",
    "may_stop",
    "may_supervise",
    "may_verify_document",
    "no",
    "refuse_while_restored",
    "signs_regrade_as",
]
