"""A place on a picture: a point, or one of several neutrally named places. Both become the same candidate before scoring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from app.domain.errors import InvalidInput
from app.domain.geometry import inside, raster
from app.domain.items.base import (
    Answer,
    Finding,
    ItemBase,
    Mark,
    OptionId,
    Presentation,
    Reason,
    Review,
    ReviewedChoice,
    Variant,
    choices_of,
    letter,
    rows,
    split_dangers,
    twins,
    unanswered,
)
from app.domain.items.views import PlaceReview, ReviewedPlace
from app.domain.scenes import average_values, picture_of
from app.domain.scenes.scene import Point, Scene
from app.domain.strict import Fault, Slug, Strict, visible

ELSEWHERE = ""
"""The candidate of a point that lies in none."""
GRID_MM = 0.5
SHARED_MM2 = 1.0
"""Candidates that share more are refused as overlapping."""


def known_scene(value: object) -> object:
    """Refuse a name where the scene itself should stand: nothing of that name was found."""
    if isinstance(value, str):
        raise ValueError(f"there is no scene {value}: correct the name, or write scenes/{value}.yaml")
    return value


EmbeddedScene = Annotated[Scene, BeforeValidator(known_scene)]
"""A whole scene; in a file of the bank its name stands here, and the scene itself is put in its place when it is read."""


class CriticalError(Strict):
    """What a dangerous place harms."""

    complication: Slug
    text: Reason


class Candidate(Strict):
    """One place. Its label says where it is and nothing of what it means; outline and role stay on the server."""

    id: OptionId
    label: Annotated[str, Field(min_length=5, max_length=160), AfterValidator(visible)]
    polygon: Annotated[tuple[Point, ...], Field(min_length=3, max_length=60)]
    role: Literal["target", "danger", "other"]
    critical_error: CriticalError | None = None
    rationale: Reason

    @model_validator(mode="after")
    def _danger_has_its_error(self) -> Candidate:
        if (self.role == "danger") != (self.critical_error is not None):
            raise ValueError("a place with role: danger has a critical_error, and only such a place has one")
        return self


class Elsewhere(Strict):
    """What a point outside every candidate means."""

    rationale: Reason


class Hotspot(ItemBase):
    """5 to 9 candidates, disjoint, one of them the target. `names: hidden` leaves the names of structures out of the picture."""

    type: Literal["hotspot"]
    scene: EmbeddedScene
    names: Literal["shown", "hidden"] = "shown"
    candidates: Annotated[tuple[Candidate, ...], Field(min_length=5, max_length=9)]
    elsewhere: Elsewhere

    @classmethod
    def broken_rules(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Ids and labels twice, none or several targets, a critical item without danger and the other way round."""
        found = rows(data, "candidates")
        yield from twins([{**row, "text": row.get("label")} for row in found if "label" in row], "candidates")
        targets = sum(row.get("role") == "target" for row in found)
        if found and targets != 1:
            yield ("candidates",), f"{targets} candidates have role: target and one must: decide which"
        dangers = any(row.get("role") == "danger" for row in found)
        if data.get("critical") is True and not dangers:
            yield (
                ("critical",),
                "a critical item needs a candidate with role: danger: add one, or make it not critical",
            )

    @model_validator(mode="after")
    def _disjoint_and_in_sight(self) -> Hotspot:
        for fault in _place_faults(self.scene, self.candidates):
            raise ValueError(fault)
        return self


def _place_faults(scene: Scene, candidates: tuple[Candidate, ...]) -> Iterator[str]:
    (x0, x1), (y0, y1) = scene.frame.x_mm, scene.frame.y_mm
    for found in candidates:
        if not all(x0 <= x <= x1 and y0 <= y <= y1 for x, y in found.polygon):
            yield f"the candidate {found.id} reaches beyond the frame of the scene: move its points inside"
    x, y = np.arange(x0 + GRID_MM / 2, x1, GRID_MM), np.arange(y0 + GRID_MM / 2, y1, GRID_MM)
    masks = {c.id: raster(np.array(c.polygon, dtype=float), x, y) for c in candidates}
    for a, b in combinations(candidates, 2):
        if np.count_nonzero(masks[a.id] & masks[b.id]) * GRID_MM**2 > SHARED_MM2:
            yield f"the candidates {a.id} and {b.id} overlap: a point would have two meanings; draw them apart"


def candidate_at(content: Hotspot, point: tuple[float, float]) -> str:
    """The candidate that holds a point, mm; `ELSEWHERE` if none does."""
    at = np.array([point])
    return next((c.id for c in content.candidates if inside(at, np.array(c.polygon, dtype=float))[0]), ELSEWHERE)


def option_ids(content: Hotspot) -> tuple[str, ...]:
    return tuple(c.id for c in content.candidates)


def presentation(content: Hotspot, variant: Variant, answer: Answer | None) -> Presentation:
    texts = {c.id: c.label for c in content.candidates}
    words = "Set a point on the picture, by tapping, with the arrow keys or by its numbers; or choose a place by name."
    return Presentation(
        "hotspot", content.scenario, content.stem, words, content.critical, content.points, choices_of(texts, variant),
        picture=picture_of(content.scene, average_values(content.scene), "section", named=content.names == "shown"),
    )  # fmt: skip


def parse_answer(content: Hotspot, variant: Variant, wire: object) -> dict[str, Any] | None:
    if not isinstance(wire, Mapping) or set(wire) - {"choice", "point"} or len(wire) > 1:
        raise InvalidInput([("answer", "Send an object with point or with choice alone.")])
    if wire.get("choice"):
        return {"input_mode": "named", "candidate": variant.option_of(wire["choice"])}
    point = wire.get("point")
    if point is None:
        return None
    x, y = _point(content.scene, point)
    return {"input_mode": "point", "x": x, "y": y, "candidate": candidate_at(content, (x, y))}


def _point(scene: Scene, wire: object) -> tuple[float, float]:
    """A point to the nearest half millimetre, within the frame."""
    (x0, x1), (y0, y1) = scene.frame.x_mm, scene.frame.y_mm
    said = f"Set a point on the picture: across {x0:g} to {x1:g} mm, down {y0:g} to {y1:g} mm."
    if not isinstance(wire, list) or len(wire) != 2 or not all(_is_number(v) for v in wire):
        raise InvalidInput([("answer", said)])
    x, y = (round(float(v) * 2) / 2 for v in wire)
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        raise InvalidInput([("answer", said)])
    return x, y


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6


def wire_answer(content: Hotspot, variant: Variant, answer: dict[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        return {}
    if answer["input_mode"] == "named":
        return {"choice": variant.key_of(answer["candidate"])}
    return {"point": [answer["x"], answer["y"]]}


def answer_words(content: Hotspot, variant: Variant, answer: dict[str, Any] | None) -> tuple[str, ...]:
    """A point is read back as a point: which candidate holds it would tell where the outlines lie."""
    if answer is None:
        return ()
    if answer["input_mode"] == "point":
        return (f"The point {answer['x']:g} mm across, {answer['y']:g} mm down on the picture",)
    return tuple(c.label for c in content.candidates if c.id == answer["candidate"])


def key_answer(content: Hotspot) -> dict[str, Any]:
    target = next(c for c in content.candidates if c.role == "target")
    return {"input_mode": "named", "candidate": target.id}


def score(content: Hotspot, variant: Variant, answer: dict[str, Any] | None) -> Mark:
    if answer is None:
        return unanswered(content.points)
    chosen = next((c for c in content.candidates if c.id == answer["candidate"]), None)
    if chosen is None:
        return Mark(Fraction(0), content.points, (), (Finding("wrong", content.elsewhere.rationale),))
    if chosen.role == "target":
        return Mark(Fraction(content.points), content.points, (), (Finding("right", chosen.rationale, chosen.id),))
    if chosen.critical_error is not None:
        danger = Finding("dangerous", chosen.critical_error.text, chosen.id)
        errors, findings = split_dangers([danger], critical=content.critical)
        return Mark(Fraction(0), content.points, errors, findings)
    return Mark(Fraction(0), content.points, (), (Finding("wrong", chosen.rationale, chosen.id),))


def review(content: Hotspot, variant: Variant, answer: dict[str, Any] | None) -> Review:
    chosen = None if answer is None else answer["candidate"]
    known = {c.id: c for c in content.candidates}
    choices = tuple(
        ReviewedChoice(letter(n), c.label, c.id == chosen, c.role == "target", c.role == "danger", c.rationale)
        for n, c in enumerate(known[name] for name in variant.order)
    )
    point = (answer["x"], answer["y"]) if answer is not None and answer["input_mode"] == "point" else None
    places = tuple(ReviewedPlace(c.label, c.role, c.polygon, c.id == chosen, c.rationale) for c in content.candidates)
    picture = picture_of(content.scene, average_values(content.scene), "section")
    words = tuple(c.label for c in content.candidates if c.role == "target")
    return Review(
        choices, words, content.explanation, content.safe_needle_rule, content.sources,
        place=PlaceReview(picture, places, point, content.elsewhere.rationale),
    )  # fmt: skip
