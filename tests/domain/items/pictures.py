"""A small slice and items on it: matching, hotspot, needle placement, case; to change by hand."""

from __future__ import annotations

import copy
from typing import Any

from tests.domain.cases.stories import STORY
from tests.domain.items.samples import COMMON


def box(x0: float, y0: float, x1: float, y1: float) -> list[list[float]]:
    """A rectangle."""
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


SCENE: dict[str, Any] = {
    "schema": "scene/1", "id": "plain-slice", "title": "A plain slice, patient prone", "kind": "section",
    "regions": ["upper-trapezius"], "basis": "editorial",
    "frame": {"x_mm": [-40, 40], "y_mm": [-4, 80], "right_of_picture": "patient-right", "midline_x_mm": 0},
    "orientation": {"top": "back", "bottom": "front", "left": "patient's left", "right": "patient's right"},
    "skin": [[-50, 0], [0, 0], [50, 0]],
    "landmarks": [{"id": "middle", "label": "the middle line", "at": [0, 0]}],
    "habitus": {
        "fat_mm": {"band": [0, 8], "range": [4, 20], "presets": {"lean": 5, "average": 8, "large": 16}, "basis": "editorial",
                   "sources": ["kearns2022"]},
    },
    "structures": [
        {"id": "fat", "tissue": "fat", "label": "Fat", "polygon": box(-50, 1, 50, 7.5)},
        {"id": "muscle", "tissue": "muscle", "label": "Muscle", "polygon": box(-50, 9, 50, 28)},
        {"id": "rib", "tissue": "bone", "label": "Rib", "stops_needle": True, "polygon": box(-24, 30, -4, 36)},
        {"id": "lung", "tissue": "lung", "label": "Lung", "hazard": "pneumothorax", "margin_mm": 5,
         "polygon": box(-50, 44, 50, 90)},
    ],
    "sources": ["kearns2022"],
}  # fmt: skip
MATCHING: dict[str, Any] = {
    **COMMON, "type": "matching", "points": 3,
    "left": [{"id": "a", "text": "First"}, {"id": "b", "text": "Second"}, {"id": "c", "text": "Third"}],
    "right": [{"id": "x", "text": "Ex"}, {"id": "y", "text": "Wye"}, {"id": "z", "text": "Zed"}, {"id": "w", "text": "Left over"}],
    "pairs": {"a": "x", "b": "y", "c": "z"},
    "rationales": {"a": "The first goes there.", "b": "The second goes there.", "c": "The third goes there."},
}  # fmt: skip
_PLACES = [(-36, "Far left"), (-18, "Left of the middle"), (0, "In the middle"), (18, "Right of the middle"), (36, "Far right")]
HOTSPOT: dict[str, Any] = {
    **COMMON, "type": "hotspot", "critical": True, "scene": SCENE,
    "candidates": [
        {"id": "abcde"[n], "label": label, "polygon": box(x - 3, 0, x + 3, 8), "role": "other", "rationale": f"Not at {x}."}
        for n, (x, label) in enumerate(_PLACES)
    ],
    "elsewhere": {"rationale": "Nothing is there."},
}  # fmt: skip
HOTSPOT["candidates"][1] |= {"role": "target"}
HOTSPOT["candidates"][3] |= {"role": "danger", "critical_error": {"complication": "pneumothorax", "text": "No rib lies there."}}
NEEDLE: dict[str, Any] = {
    **COMMON, "type": "needle_placement", "critical": True, "points": 3, "scene": SCENE, "display": "section",
    "variants": {"presets": ["lean", "average", "large"], "jitter_mm": 2}, "needles_mm": [25, 40, 60, 80],
    "shaft_outside_min_mm": 5,
    "decline": {"correct": False, "rationale": "Nothing forbids it."},
    "criteria": [
        {"id": "entry", "quantity": "entry_dx_mm", "from": "middle", "min": -22, "max": -6, "points": 1, "else": "Over the rib."},
        {"id": "bone", "quantity": "first_bone", "equals": "rib", "points": 1, "else": "End on the rib."},
        {"id": "needle", "quantity": "needle_excess_mm", "min": 0, "max": 20, "points": 1, "else": "Take a shorter one."},
    ],
    "critical_errors": [
        {"id": "lung", "quantity": "margin_mm", "to": "lung", "below": 0, "complication": "pneumothorax",
         "text": "It entered the lung."},
    ],
    "proof": {
        "full": {"entry_dx_mm": -14, "tilt_deg": 0, "depth": {"until": "rib"}, "needle": "shortest"},
        "dangerous": [{"entry_dx_mm": 14, "tilt_deg": 0, "depth": {"into": "lung", "by_mm": 2}, "error": "lung"}],
    },
}  # fmt: skip
DECLINE: dict[str, Any] = {
    **{k: v for k, v in NEEDLE.items() if k != "criteria"}, "points": 2,
    "decline": {"correct": True, "accepted": ["contraindicated"], "rationale": "A fever speaks against it."},
    "critical_errors": [
        {"id": "needled", "quantity": "needled", "equals": True, "complication": "infection", "text": "It was needled."}
    ],
    "proof": {"full": {"decline": "contraindicated"}},
}  # fmt: skip
CASE: dict[str, Any] = {
    **COMMON, **copy.deepcopy(STORY), "type": "case", "domain": "complication", "critical": True, "points": 6,
    "debrief": "Out, look, call, tell, in this order.",
}  # fmt: skip


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the field at a dotted path replaced; None takes it away."""
    copied = copy.deepcopy(body)
    *way, last = [int(p) if p.isdecimal() else p for p in path.split(".")]
    inner: Any = copied
    for step in way:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return copied
