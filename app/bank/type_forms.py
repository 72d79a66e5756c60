"""The editor's fields of matching, hotspot, needle placement and case → content. What cannot be read is kept as it was typed.

Lists with many fields (criteria, actions, …) are typed in the notation of the bank's files, an entry a line; the editor
shows them back in the same notation.
"""

from __future__ import annotations

from typing import Any

import yaml
from werkzeug.datastructures import MultiDict

from app.formats import strict_yaml
from app.formats.file_problems import BrokenFile
from app.web.numbers import decimal_number, whole_number

MOST_PAIRS = 8
MOST_SPARE = 2
MOST_CANDIDATES = 9
NEEDLE_LISTS = ("criteria", "critical_errors", "proof")
CASE_LISTS = ("phases", "endings", "actions", "critical_actions")


def _text(form: MultiDict[str, str], name: str) -> str:
    return " ".join(form.get(name, "").split())


def _number(form: MultiDict[str, str], name: str) -> Any:
    """A number if it is one, whole if it can be; else the text itself, to be refused with words."""
    found = decimal_number(form.get(name))
    if found is None:
        return form.get(name, "").strip()
    return int(found) if found == int(found) else found


def _matching(form: MultiDict[str, str]) -> dict[str, Any]:
    left, right, pairs, rationales = [], [], {}, {}
    for n in range(MOST_PAIRS):
        one, other = _text(form, f"left-{n}"), _text(form, f"right-{n}")
        name, partner = form.get(f"left-{n}-id") or f"l{n}", form.get(f"right-{n}-id") or f"r{n}"
        if one:
            left.append({"id": name, "text": one})
            pairs[name], rationales[name] = partner, _text(form, f"because-{n}")
        if other or one:
            right.append({"id": partner, "text": other})
    for n in range(MOST_SPARE):
        if _text(form, f"spare-{n}"):
            right.append({"id": form.get(f"spare-{n}-id") or f"s{n}", "text": _text(form, f"spare-{n}")})
    return {"left": left, "right": right, "pairs": pairs, "rationales": rationales}


def _hotspot(form: MultiDict[str, str]) -> dict[str, Any]:
    rows = (_candidate(form, n) for n in range(MOST_CANDIDATES) if _text(form, f"place-{n}-label"))
    hidden = {"names": "hidden"} if form.get("names") == "hidden" else {}
    return {
        "scene": _text(form, "scene"),
        **hidden,
        "candidates": list(rows),
        "elsewhere": {"rationale": _text(form, "elsewhere")},
    }


def _candidate(form: MultiDict[str, str], n: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": form.get(f"place-{n}-id") or chr(ord("a") + n), "label": _text(form, f"place-{n}-label"),
        "polygon": outline_of(form.get(f"place-{n}-outline", "")), "role": form.get(f"place-{n}-role", "other"),
        "rationale": _text(form, f"place-{n}-rationale"),
    }  # fmt: skip
    if row["role"] == "danger":
        error = {"complication": _text(form, f"place-{n}-complication"), "text": _text(form, f"place-{n}-error")}
        row["critical_error"] = error
    return row


def outline_of(text: str) -> Any:
    """`10,20 30,20 30,40` as points; anything else as it stands."""
    points = [[decimal_number(v) for v in pair.split(",")] for pair in text.split()]
    whole = all(len(p) == 2 and None not in p for p in points)
    return points if points and whole else text.strip()


def outline_text(outline: Any) -> str:
    """Points as the editor shows them."""
    if not isinstance(outline, list):
        return str(outline or "")
    return " ".join(f"{x:g},{y:g}" for x, y in outline)


def _needle(form: MultiDict[str, str]) -> dict[str, Any]:
    decline: dict[str, Any] = {"correct": form.get("decline-correct") == "1", "rationale": _text(form, "decline-rationale")}
    if form.getlist("decline-accepted"):
        decline["accepted"] = form.getlist("decline-accepted")
    return {
        "scene": _text(form, "scene"), "display": form.get("display", "section"),
        "variants": {"presets": form.getlist("presets"), "jitter_mm": _number(form, "jitter_mm")},
        "needles_mm": _lengths(_text(form, "needles_mm")),
        "shaft_outside_min_mm": _number(form, "shaft_outside_min_mm"), "decline": decline,
        **{name: _block(form, name, []) for name in NEEDLE_LISTS},
    }  # fmt: skip


def _lengths(text: str) -> list[Any]:
    found = [(word, whole_number(word)) for word in text.replace(",", " ").split()]
    return [word if number is None else number for word, number in found]


def _case(form: MultiDict[str, str]) -> dict[str, Any]:
    return {
        "tick_s": _number(form, "tick_s"),
        "limits": {"max_time_s": _number(form, "max_time_s"), "max_states": _number(form, "max_states")},
        "start": _text(form, "start"), "debrief": _text(form, "debrief"), **{name: _block(form, name, []) for name in CASE_LISTS},
    }  # fmt: skip


def _block(form: MultiDict[str, str], name: str, empty: Any) -> Any:
    """A list or a set of fields in the bank's notation; the text itself where it cannot be read."""
    text = form.get(name, "").replace("\r\n", "\n")
    if not text.strip():
        return empty
    try:
        return strict_yaml.load(f"{name}:\n{_indented(text)}\n".encode(), name).data[name]
    except (BrokenFile, KeyError):
        return text


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))


def block_text(value: Any) -> str:
    """A list or a set of fields in the bank's notation, an entry a line."""
    if isinstance(value, str) or not value:
        return value or ""
    if isinstance(value, list):
        return "\n".join(f"- {_flow(entry)}" for entry in value)
    return "\n".join(f"{key}: {_flow(inner)}" for key, inner in value.items())


def _flow(value: Any) -> str:
    dumped = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=100_000)
    return dumped.removesuffix("\n").removesuffix("\n...").strip()


TYPE_FIELDS = {"matching": _matching, "hotspot": _hotspot, "needle_placement": _needle, "case": _case}
"""How the fields of each type are read."""
