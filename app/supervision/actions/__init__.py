"""What people do about observations and competencies."""

from __future__ import annotations

from app.supervision.actions.approving import approve_competency
from app.supervision.actions.filled import Form
from app.supervision.actions.observing import may_sign_observation, open_observation, save_draft, sign_observation

__all__ = ["Form", "approve_competency", "may_sign_observation", "open_observation", "save_draft", "sign_observation"]
