"""The editor's fields → the content of an item; filters, quick add, verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.accounts.forms import SigningForm
from app.bank.type_forms import TYPE_FIELDS
from app.web.choices import choices

MOST_OPTIONS = 8
MOST_INTERVALS = 4
NEEDED = "Fill this in."
DOMAIN_CHOICES = [("anatomy", "Anatomy"), ("placement", "Placement"), ("complication", "Complication")]
TYPE_CHOICES = [
    ("single_best_answer", "Single best answer"),
    ("multiple_response", "Multiple response"),
    ("ordering", "Ordering"),
    ("numeric", "Numeric"),
    ("matching", "Matching"),
    ("hotspot", "Hotspot"),
    ("needle_placement", "Needle placement"),
    ("case", "Case"),
]


class NewItemForm(FlaskForm):  # type: ignore[misc]
    """Type and name of a new item."""

    type = SelectField("Type", choices=choices(TYPE_CHOICES))
    stem = StringField(
        "Name",
        [DataRequired(NEEDED), Length(min=2, max=60)],
        description="Lower case, digits and hyphens, such as upper-trapezius; a number is added.",
    )


class QuickForm(FlaskForm):  # type: ignore[misc]
    """Paste several questions at once."""

    stem = StringField(
        "Name", [DataRequired(NEEDED), Length(min=2, max=60)], description="Each question gets this name and a number."
    )
    domain = SelectField("Domain", choices=choices(DOMAIN_CHOICES))
    text = TextAreaField("Questions", [DataRequired(NEEDED), Length(max=200_000)])


class StateForm(FlaskForm):  # type: ignore[misc]
    """Suspend, retire, bring back."""

    state = SelectField(
        "Becomes",
        choices=choices([("suspended", "Suspended"), ("published", "Published again"), ("retired", "Retired for good")]),
    )
    reason = StringField("Reason", [DataRequired(NEEDED), Length(min=5, max=500)])


class ReviewForm(SigningForm):
    """A clinician's verdict."""

    verdict = RadioField(
        "Verdict",
        choices=choices([("accept", "Accept"), ("reject", "Reject")]),
        validators=[DataRequired("Choose one.")],
    )
    review_by = DateField("Review again by", [Optional()])
    comment = TextAreaField("Comment", [Optional(), Length(max=1000)], description="Needed for a rejection.")


def content_from_form(form: MultiDict[str, str], item_id: str, kind: str) -> dict[str, Any]:
    """What the editor posts, as content; nothing is dropped, so that an incomplete draft comes back as it was typed."""
    content: dict[str, Any] = {
        "schema": "item/1", "id": item_id, "type": kind, "domain": form.get("domain", ""),
        "regions": form.getlist("regions"), "complications": form.getlist("complications"), "pool": form.get("pool", "exam"),
        "difficulty": _whole(form.get("difficulty")), "critical": form.get("critical") == "1", "points": _whole(form.get("points")),
        "scenario": _text(form, "scenario"), "stem": _text(form, "stem"), "explanation": _text(form, "explanation"),
        "safe_needle_rule": _text(form, "safe_needle_rule"),
        "sources": [s for s in form.get("sources", "").replace(",", " ").split() if s],
    }  # fmt: skip
    if form.get("topic"):
        content["topic"] = form["topic"]
    known = {"ordering": _ordering, "numeric": _numeric, **TYPE_FIELDS}
    content |= known.get(kind, _options)(form)
    return content


def _text(form: MultiDict[str, str], name: str) -> str:
    return " ".join(form.get(name, "").split())


def _whole(text: str | None) -> Any:
    return int(text) if text and text.isdecimal() and len(text) < 5 else text


def _options(form: MultiDict[str, str]) -> dict[str, Any]:
    rows = []
    for n in range(MOST_OPTIONS):
        if not _text(form, f"option-{n}-text"):
            continue
        row: dict[str, Any] = {
            "id": form.get(f"option-{n}-id") or chr(ord("a") + n),
            "text": _text(form, f"option-{n}-text"),
        }
        row |= {flag: True for flag in ("correct", "dangerous") if form.get(f"option-{n}-{flag}") == "1"}
        rows.append({**row, "rationale": _text(form, f"option-{n}-rationale")})
    return {"options": rows}


def _ordering(form: MultiDict[str, str]) -> dict[str, Any]:
    steps, places, distractors = [], [], []
    for n in range(MOST_OPTIONS):
        text, step_id = _text(form, f"step-{n}-text"), form.get(f"step-{n}-id") or chr(ord("a") + n)
        if text:
            steps.append({"id": step_id, "text": text})
            places.append((_whole(form.get(f"step-{n}-place")), step_id))
    for n in range(3):
        if _text(form, f"false-{n}-text"):
            row: dict[str, Any] = {"id": form.get(f"false-{n}-id") or f"x{n}", "text": _text(form, f"false-{n}-text")}
            row |= {"dangerous": True} if form.get(f"false-{n}-dangerous") == "1" else {}
            distractors.append({**row, "rationale": _text(form, f"false-{n}-rationale")})
    return {"steps": steps, "order": _grouped(places), "distractors": distractors}


def _grouped(places: Sequence[tuple[Any, str]]) -> list[list[str]]:
    known = sorted({place for place, _ in places if isinstance(place, int)})
    return [[step for at, step in places if at == place] for place in known]


def _numeric(form: MultiDict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "unit": _text(form, "unit"),
        "accept": {"min": _number(form.get("accept-min")), "max": _number(form.get("accept-max"))},
    }
    for name in ("danger", "traps"):
        rows = [
            {
                "min": _number(form.get(f"{name}-{n}-min")),
                "max": _number(form.get(f"{name}-{n}-max")),
                "text": _text(form, f"{name}-{n}-text"),
            }
            for n in range(MOST_INTERVALS)
        ]
        found[name] = [row for row in rows if any(v not in ("", None) for v in row.values())]
    return found


def _number(text: str | None) -> Any:
    cleaned = (text or "").strip().replace(",", ".")
    return cleaned if cleaned.replace(".", "", 1).lstrip("-").isdecimal() else (text or "")
