"""Turn the fields of a page into an answer in display keys, for every type of item; without script there is nothing else."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from app.domain.errors import InvalidInput
from app.web.numbers import decimal_number, whole_number

NEEDLE_FIELDS = {"entry_mm": "entry", "tilt_deg": "tilt", "depth_mm": "inserted length", "needle_mm": "needle length"}


def typed_answer(form: MultiDict[str, str]) -> dict[str, Any]:
    """Every field of an answer as it was typed, whether or not it makes one, to be shown again."""
    places = {key.removeprefix("place-"): whole_number(place) for key, place in form.items() if key.startswith("place-") and place}
    answer: dict[str, Any] = {
        "choice": form.get("choice"),
        "choices": form.getlist("choices"),
        "value": form.get("value"),
        "places": places,
    }
    answer["pairs"] = {key.removeprefix("pair-"): value for key, value in form.items() if key.startswith("pair-")}
    answer["point"] = [form.get("point_x", ""), form.get("point_y", "")]
    answer |= {name: form[name] for name in (*NEEDLE_FIELDS, "decline") if form.get(name)}
    return answer


def answer_from_form(form: MultiDict[str, str], item_type: str) -> dict[str, Any]:
    """The answer in display keys; raises InvalidInput with words for fields that make none."""
    if item_type == "single_best_answer":
        return {"choice": form["choice"]} if form.get("choice") else {}
    if item_type == "multiple_response":
        return {"choices": form.getlist("choices")} if form.getlist("choices") else {}
    if item_type == "numeric":
        return {"value": form["value"].strip()} if form.get("value", "").strip() else {}
    return {"matching": _pairs, "hotspot": _place, "needle_placement": _needle, "case": _actions}.get(item_type, _sequence)(form)


def _pairs(form: MultiDict[str, str]) -> dict[str, Any]:
    pairs = {key.removeprefix("pair-"): value for key, value in form.items() if key.startswith("pair-") and value}
    return {"pairs": pairs} if pairs else {}


def _place(form: MultiDict[str, str]) -> dict[str, Any]:
    """A named place; or the point, if that is chosen or nothing is and numbers stand there."""
    chosen, typed = form.get("choice", ""), (form.get("point_x", "").strip(), form.get("point_y", "").strip())
    if chosen != "point" and (chosen or not any(typed)):
        return {"choice": chosen} if chosen else {}
    x, y = (decimal_number(text) for text in typed)
    if x is None or y is None:
        raise InvalidInput([("answer", "Set the point: a plain number across and one down. Or choose a place by name.")])
    return {"point": [x, y]}


def _needle(form: MultiDict[str, str]) -> dict[str, Any]:
    """The placement as typed; or a decline, whatever stands in the fields."""
    if form.get("decline"):
        return {"decline": form["decline"]}
    found: dict[str, Any] = {}
    for field, words in NEEDLE_FIELDS.items():
        text = form.get(field, "").strip()
        if not text:
            continue
        found[field] = decimal_number(text)
        if found[field] is None:
            raise InvalidInput([("answer", f"Enter the {words} as a plain number, such as 17 or 17.5.")])
    return found


def _actions(form: MultiDict[str, str]) -> dict[str, Any]:
    """What was done so far, and the action of the button that was pressed."""
    taken = [*form.get("taken", "").split(), *([form["act"]] if form.get("act") else [])]
    return {"actions": taken} if taken else {}


def _sequence(form: MultiDict[str, str]) -> dict[str, Any]:
    """Steps by the place that was chosen for each; two steps at one place are refused with words."""
    if any(key.startswith("place-") and place and whole_number(place) is None for key, place in form.items()):
        raise InvalidInput([("sequence", "Give each chosen step a whole number as its place.")])
    numbers = ((whole_number(place), key.removeprefix("place-")) for key, place in form.items() if key.startswith("place-"))
    placed = sorted((place, key) for place, key in numbers if place is not None)
    if len({place for place, _ in placed}) != len(placed):
        raise InvalidInput([("sequence", "Two steps have the same place. Give each chosen step a place of its own.")])
    return {"sequence": [key for _, key in placed]} if placed else {}
