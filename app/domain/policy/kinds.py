"""What a policy can ask for: one class for each kind of requirement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

SHIPPED = "default"
"""The policy that an installation begins with where nobody chose another preset."""
GROUP_EXAM = "group"
"""The word that stands for the exam of the group applied for."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Share(Strict):
    """A share as two integers."""

    num: Annotated[int, Field(ge=0)]
    den: Annotated[int, Field(ge=1)]


class _Requirement(Strict):
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,60}$")]
    words: Annotated[str, Field(min_length=5, max_length=200)]
    initial: bool = True
    continuing: bool = False


class ExamRequirement(_Requirement):
    """A quiz passed under every cut without a critical error; `group` means the exam of the group applied for."""

    kind: Literal["exam"]
    quiz: str
    validity_months: Annotated[int, Field(ge=1, le=120)]


class ObservedRequirement(_Requirement):
    """n counted observations in the group, by at least m observers, none with more than a share, over the regions claimed.

    `min_days`: on how many different days of the site they were opened; `subjects`: who or what counts, all where none is named.
    """

    kind: Literal["observed"]
    per_group: Annotated[int, Field(ge=1, le=100)]
    min_days: Annotated[int, Field(ge=1, le=100)] = 1
    subjects: tuple[Literal["patient", "peer", "cadaver", "simulator"], ...] = ()
    per_region: Annotated[int, Field(ge=0, le=50)] = 0
    min_rating: Annotated[int, Field(ge=1, le=5)]
    observers: Annotated[int, Field(ge=1, le=20)] = 1
    max_share: Share | None = None
    min_on_patients: Share | None = None
    window_months: Annotated[int, Field(ge=1, le=120)]
    live_video: bool = False

    @model_validator(mode="after")
    def _patients_count(self) -> ObservedRequirement:
        if self.min_on_patients and self.subjects and "patient" not in self.subjects:
            raise ValueError("some must be on patients, and patients do not count: name patient among `subjects`")
        return self


class SummativeRequirement(_Requirement):
    """The k most recent observations of the group, none below a rating, by at least m observers.

    `count_unsigned`: one that was asked for and became void unsigned counts as one that went badly.
    """

    kind: Literal["summative"]
    last: Annotated[int, Field(ge=1, le=50)]
    rating: Annotated[int, Field(ge=1, le=5)]
    observers: Annotated[int, Field(ge=1, le=20)] = 1
    count_unsigned: bool = False
    live_video: bool = False


class CompetencyRequirement(_Requirement):
    """Competencies signed met by a supervisor other than the holder; `critical` means all critical ones of the catalogue."""

    kind: Literal["competency"]
    which: Literal["critical", "listed"]
    competencies: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _listed(self) -> CompetencyRequirement:
        if (self.which == "listed") != bool(self.competencies):
            raise ValueError("list competencies exactly when `which` is `listed`")
        return self


class DocumentRequirement(_Requirement):
    """A document verified by a second person; the licence must be for the site's jurisdiction."""

    kind: Literal["document"]
    document: Literal["licence", "indemnity", "bls", "course"]
    for_jurisdiction: bool = False


class ScopeRequirement(_Requirement):
    """The profession may needle every region claimed where the site is, as a named person confirmed; unknown is not met."""

    kind: Literal["scope"]


class SessionsRequirement(_Requirement):
    """Supervised patient sessions of the group, countersigned by an eligible supervisor: a number and hours together."""

    kind: Literal["sessions"]
    number: Annotated[int, Field(ge=0, le=2000)]
    hours: Annotated[int, Field(ge=0, le=5000)] = 0
    window_months: Annotated[int, Field(ge=1, le=240)]


class TrainingRequirement(_Requirement):
    """Verified courses that together have the hours and topics, and cover every region claimed."""

    kind: Literal["training"]
    hours_in_person: Annotated[int, Field(ge=0, le=5000)] = 0
    hours_online: Annotated[int, Field(ge=0, le=5000)] = 0
    hours_practicum: Annotated[int, Field(ge=0, le=5000)] = 0
    topics: tuple[str, ...] = ()
    accreditors: tuple[str, ...] = ()
    cover_regions: bool = True


class ExperienceRequirement(_Requirement):
    """Years licensed and unrestricted, verified."""

    kind: Literal["experience"]
    years: Annotated[int, Field(ge=1, le=40)]


class PrerequisiteRequirement(_Requirement):
    """Every one of some regions is cleared at a level; losing it blocks and does not revoke."""

    kind: Literal["prerequisite"]
    regions: Annotated[tuple[str, ...], Field(min_length=1)]
    level: Literal["independent", "may_observe"] = "independent"


class CurrencyRequirement(_Requirement):
    """n procedures of the group logged within a window; once lapsed, regained by one that an observer watched."""

    kind: Literal["currency"]
    number: Annotated[int, Field(ge=1, le=500)]
    window_months: Annotated[int, Field(ge=1, le=60)]


class IncidentFreeRequirement(_Requirement):
    """No open case of a severity that a named lead decided to hold, in a region claimed or in general."""

    kind: Literal["incident_free"]
    severity: Annotated[int, Field(ge=1, le=5)]


class AttestationRequirement(_Requirement):
    """The holder signed a version of a text, not too long ago."""

    kind: Literal["attestation"]
    text: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,60}$")]
    version: Annotated[str, Field(min_length=1, max_length=20)]
    validity_months: Annotated[int, Field(ge=1, le=120)]


class AllOf(_Requirement):
    """Every child is met."""

    kind: Literal["all_of"]
    of: Annotated[tuple[Requirement, ...], Field(min_length=1, max_length=10)]


class AnyOf(_Requirement):
    """One child at least is met."""

    kind: Literal["any_of"]
    of: Annotated[tuple[Requirement, ...], Field(min_length=1, max_length=10)]


class KOf(_Requirement):
    """k children at least are met."""

    kind: Literal["k_of"]
    k: Annotated[int, Field(ge=1, le=10)]
    of: Annotated[tuple[Requirement, ...], Field(min_length=1, max_length=10)]

    @model_validator(mode="after")
    def _reachable(self) -> KOf:
        if self.k > len(self.of):
            raise ValueError("k is larger than the number of requirements listed")
        return self


Requirement = Annotated[
    ExamRequirement
    | ObservedRequirement
    | SummativeRequirement
    | CompetencyRequirement
    | DocumentRequirement
    | ScopeRequirement
    | SessionsRequirement
    | TrainingRequirement
    | ExperienceRequirement
    | PrerequisiteRequirement
    | CurrencyRequirement
    | IncidentFreeRequirement
    | AttestationRequirement
    | AllOf
    | AnyOf
    | KOf,
    Field(discriminator="kind"),
]
for _composite in (AllOf, AnyOf, KOf):
    _composite.model_rebuild()


def every_requirement(requirements: Iterable[Requirement]) -> Iterator[Requirement]:
    """Requirements with those inside all_of, any_of and k_of."""
    for requirement in requirements:
        yield requirement
        if isinstance(requirement, (AllOf, AnyOf, KOf)):
            yield from every_requirement(requirement.of)
