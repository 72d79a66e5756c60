"""What a well-prepared candidate would answer, and somebody who still learns; for the demonstration's past and for tests alone."""

from __future__ import annotations

from typing import Any

from app.domain.items import Hotspot, ItemContent, NeedlePlacement, SingleBestAnswer, Variant, key_answer, wire_answer


def right_answer(content: ItemContent, variant: Variant) -> dict[str, Any]:
    """The full-mark answer in display keys."""
    return wire_answer(content, variant, key_answer(content, variant))


def poor_answer(content: ItemContent, variant: Variant) -> dict[str, Any]:
    """An answer in display keys that misses the full mark: the next best option, half a list, the wrong way round."""
    if isinstance(content, SingleBestAnswer):
        return {"choice": variant.key_of(min((o.dangerous, o.id) for o in content.options if not o.correct)[1])}
    if isinstance(content, Hotspot):
        return {"choice": variant.key_of(min((c.role == "danger", c.id) for c in content.candidates if c.role != "target")[1])}
    if isinstance(content, NeedlePlacement):
        if content.decline.correct:
            return {"entry_mm": 0.0, "tilt_deg": 0.0, "depth_mm": 5.0, "needle_mm": content.needles_mm[0]}
        return {"decline": "not-mine"}
    return _spoilt(right_answer(content, variant))


def _spoilt(right: dict[str, Any]) -> dict[str, Any]:
    if "value" in right:
        return {"value": "0"}
    if "pairs" in right:
        lefts, partners = list(right["pairs"]), list(right["pairs"].values())
        return {"pairs": dict(zip(lefts, [*partners[1:], partners[0]], strict=True))}
    if "sequence" in right:
        return {"sequence": right["sequence"][::-1]}
    return {name: listed[:1] for name, listed in right.items()}


def saves_to(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers to save one after the other: the actions of a case are saved one by one, everything else at once."""
    taken = answer.get("actions")
    return [answer] if taken is None else [{"actions": taken[:n]} for n in range(1, len(taken) + 1)]
