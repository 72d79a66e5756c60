"""Turn what a browser posts into a save; the same for a form post and for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import PasswordField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.attempts.saving import Save
from app.domain.errors import InvalidInput
from app.web.numbers import decimal_number, whole_number

NEEDLE_FIELDS = {"entry_mm": "entry", "tilt_deg": "tilt", "depth_mm": "inserted length", "needle_mm": "needle length"}


def save_from_form(position: int, form: MultiDict[str, str], item_type: str) -> Save:
    """The save of a page without script: one field for each part of the answer."""
    payload = {
        "answer": _answer_from_form(form, item_type),
        "struck": form.getlist("strike"),
        "flag": form.get("flag") == "1",
    }
    return Save(
        position=position,
        base_seq=_whole(form.get("base_seq")),
        op_id=form.get("op_id", ""),
        payload=payload,
        certainty=form.get("certainty") or None,
    )


@dataclass(frozen=True, slots=True)
class Typed:
    """What a refused form post held, to be shown again as it was."""

    answer: dict[str, Any]
    struck: tuple[str, ...]
    flagged: bool
    certainty: str | None


def typed_in(form: MultiDict[str, str]) -> Typed:
    """The fields of a form post, whether or not they make an answer."""
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
    certainty = form.get("certainty")
    return Typed(answer, tuple(form.getlist("strike")), form.get("flag") == "1", certainty or None)


def _answer_from_form(form: MultiDict[str, str], item_type: str) -> dict[str, Any]:
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


def _whole(text: str | None) -> int:
    number = whole_number(text)
    if number is None:
        raise InvalidInput([("base_seq", "The page is out of date. Load it again; your last saved answer is kept.")])
    return number


def save_from_json(position: int, body: object) -> Save:
    """The save of the page's script: `{base_seq, op_id, payload, certainty, client_at}`."""
    if not isinstance(body, Mapping):
        raise InvalidInput([("", "Send a JSON object.")])
    unknown = set(body) - {"base_seq", "op_id", "payload", "certainty", "client_at"}
    if unknown:
        raise InvalidInput([(sorted(map(str, unknown))[0], "This field is not known here.")])
    base_seq, op_id, payload = body.get("base_seq"), body.get("op_id"), body.get("payload")
    if not isinstance(base_seq, int) or isinstance(base_seq, bool):
        raise InvalidInput([("base_seq", "Send a whole number.")])
    if not isinstance(op_id, str):
        raise InvalidInput([("op_id", "Send a text of 8 to 64 characters.")])
    if not isinstance(payload, Mapping):
        raise InvalidInput([("payload", "Send an object with answer, struck and flag.")])
    certainty = body.get("certainty")
    if certainty is not None and not isinstance(certainty, str):
        raise InvalidInput([("certainty", "Send a word or nothing.")])
    return Save(position, base_seq, op_id, payload, certainty, _instant(body.get("client_at")))


def _instant(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not 1900 <= instant.year <= 2200:
        raise InvalidInput([("client_at", "Send an instant with its offset, like 2027-03-03T10:42:07+00:00.")])
    return instant


def read_back_from_form(form: MultiDict[str, str]) -> dict[int, int]:
    """Position → seq of each critical answer that was confirmed."""
    found = {}
    for key, value in form.items():
        position, seq = whole_number(key.removeprefix("read-back-")), whole_number(value)
        if key.startswith("read-back-") and position is not None and seq is not None:
            found[position] = seq
    return found


class OpeningForm(FlaskForm):  # type: ignore[misc]
    """A supervisor's line that opens one further attempt."""

    words = TextAreaField("What you talked about", [DataRequired("Fill this in."), Length(min=10, max=500)])
    password = PasswordField("Your password", [Optional(), Length(max=200)])
