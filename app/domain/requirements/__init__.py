"""Evidence + requirement + instant → met, unmet or unknown, until when, and why. Pure; doubt is never `met`."""

from __future__ import annotations

from datetime import datetime

from app.domain.evidence import Evidence, Setting
from app.domain.policy import (
    AllOf,
    AnyOf,
    AttestationRequirement,
    CompetencyRequirement,
    CurrencyRequirement,
    DocumentRequirement,
    ExamRequirement,
    ExperienceRequirement,
    IncidentFreeRequirement,
    KOf,
    ObservedRequirement,
    PrerequisiteRequirement,
    Requirement,
    ScopeRequirement,
    SessionsRequirement,
    SummativeRequirement,
    TrainingRequirement,
)
from app.domain.requirements.blocking import incident_free, prerequisite
from app.domain.requirements.competencies import competencies
from app.domain.requirements.composite import composite
from app.domain.requirements.denominator import Denominator, denominator, why_not
from app.domain.requirements.documents import document
from app.domain.requirements.exams import exam
from app.domain.requirements.observed import counted_observations, counts, observed, summative, watched_since
from app.domain.requirements.outcome import Outcome, State
from app.domain.requirements.papers import attestation, scope, training
from app.domain.requirements.practising import currency, experience, sessions

__all__ = [
    "Denominator",
    "Outcome",
    "State",
    "counted_observations",
    "counts",
    "denominator",
    "evaluate",
    "watched_since",
    "why_not",
]


_COMPOSITES = (AllOf, AnyOf, KOf)


def evaluate(requirement: Requirement, evidence: Evidence, setting: Setting, *, at: datetime, held: bool = False) -> Outcome:
    """Answer one requirement at an instant, on what the evidence holds: its caller leaves out what was not known then.

    `held`: asked for a clearance that is held already. A pass that a correction took away then counts until its notice ends;
    for a new grant it counts for nothing at once.
    """
    if isinstance(requirement, _COMPOSITES):
        children = [evaluate(child, evidence, setting, at=at, held=held) for child in requirement.of]
        return composite(requirement, children, at=at)
    if isinstance(requirement, ExamRequirement):
        return exam(requirement, evidence, setting, at=at, held=held)
    return _evaluate_simple(requirement, evidence, setting, at)


def _evaluate_simple(requirement: Requirement, evidence: Evidence, setting: Setting, at: datetime) -> Outcome:
    match requirement:
        case ObservedRequirement():
            return observed(requirement, evidence, setting, at=at)
        case SummativeRequirement():
            return summative(requirement, evidence, setting, at=at)
        case CompetencyRequirement():
            return competencies(requirement, evidence, setting, at=at)
        case DocumentRequirement():
            return document(requirement, evidence, setting, at=at)
        case ScopeRequirement():
            return scope(requirement, evidence, setting, at=at)
        case SessionsRequirement():
            return sessions(requirement, evidence, setting, at=at)
        case TrainingRequirement():
            return training(requirement, evidence, setting, at=at)
        case ExperienceRequirement():
            return experience(requirement, evidence, setting, at=at)
        case PrerequisiteRequirement():
            return prerequisite(requirement, evidence, setting, at=at)
        case CurrencyRequirement():
            return currency(requirement, evidence, setting, at=at)
        case IncidentFreeRequirement():
            return incident_free(requirement, evidence, setting, at=at)
        case AttestationRequirement():
            return attestation(requirement, evidence, setting, at=at)
        case _:
            raise TypeError(f"no rule answers a requirement of kind {requirement.kind!r}")
