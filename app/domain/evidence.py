"""Plain records of what a clearance rests on, as the requirements read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ExamFact:
    """A graded attempt by its newest grade. `held_until`: a correction took the pass away; what rests on it stands until then."""

    id: int
    quiz_id: str
    passed: bool
    critical_errors: int
    finished_at: datetime
    sha256: str = ""
    held_until: datetime | None = None

    @property
    def counts(self) -> bool:
        """Whether it is passed without a critical error."""
        return self.passed and self.critical_errors == 0


@dataclass(frozen=True, slots=True)
class ObservationFact:
    """A signed observation; `observer_eligible` says whether the observer could observe this region when it was opened."""

    id: int
    region: str
    purpose: str
    subject: str
    presence: str
    outcome: str
    rating: int | None
    auto_failed: bool
    observer_id: int
    observer_name: str
    observer_eligible: bool
    opened_at: datetime
    signed_at: datetime
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class CompetencyFact:
    """A signed verdict on one competency."""

    id: int
    competency: str
    verdict: str
    approver_id: int
    at: datetime
    until: datetime | None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class DocumentFact:
    """A document and, where a second person has looked at it, the instant and verdict."""

    id: int
    kind: str
    jurisdiction: str
    valid_from: date
    valid_until: date | None
    verified_at: datetime | None
    refused: bool = False
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything on record about one person."""

    exams: tuple[ExamFact, ...] = ()
    observations: tuple[ObservationFact, ...] = ()
    competencies: tuple[CompetencyFact, ...] = ()
    documents: tuple[DocumentFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """One piece of evidence that an answer rests on."""

    kind: str
    id: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a requirement is asked: the person, the group with its regions, the regions claimed, the site's law and zone."""

    person_id: int
    group: str
    group_regions: frozenset[str]
    regions: frozenset[str]
    time_zone: str
    jurisdiction: str
    critical_competencies: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict, compare=False)
    """Slug → name, for words."""

    def name(self, slug: str) -> str:
        """The name of a region, competency or quiz; its slug where none is known."""
        return self.names.get(slug, slug)
