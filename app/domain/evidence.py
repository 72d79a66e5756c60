"""Plain records of what a clearance rests on, as the requirements read them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, TypeVar

from app.domain.spans import Spans

T = TypeVar("T")


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
    voided: bool = False
    """called back: it counts for nothing, and what went badly in it still speaks against its holder"""


@dataclass(frozen=True, slots=True)
class UnsignedFact:
    """An assessment that was asked for and that nobody signed (yet): void from `void_at` on, and never out of the count."""

    id: int
    region: str
    opened_at: datetime
    void_at: datetime


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
class ScopeFact:
    """What a named person confirmed about the law of a jurisdiction for a profession: may it needle a region, from which day."""

    id: int
    profession: str
    jurisdiction: str
    region: str
    answer: Literal["allowed", "not_allowed", "unknown"]
    valid_from: date
    valid_until: date | None
    confirmed_at: datetime
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class SessionFact:
    """A supervised patient session of the logbook; it counts once its supervisor has countersigned it."""

    id: int
    region: str
    minutes: int
    held_at: datetime
    supervisor_id: int
    supervisor_eligible: bool
    countersigned_at: datetime | None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class TrainingFact:
    """A course with its hours; it counts once another person than its holder has verified it."""

    id: int
    provider: str
    accreditor: str
    topics: frozenset[str]
    regions: frozenset[str]
    hours_in_person: int
    hours_online: int
    hours_practicum: int
    completed_on: date
    verified_at: datetime | None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class ExperienceFact:
    """A stretch of days licensed and unrestricted, verified by another person; no end while it goes on."""

    id: int
    since: date
    until: date | None
    verified_at: datetime | None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class LoggedFact:
    """A procedure that the holder logged; `watched` if an observer who could observe the region was present."""

    id: int
    region: str
    done_at: datetime
    recorded_at: datetime
    watched: bool = False
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class IncidentFact:
    """A case that a named lead decided to hold, from that decision until its outcome was signed; no end while it is open."""

    id: int
    severity: int
    regions: frozenset[str]
    held_from: datetime
    held_until: datetime | None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class AttestationFact:
    """A text that the holder signed, by its version."""

    id: int
    text: str
    version: str
    signed_at: datetime
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class PrerequisiteFact:
    """When another region is cleared at a level, if nothing new happens; asked by whoever reckons standings, lower ones first."""

    region: str
    level: str
    spans: Spans


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything on record about one person."""

    exams: tuple[ExamFact, ...] = ()
    observations: tuple[ObservationFact, ...] = ()
    competencies: tuple[CompetencyFact, ...] = ()
    documents: tuple[DocumentFact, ...] = ()
    scopes: tuple[ScopeFact, ...] = ()
    sessions: tuple[SessionFact, ...] = ()
    trainings: tuple[TrainingFact, ...] = ()
    experience: tuple[ExperienceFact, ...] = ()
    logged: tuple[LoggedFact, ...] = ()
    incidents: tuple[IncidentFact, ...] = ()
    attestations: tuple[AttestationFact, ...] = ()
    prerequisites: tuple[PrerequisiteFact, ...] = ()
    unsigned: tuple[UnsignedFact, ...] = ()
    _found: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """what was worked out of this evidence before: of ten regions nine ask for the same again"""

    def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """What `work` finds in this evidence, worked out once; the key names everything else that it looks at."""
        if key not in self._found:
            self._found[key] = work()
        found: T = self._found[key]
        return found

    def as_of(self, instant: datetime) -> Evidence:
        """What had happened by an instant. A paper counts from its first day, whenever somebody looked at it."""
        return replace(
            self,
            exams=tuple(e for e in self.exams if e.finished_at <= instant),
            observations=tuple(o for o in self.observations if o.signed_at <= instant),
            competencies=tuple(c for c in self.competencies if c.at <= instant),
            scopes=tuple(s for s in self.scopes if s.confirmed_at <= instant),
            sessions=tuple(s for s in self.sessions if _by(s.countersigned_at, instant)),
            trainings=tuple(t for t in self.trainings if _by(t.verified_at, instant)),
            experience=tuple(e for e in self.experience if _by(e.verified_at, instant)),
            logged=tuple(f for f in self.logged if max(f.done_at, f.recorded_at) <= instant),
            incidents=tuple(i for i in self.incidents if i.held_from <= instant),
            attestations=tuple(a for a in self.attestations if a.signed_at <= instant),
        )


def _by(at: datetime | None, instant: datetime) -> bool:
    return at is not None and at <= instant


class Ref(NamedTuple):
    """One piece of evidence that an answer rests on. A plain tuple: an answer may name thirty of them."""

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
    profession: str = ""
    """as a verified licence names it, never as its holder typed it; empty: no scope of practice is confirmed for it"""
    since: datetime | None = None
    """when the clearance that is asked about was granted"""
    names: dict[str, str] = field(default_factory=dict, compare=False)
    """Slug → name, for words."""

    def name(self, slug: str) -> str:
        """The name of a region, competency or quiz; its slug where none is known."""
        return self.names.get(slug, slug)
