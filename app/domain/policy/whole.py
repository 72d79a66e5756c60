"""The rules of each tier, and the whole policy (schema policy/1)."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from app.domain.errors import InvalidInput
from app.domain.policy.kinds import PrerequisiteRequirement, Requirement, Strict, every_requirement

Tier = Literal["standard", "elevated", "high", "restricted"]
TIERS: tuple[Tier, ...] = ("standard", "elevated", "high", "restricted")


class TierRules(Strict):
    """What a clearance of one tier needs, who signs, and how long it lasts; `open` false means off at every site."""

    open: bool
    term_months: Annotated[int, Field(ge=1, le=120)]
    signers: Annotated[int, Field(ge=1, le=3)]
    external_signer: bool = False
    """whether one of those who sign works elsewhere: a membership marked external"""
    requirements: tuple[Requirement, ...]

    @model_validator(mode="after")
    def _unique(self) -> TierRules:
        ids = [r.id for r in self.requirements]
        if len(ids) != len(set(ids)):
            raise ValueError("two requirements of a tier have the same id")
        if self.external_signer and self.signers < 2:
            raise ValueError("an external signer is one of two: write 2 signers")
        return self


class ObserverRules(Strict):
    """How long a right to observe lasts."""

    term_months: Annotated[int, Field(ge=1, le=120)]


class Policy(Strict):
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

    @cached_property
    def first_by_tier(self) -> dict[str, frozenset[tuple[str, str]]]:
        """(region, level) that must be cleared before anything of a tier is; tiers that ask for nothing first are left out."""
        found: dict[str, frozenset[tuple[str, str]]] = {}
        for tier in TIERS:
            asked = (r for r in every_requirement(self.rules(tier).requirements) if isinstance(r, PrerequisiteRequirement))
            first = frozenset((region, r.level) for r in asked for region in r.regions)
            found |= {tier: first} if first else {}
        return found

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
