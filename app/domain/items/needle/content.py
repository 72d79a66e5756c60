"""What the file of a needle placement says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from app.domain.items.base import ItemBase, OptionId, Reason, repeated, rows
from app.domain.items.hotspot import EmbeddedScene
from app.domain.placement import MEASURES, MEASURES_FROM, NAMES
from app.domain.scenes.scene import Preset
from app.domain.strict import Fault, Slug, Strict, visible

REASONS: dict[str, str] = {
    "contraindicated": "Something in this history or finding speaks against it",
    "landmark-missing": "A landmark that I need cannot be found",
    "wrong-indication": "The complaint does not come from here, or needs to be assessed first",
    "no-consent": "The patient has not consented, or is unsure",
    "not-mine": "This technique or region is outside what I am cleared for",
}
"""Why somebody would not needle here today: one closed list, the same in every item."""
NEEDLED = "needled"
EXCESS = "needle_excess_mm"
QUANTITIES = (*MEASURES, *MEASURES_FROM, *NAMES, EXCESS, NEEDLED)
FROM_LANDMARK = frozenset({"entry_dx_mm", "entry_along_mm"})
TO_STRUCTURE = frozenset({"margin_mm", "length_in_mm"})
Amount = Annotated[float, Field(ge=-400, le=400, strict=False, allow_inf_nan=False)]


def _quantity(value: object) -> object:
    if isinstance(value, str) and value not in QUANTITIES:
        raise ValueError(f"there is no quantity {value}: write one of {', '.join(QUANTITIES)}")
    return value


Quantity = Annotated[str, BeforeValidator(_quantity)]


class Variants(Strict):
    """Which bodies are drawn: a preset, and up to `jitter_mm` more or less in each band (in a fold: hundredths of its scale)."""

    presets: Annotated[tuple[Preset, ...], Field(min_length=1, max_length=3)]
    jitter_mm: Annotated[float, Field(ge=0, le=10, strict=False)]


class Decline(Strict):
    """Whether not needling is the key, and for which reasons."""

    correct: bool
    accepted: tuple[str, ...] = ()
    rationale: Reason

    @model_validator(mode="after")
    def _whole(self) -> Decline:
        for reason in self.accepted:
            if reason not in REASONS:
                raise ValueError(f"there is no reason {reason}: write one of {', '.join(REASONS)}")
        if self.correct != bool(self.accepted):
            raise ValueError("decline names accepted reasons if it is correct, and only then")
        return self


class Measured(Strict):
    """A quantity of a placement, and of which landmark (`from`) or structure (`to`)."""

    quantity: Quantity
    from_: Slug | None = Field(default=None, alias="from")
    to: Slug | None = None

    @model_validator(mode="after")
    def _of_something(self) -> Measured:
        if (self.quantity in FROM_LANDMARK) != (self.from_ is not None):
            raise ValueError("an entry is measured `from` a landmark, and nothing else is: add or delete from")
        if (self.quantity in TO_STRUCTURE) != (self.to is not None):
            raise ValueError("a margin or a length in a structure names it under `to`, and nothing else does: add or delete to")
        return self


class Criterion(Measured):
    """What earns points: a quantity between two bounds, or the structure that it must be."""

    id: OptionId
    min: Amount | None = None
    max: Amount | None = None
    equals: Slug | None = None
    within: Slug | None = None
    points: Annotated[int, Field(ge=1, le=10)]
    else_: Annotated[str, Field(min_length=5, max_length=300, alias="else"), AfterValidator(visible)]

    @model_validator(mode="after")
    def _bounded(self) -> Criterion:
        named = self.quantity in NAMES
        if self.quantity == NEEDLED:
            raise ValueError("needling as such earns no points: give a quantity of the placement")
        if named != (self.equals is not None):
            raise ValueError("a quantity that is a structure has `equals`, and no other has: add or delete it")
        if not named and self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min must not be above max: swap them")
        if self.within is not None and self.quantity != "first_bone":
            raise ValueError("within belongs to first_bone alone: delete it")
        return self


class CriticalPlacement(Measured):
    """What must not happen, whatever the points: a quantity beyond a bound, or any needling at all."""

    id: OptionId
    below: Amount | None = None
    above: Amount | None = None
    equals: Literal[True] | None = None
    complication: Slug
    text: Reason

    @model_validator(mode="after")
    def _one_bound(self) -> CriticalPlacement:
        bounds = [b for b in (self.below, self.above, self.equals) if b is not None]
        if len(bounds) != 1 or (self.quantity == NEEDLED) != (self.equals is not None) or self.quantity in NAMES:
            raise ValueError("give exactly one of below and above; needled has equals: true instead")
        return self


class Depth(Strict):
    """How deep a proof goes: until a bone, so far into a structure, or so many mm."""

    until: Slug | None = None
    into: Slug | None = None
    by_mm: Amount | None = None
    mm: Amount | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Depth:
        if sum(v is not None for v in (self.until, self.into, self.mm)) != 1 or (self.into is None) != (self.by_mm is None):
            raise ValueError("give exactly one of until, into (with by_mm) and mm")
        return self


class ProofPath(Strict):
    """A needle in words of the scene, tried in fifty bodies."""

    decline: str | None = None
    entry_dx_mm: Amount | None = None
    entry_along_mm: Amount | None = None
    from_: Slug | None = Field(default=None, alias="from")
    tilt_deg: Annotated[float, Field(ge=-100, le=100, strict=False)] | None = None
    aim: Slug | None = None
    past_mm: Amount | None = None
    depth: Depth | None = None
    needle: Literal["shortest"] | int = "shortest"

    @model_validator(mode="after")
    def _whole(self) -> ProofPath:
        if self.decline is not None:
            if self.decline not in REASONS:
                raise ValueError(f"there is no reason {self.decline}: write one of {', '.join(REASONS)}")
            return self
        if (self.entry_dx_mm is None) == (self.entry_along_mm is None):
            raise ValueError("give entry_dx_mm or entry_along_mm: exactly one of them")
        if (self.tilt_deg is None) == (self.aim is None):
            raise ValueError("give tilt_deg, or aim at a structure: exactly one of them")
        if (self.depth is None) == (self.past_mm is None) or (self.past_mm is not None and self.aim is None):
            raise ValueError("give depth; or past_mm, how far into the structure under aim")
        return self


class DangerousPath(ProofPath):
    """A needle that must be flagged with this critical error in every body."""

    error: OptionId


class Proof(Strict):
    """What `bank check` tries in fifty bodies: `full` earns every point, each dangerous path flags its error."""

    full: ProofPath
    dangerous: tuple[DangerousPath, ...] = ()


class NeedlePlacement(ItemBase):
    """Entry on the skin line, tilt, depth and needle, or a reasoned *decline*; judged against the scene in millimetres."""

    type: Literal["needle_placement"]
    scene: EmbeddedScene
    display: Literal["section", "surface"]
    variants: Variants
    needles_mm: Annotated[tuple[int, ...], Field(min_length=2, max_length=6)]
    shaft_outside_min_mm: Annotated[float, Field(ge=0, le=30, strict=False)]
    decline: Decline
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=8)] = ()
    critical_errors: Annotated[tuple[CriticalPlacement, ...], Field(min_length=1, max_length=8)]
    proof: Proof

    @classmethod
    def broken_rules(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Points that do not add up, ids twice, a decline whose rules are those of a needle, and the other way round."""
        criteria, errors = rows(data, "criteria"), rows(data, "critical_errors")
        for field, found in (("criteria", criteria), ("critical_errors", errors)):
            for name in repeated(str(row["id"]) for row in found if "id" in row):
                yield (field,), f"two entries are called {name}: give each its own id"
        if data.get("critical") is not True:
            yield ("critical",), "a needle placement has critical errors: set critical: true"
        decline = data.get("decline")
        correct = isinstance(decline, Mapping) and decline.get("correct") is True
        needled = any(row.get("quantity") == NEEDLED for row in errors)
        if correct and (criteria or not needled):
            yield ("decline",), "where decline is the key there are no criteria, and a critical error with quantity: needled"
        if isinstance(decline, Mapping) and not correct:
            if needled:
                yield ("critical_errors",), "needling is the task here and no error: delete the entry with quantity: needled"
            total = sum(row["points"] for row in criteria if isinstance(row.get("points"), int))
            if total != data.get("points"):
                yield ("points",), f"the points of the criteria add up to {total}: make points the same"

    @model_validator(mode="after")
    def _names_are_there(self) -> NeedlePlacement:
        if self.scene.kind != "section":
            raise ValueError("a needle goes into a section: name a scene of kind section")
        if any(n <= 0 for n in self.needles_mm) or list(self.needles_mm) != sorted(set(self.needles_mm)):
            raise ValueError("needles_mm goes from the shortest to the longest, each once")
        unknown = sorted({name for name in _structures_named(self) if name not in {s.id for s in self.scene.structures}})
        if unknown:
            raise ValueError(f"the scene {self.scene.id} has no structure {', '.join(unknown)}: correct the id")
        marks = sorted({name for name in _landmarks_named(self) if name not in {m.id for m in self.scene.landmarks}})
        if marks:
            raise ValueError(f"the scene {self.scene.id} has no landmark {', '.join(marks)}: correct the id")
        errors = {e.id for e in self.critical_errors}
        for path in self.proof.dangerous:
            if path.error not in errors:
                raise ValueError(f"the proof names the error {path.error}, which critical_errors does not have: correct it")
        if (self.proof.full.decline is not None) != self.decline.correct:
            raise ValueError("proof.full declines where decline is the key, and places a needle where it is not")
        missing = sorted(errors - {path.error for path in self.proof.dangerous})
        if missing and not self.decline.correct:
            raise ValueError(f"no dangerous path of the proof shows {', '.join(missing)}: add one for each critical error")
        return self


def _structures_named(content: NeedlePlacement) -> Iterator[str]:
    for c in content.criteria:
        yield from (name for name in (c.to, c.equals, c.within) if name)
    yield from (e.to for e in content.critical_errors if e.to)
    for path in (content.proof.full, *content.proof.dangerous):
        yield from (path.aim,) if path.aim else ()
        if path.depth is not None:
            yield from (name for name in (path.depth.until, path.depth.into) if name)


def _landmarks_named(content: NeedlePlacement) -> Iterator[str]:
    yield from (c.from_ for c in (*content.criteria, *content.critical_errors) if c.from_)
    yield from (p.from_ for p in (content.proof.full, *content.proof.dangerous) if p.from_)
