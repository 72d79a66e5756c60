"""The clearance policy: one immutable set of requirements for each tier (schema policy/1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.domain.errors import InvalidInput

Tier = Literal["standard", "elevated", "high", "restricted"]
TIERS: tuple[Tier, ...] = ("standard", "elevated", "high", "restricted")
GROUP_EXAM = "group"
"""The word that stands for the exam of the group applied for."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Share(_Strict):
    """A share as two integers."""

    num: Annotated[int, Field(ge=0)]
    den: Annotated[int, Field(ge=1)]


class _Requirement(_Strict):
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
    """n counted observations in the group, by at least m observers, none with more than a share, over the regions claimed."""

    kind: Literal["observed"]
    per_group: Annotated[int, Field(ge=1, le=100)]
    per_region: Annotated[int, Field(ge=0, le=50)] = 0
    min_rating: Annotated[int, Field(ge=1, le=5)]
    observers: Annotated[int, Field(ge=1, le=20)] = 1
    max_share: Share | None = None
    min_on_patients: Share | None = None
    window_months: Annotated[int, Field(ge=1, le=120)]
    live_video: bool = False


class SummativeRequirement(_Requirement):
    """The k most recent observations of the group, none below a rating, by at least m observers."""

    kind: Literal["summative"]
    last: Annotated[int, Field(ge=1, le=50)]
    rating: Annotated[int, Field(ge=1, le=5)]
    observers: Annotated[int, Field(ge=1, le=20)] = 1
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


Requirement = Annotated[
    ExamRequirement | ObservedRequirement | SummativeRequirement | CompetencyRequirement | DocumentRequirement,
    Field(discriminator="kind"),
]


class TierRules(_Strict):
    """What a clearance of one tier needs, who signs, and how long it lasts; `open` false means off at every site."""

    open: bool
    term_months: Annotated[int, Field(ge=1, le=120)]
    signers: Annotated[int, Field(ge=1, le=3)]
    requirements: tuple[Requirement, ...]

    @model_validator(mode="after")
    def _unique(self) -> TierRules:
        ids = [r.id for r in self.requirements]
        if len(ids) != len(set(ids)):
            raise ValueError("two requirements of a tier have the same id")
        return self


class ObserverRules(_Strict):
    """How long a right to observe lasts."""

    term_months: Annotated[int, Field(ge=1, le=120)]


class Policy(_Strict):
    """A whole policy; `later` names in words what it does not ask for yet."""

    schema_: Literal["policy/1"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,60}$")]
    title: str
    basis: str
    later: tuple[str, ...]
    expiring_days: Annotated[int, Field(ge=1, le=365)] = 60
    cases_after_suspension: Annotated[int, Field(ge=0, le=50)] = 3
    """How many procedures are done with an observer first, once a suspension is lifted."""
    standard: TierRules
    elevated: TierRules
    high: TierRules
    restricted: TierRules
    observer: ObserverRules

    @model_validator(mode="after")
    def _two_people(self) -> Policy:
        if self.high.signers < 2 or self.restricted.signers < 2:
            raise ValueError("the high and restricted tiers need at least 2 signers")
        return self

    def rules(self, tier: str) -> TierRules:
        """The rules of one tier; raises InvalidInput for an unknown word."""
        if tier not in TIERS:
            raise InvalidInput(f"There is no tier {tier!r}.")
        rules: TierRules = getattr(self, tier)
        return rules


def parse_policy(data: object) -> Policy:
    """Check a policy; raises InvalidInput that lists every problem with its path."""
    try:
        # Lists of YAML and JSON become the tuples of the frozen model.
        return Policy.model_validate(_tuples(data))
    except ValidationError as error:
        raise InvalidInput(
            (".".join(str(p) for p in problem["loc"]), problem["msg"]) for problem in error.errors(include_url=False)
        ) from None


def _tuples(value: object) -> object:
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(inner) for inner in value)
    return value
