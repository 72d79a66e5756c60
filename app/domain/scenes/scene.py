"""What a scene file says: a slice or a surface in millimetres, with its tissues, landmarks and the bodies it can become."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from app.domain.canonical import digest
from app.domain.catalogue.parts import Hazard
from app.domain.errors import InvalidInput
from app.domain.strict import Slug, Strict, problems_of, tuples, visible

ParameterName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*_mm$", max_length=40)]
Words = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(visible)]
Millimetres = Annotated[float, Field(ge=-400, le=400, allow_inf_nan=False, strict=False)]
Point = tuple[Millimetres, Millimetres]
Interval = tuple[Millimetres, Millimetres]
Preset = Literal["lean", "average", "large"]
PRESETS: tuple[Preset, ...] = ("lean", "average", "large")
Tissue = Literal[
    "connective", "fat", "muscle", "bone", "ligament", "nerve", "artery", "vein", "lung", "pleura", "canal", "cord", "organ",
    "skin", "relief",
]  # fmt: skip
"""`skin` and `relief` (a rise or hollow seen under the skin) belong to surface scenes."""


class Frame(Strict):
    """The window of the picture, mm, and which way the body lies in it."""

    x_mm: Interval
    y_mm: Interval
    right_of_picture: Words
    midline_x_mm: Millimetres | None = None

    @model_validator(mode="after")
    def _spans(self) -> Frame:
        if self.x_mm[0] >= self.x_mm[1] or self.y_mm[0] >= self.y_mm[1]:
            raise ValueError("each interval of the frame goes from the smaller to the larger number: swap the two numbers")
        return self


class Orientation(Strict):
    """What lies at each edge of the picture, in words."""

    top: Words
    bottom: Words
    left: Words
    right: Words


class Landmark(Strict):
    """A point that can be seen or felt; entries are measured from it."""

    id: Slug
    label: Words
    at: Point


class Presets(Strict):
    """The value of a parameter in three bodies."""

    lean: Millimetres
    average: Millimetres
    large: Millimetres


class Band(Strict):
    """The thickness of one band of depth: it grows and shrinks, and all deeper tissue shifts with it."""

    band: Interval
    range: Interval
    presets: Presets
    basis: Literal["measured", "editorial"]
    sources: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Band:
        if not 0 <= self.band[0] < self.band[1]:
            raise ValueError("a band goes from a smaller to a larger depth, none above the skin")
        _within(self.range, self.presets)
        return self


class Scale(Strict):
    """A pincer fold grows and shrinks above an anchor instead: in height from the anchor, in width towards the crest."""

    about: Point
    height_mm: Annotated[float, Field(ge=5, le=200, strict=False)]
    range: Interval
    presets: Presets
    basis: Literal["measured", "editorial"]
    sources: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Scale:
        _within(self.range, self.presets)
        return self


def _within(limits: Interval, presets: Presets) -> None:
    if not 0 < limits[0] <= limits[1]:
        raise ValueError("a range goes from a smaller to a larger number, both above 0")
    if not limits[0] <= presets.lean <= presets.average <= presets.large <= limits[1]:
        raise ValueError("lean, average and large follow each other within the range")


class Ellipse(Strict):
    """An ellipse, mm."""

    cx: Millimetres
    cy: Millimetres
    rx: Annotated[float, Field(gt=0, le=200, strict=False)]
    ry: Annotated[float, Field(gt=0, le=200, strict=False)]


class Structure(Strict):
    """One shape of a scene, painted after those before it."""

    id: Slug
    tissue: Tissue
    label: Words | None = None
    polygon: tuple[Point, ...] | None = Field(default=None, min_length=3, max_length=120)
    ellipse: Ellipse | None = None
    hazard: Hazard | None = None
    margin_mm: Annotated[float, Field(ge=0, le=50, strict=False)] | None = None
    stops_needle: bool = False
    rigid: bool = False

    @model_validator(mode="after")
    def _one_outline(self) -> Structure:
        if (self.polygon is None) == (self.ellipse is None):
            raise ValueError("a structure has a polygon or an ellipse: give exactly one of them")
        if (self.hazard is None) != (self.margin_mm is None):
            raise ValueError("a hazard has a margin_mm, and only a hazard has one")
        return self


class Aid(Strict):
    """A finger or thumb: drawn, never scored."""

    id: Slug
    label: Words
    polygon: tuple[Point, ...] = Field(min_length=3, max_length=120)


class Scene(Strict):
    """A whole scene."""

    schema_: Literal["scene/1"] = Field(alias="schema")
    id: Slug
    title: Words
    kind: Literal["section", "surface"]
    regions: tuple[Slug, ...] = Field(min_length=1)
    basis: Literal["measured", "editorial"]
    frame: Frame
    orientation: Orientation
    skin: tuple[Point, ...] = Field(default=(), max_length=200)
    landmarks: tuple[Landmark, ...] = Field(min_length=1)
    habitus: Mapping[ParameterName, Band] = Field(default_factory=dict)
    scale: Scale | None = None
    structures: tuple[Structure, ...] = Field(min_length=1, max_length=80)
    aids: tuple[Aid, ...] = ()
    may_touch: tuple[tuple[Slug, Slug], ...] = ()
    sources: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Scene:
        names = [s.id for s in self.structures]
        if len(names) != len(set(names)):
            raise ValueError("two structures have the same id: give each its own")
        unknown = sorted({name for pair in self.may_touch for name in pair} - set(names))
        if unknown:
            raise ValueError(f"may_touch names {', '.join(unknown)}, which is no structure here: correct the id")
        if self.kind == "section" and len(self.skin) < 2:
            raise ValueError("a section has a skin line of at least two points")
        if self.kind == "section" and bool(self.habitus) == (self.scale is not None):
            raise ValueError("a section has habitus bands, or a scale for a fold: give exactly one of them")
        if self.habitus and any(b[0] <= a[0] for a, b in pairwise(self.skin)):
            raise ValueError("the skin of a section with habitus bands runs from left to right: each x larger than the one before")
        if self.kind == "surface" and (self.habitus or self.scale or self.skin):
            raise ValueError("a surface has neither habitus, scale nor skin line: it shows no depth")
        return self

    @cached_property
    def sha256(self) -> str:
        """The digest of the whole scene."""
        return digest(self.model_dump(mode="json", by_alias=True))

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scene) and self.sha256 == other.sha256

    def structure(self, name: str) -> Structure:
        """One structure; raises InvalidInput for an unknown id."""
        found = next((s for s in self.structures if s.id == name), None)
        if found is None:
            raise InvalidInput([("structure", f"The scene {self.id} has no structure {name}.")])
        return found

    def landmark(self, name: str) -> Landmark:
        """One landmark; raises InvalidInput for an unknown id."""
        found = next((m for m in self.landmarks if m.id == name), None)
        if found is None:
            raise InvalidInput([("landmark", f"The scene {self.id} has no landmark {name}.")])
        return found


def parse_scene(data: object) -> Scene:
    """A typed scene from plain data; raises InvalidInput that lists every fault with its path."""
    try:
        return Scene.model_validate(tuples(data))
    except ValidationError as error:
        raise InvalidInput(problems_of(error)) from None


def scene_json(scene: Scene) -> dict[str, Any]:
    """The plain data of a scene, for storage; the same scene gives the same data."""
    return scene.model_dump(mode="json", by_alias=True, exclude_none=True)
