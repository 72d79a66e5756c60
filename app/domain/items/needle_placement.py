"""Needle placement as an item: what a candidate sees, how an answer is read, what is shown after release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from app.domain.errors import InvalidInput
from app.domain.geometry import nearest_points
from app.domain.items.base import Answer, Mark, Presentation, Review, Variant, unanswered
from app.domain.items.needle.content import REASONS, NeedlePlacement
from app.domain.items.needle.judging import (
    body_in,
    errors_of,
    judge,
    mark_of,
    needle_of,
    reference_mm,
    what_is_asked,
)
from app.domain.items.needle.proof import answer_of
from app.domain.items.views import DrawnNeedle, Gap, Judged, NeedleTask, OtherBody, PlacementReview, Puncture
from app.domain.placement import MOST_TILT_DEG, Placement, along_skin, margin_mm, place, reserve_mm
from app.domain.scenes import Body, body_of, picture_of, preset_values, spoken_names
from app.domain.scenes.naming import twin_labels
from app.domain.scenes.picture import Points

FIELDS = ("entry_mm", "tilt_deg", "depth_mm", "needle_mm")
"""A whole placement; the wire names are the same."""
STEPS = {"entry_mm": 0.5, "tilt_deg": 1.0, "depth_mm": 0.5, "needle_mm": 1.0}
"""Answers are kept in these steps."""
NAMES = {"entry_mm": "entry", "tilt_deg": "tilt", "depth_mm": "inserted length", "needle_mm": "needle length"}
BUILDS = {"lean": "lean", "average": "of average build", "large": "large"}


def option_ids(content: NeedlePlacement) -> tuple[str, ...]:
    return ()


def presentation(content: NeedlePlacement, variant: Variant, answer: Answer | None) -> Presentation:
    picture = picture_of(content.scene, dict(variant.body), content.display)
    words = "Set the entry, the tilt, the inserted length and the needle; or say that you would not needle here today."
    return Presentation(
        "needle_placement", content.scenario, content.stem, words, content.critical, content.points,
        picture=picture, needle=_task(content, variant),
    )  # fmt: skip


def _task(content: NeedlePlacement, variant: Variant) -> NeedleTask:
    body, scene = body_in(content, variant), content.scene
    start = reference_mm(content, body)
    least, most = _reach(body)
    facing = scene.orientation
    return NeedleTask(
        content.needles_mm, content.shaft_outside_min_mm, scene.landmarks[0].label, round(start, 3),
        _inward(least - start, up=True), _inward(most - start, up=False), facing.left, facing.right, BUILDS[variant.build],
        tuple(REASONS.items()),
    )  # fmt: skip


def _reach(body: Body) -> tuple[float, float]:
    """From where to where along the skin line a needle may enter: the part in the frame."""
    x0, x1 = body.scene.frame.x_mm
    ends = [along for along, x in _skin_steps(body) if x0 <= x <= x1]
    return min(ends), max(ends)


def _skin_steps(body: Body) -> Iterator[tuple[float, float]]:
    """(along, x) every half millimetre of the skin line."""
    passed = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(body.skin, axis=0).T))])
    along = np.arange(0.0, passed[-1], 0.5)
    yield from zip(along.tolist(), np.interp(along, passed, body.skin[:, 0]).tolist(), strict=True)


def _inward(value: float, *, up: bool) -> float:
    half = np.ceil(value * 2 - 1e-9) if up else np.floor(value * 2 + 1e-9)
    return float(half) / 2


def parse_answer(content: NeedlePlacement, variant: Variant, wire: object) -> dict[str, Any] | None:
    if not isinstance(wire, Mapping) or set(wire) - {*FIELDS, "decline"}:
        raise InvalidInput([("answer", f"Send an object with {', '.join(FIELDS)}; or with decline alone.")])
    given = {key: value for key, value in wire.items() if value not in (None, "")}
    if not given:
        return None
    if "decline" in given:
        return {"decline": _reason(given)}
    missing = [NAMES[f] for f in FIELDS if f not in given]
    if missing:
        raise InvalidInput([("answer", f"Not whole yet, so not saved: set the {', the '.join(missing)} too; or decline.")])
    answer = {field: _number(field, given[field]) for field in FIELDS}
    _refuse_impossible(content, variant, answer)
    return {**answer, "needle_mm": int(answer["needle_mm"])}


def _reason(given: Mapping[str, Any]) -> str:
    reason = given["decline"]
    if len(given) > 1:
        raise InvalidInput([("answer", "Either place a needle or decline, not both.")])
    if not isinstance(reason, str) or reason not in REASONS:
        raise InvalidInput([("answer", "Choose one of the reasons shown.")])
    return reason


def _number(field: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1000:
        raise InvalidInput([("answer", f"Enter the {NAMES[field]} as a plain number.")])
    step = STEPS[field]
    return round(float(value) / step) * step + 0.0


def _refuse_impossible(content: NeedlePlacement, variant: Variant, answer: Mapping[str, float]) -> None:
    task, problems = _task(content, variant), []
    if not task.least_mm <= answer["entry_mm"] <= task.most_mm:
        problems.append(f"The entry lies between {task.least_mm:g} and {task.most_mm:g} mm.")
    if not -MOST_TILT_DEG <= answer["tilt_deg"] <= MOST_TILT_DEG:
        problems.append(f"The tilt lies between -{MOST_TILT_DEG:.0f} and {MOST_TILT_DEG:.0f} degrees.")
    if answer["needle_mm"] not in content.needles_mm:
        problems.append("Choose one of the needles shown.")
    if not 0 < answer["depth_mm"] <= answer["needle_mm"]:
        problems.append("The inserted length is more than 0 and at most the length of the needle.")
    if problems:
        raise InvalidInput([("answer", " ".join(problems))])


def wire_answer(content: NeedlePlacement, variant: Variant, answer: dict[str, Any] | None) -> dict[str, Any]:
    return {} if answer is None else dict(answer)


def answer_words(content: NeedlePlacement, variant: Variant, answer: dict[str, Any] | None) -> tuple[str, ...]:
    if answer is None:
        return ()
    if "decline" in answer:
        return (f"I would not needle here today. {REASONS[answer['decline']]}.",)
    entry, tilt, facing = answer["entry_mm"], answer["tilt_deg"], content.scene.orientation
    way = "" if entry == 0 else f" towards {facing.right if entry > 0 else facing.left}"
    lean = "straight in" if tilt == 0 else f"tilted {abs(tilt):g}° towards {facing.right if tilt > 0 else facing.left}"
    start = content.scene.landmarks[0].label
    depth = f"{answer['depth_mm']:g} mm of a {answer['needle_mm']:g} mm needle inserted"
    return (f"Entry {abs(entry):g} mm{way} from {start}, {lean}, {depth}",)


def key_answer(content: NeedlePlacement) -> dict[str, Any]:
    return answer_in(content, Variant((), "average", _average(content)))


def _average(content: NeedlePlacement) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(preset_values(content.scene, "average").items()))


def answer_in(content: NeedlePlacement, variant: Variant) -> dict[str, Any]:
    """The proof's own answer in the body of a variant: an answer with the full mark, never near a candidate's page."""
    return answer_of(content, body_in(content, variant), content.proof.full)


def score(content: NeedlePlacement, variant: Variant, answer: dict[str, Any] | None) -> Mark:
    return unanswered(content.points) if answer is None else mark_of(content, body_in(content, variant), answer)


def review(content: NeedlePlacement, variant: Variant, answer: dict[str, Any] | None) -> Review:
    words = answer_words(content, variant, answer_in(content, variant))
    return Review(
        (), (*words, content.decline.rationale), content.explanation, content.safe_needle_rule, content.sources,
        placement=_placement_review(content, variant, answer),
    )  # fmt: skip


def _placement_review(content: NeedlePlacement, variant: Variant, answer: dict[str, Any] | None) -> PlacementReview:
    body = body_in(content, variant)
    picture = picture_of(content.scene, dict(variant.body), "section")
    accepted, skin = _accepted(content, variant, body), accepted_skin(content, body)
    if answer is None or "decline" in answer:
        return PlacementReview(picture, None, accepted, skin, (), (), None, (), ())
    placed = place(body, needle_of(content, body, answer))
    verdict = judge(content, placed)
    criteria = tuple(
        Judged(what_is_asked(content, c) + ("" if met else f". {c.else_}"), met, c.points)
        for c, met in zip(content.criteria, verdict.met, strict=True)
    )
    reserve = reserve_mm(placed)
    return PlacementReview(
        picture, _drawn(placed, _outcome(content, placed)), accepted, skin, _punctures(placed), _gaps(placed),
        None if reserve == float("inf") else reserve, criteria, _others(content, variant, answer),
    )  # fmt: skip


def _accepted(content: NeedlePlacement, variant: Variant, body: Body) -> DrawnNeedle | None:
    if content.decline.correct:
        return None
    return _drawn(place(body, needle_of(content, body, answer_in(content, variant))), "reached")


def _outcome(content: NeedlePlacement, placed: Placement) -> Any:
    verdict = judge(content, placed)
    return "hazard" if verdict.errors else "reached" if all(verdict.met) else "short"


def _drawn(placed: Placement, outcome: Any) -> DrawnNeedle:
    return DrawnNeedle(placed.path.entry, placed.needle.tilt_deg, placed.path.depth_mm, placed.needle.needle_mm, outcome)


def _punctures(placed: Placement) -> tuple[Puncture, ...]:
    scene = placed.body.scene
    words, twins = spoken_names(scene), twin_labels(scene)
    told = {s.id for s in scene.structures if s.label or s.id in twins or s.hazard}
    names = {s.id: (words[s.id] if s.id in told else "", s.hazard is not None) for s in scene.structures}
    return tuple(
        Puncture(names[s.shape][0], round(s.start_mm, 1), round(s.end_mm, 1), names[s.shape][1])
        for s in placed.path.stretches
        if s.shape and names[s.shape][0]
    )


def _gaps(placed: Placement) -> tuple[Gap, ...]:
    """The nearest of each named hazard, the closest first."""
    found: dict[str, Gap] = {}
    names = spoken_names(placed.body.scene)
    for structure in placed.body.scene.structures:
        if structure.hazard is None:
            continue
        label = names[structure.id]
        margin = margin_mm(placed, structure.id)
        near, there = nearest_points(placed.path.entry, placed.path.tip, placed.body.shape(structure.id).outline)
        gap = Gap(label, round(margin, 1), structure.margin_mm or 0.0, near, there)
        if label not in found or margin < found[label].margin_mm:
            found[label] = gap
    return tuple(sorted(found.values(), key=lambda g: g.margin_mm))


def accepted_skin(content: NeedlePlacement, body: Body) -> Points:
    """The piece of the skin line on which the criteria accept an entry; empty if they ask for none."""
    if content.decline.correct or not any(c.quantity in ("entry_dx_mm", "entry_along_mm") for c in content.criteria):
        return ()
    kept = [tuple(point) for point in body.skin.tolist() if _entry_fits(content, body, (point[0], point[1]))]
    return tuple((round(x, 2), round(y, 2)) for x, y in kept)


def _entry_fits(content: NeedlePlacement, body: Body, at: tuple[float, float]) -> bool:
    for c in content.criteria:
        if c.quantity not in ("entry_dx_mm", "entry_along_mm"):
            continue
        mark = body.landmarks[c.from_ or ""]
        value = at[0] - mark[0] if c.quantity == "entry_dx_mm" else along_skin(body, at) - along_skin(body, mark)
        if (c.min is not None and value < c.min) or (c.max is not None and value > c.max):
            return False
    return True


def _others(content: NeedlePlacement, variant: Variant, answer: Mapping[str, Any]) -> tuple[OtherBody, ...]:
    """The same needle in the other builds: a memorised depth fails."""
    found = []
    for build in ("lean", "average", "large"):
        if build == variant.build:
            continue
        values = preset_values(content.scene, build)
        body = body_of(content.scene, tuple(sorted(values.items())))
        try:
            placed = place(body, needle_of(content, body, answer))
        except InvalidInput:
            continue
        picture = picture_of(content.scene, values, "section")
        found.append(OtherBody(BUILDS[build], picture, _drawn(placed, _outcome(content, placed)), _words(content, placed)))
    return tuple(found)


def _words(content: NeedlePlacement, placed: Placement) -> str:
    errors = errors_of(content, placed)
    if errors:
        return errors[0][1]
    missed = [what_is_asked(content, c) for c, met in zip(content.criteria, judge(content, placed).met, strict=True) if not met]
    return f"Safe, and not what was asked: {missed[0]}." if missed else "Accepted here too."
