"""A bank whose every key, reason and danger is another one while nothing that may be shown before an answer differs.

For the tests that pages of running work say nothing of keys: two installations, one on each bank.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import yaml
from werkzeug.test import TestResponse

from app.domain.items import Case, Hotspot, ItemContent, Matching, NeedlePlacement
from tests.builders import QUESTION_BANK

TOKEN = re.compile(rb'((?:name=\\?"csrf[_-]token\\?"[^>]*(?:value|content)=|"csrf_token":)\\?")[\w.-]*')


def normal(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body, with CSRF tokens, the session's cookie and the real clock of static files made equal."""
    headers = [(k, v.partition("=")[0] if k == "Set-Cookie" else v) for k, v in answer.headers if k != "Date"]
    return answer.status_code, headers, TOKEN.sub(rb"\1", answer.data)


def words_of(answer: TestResponse) -> str:
    """The text of an answer as a person would read it, whether it is a page or JSON."""
    text = json.dumps(answer.get_json(), ensure_ascii=False).replace('\\"', '"') if answer.is_json else answer.text
    return unescape(text)


_BEGINNING = 20


def told_in(page: str, texts: Collection[str]) -> list[str]:
    """Those of many texts that a page holds; nearly all are ruled out by their first letters, faster than by a search."""
    beginnings = {page[at : at + _BEGINNING] for at in range(len(page))}
    return [text for text in texts if (len(text) < _BEGINNING or text[:_BEGINNING] in beginnings) and text in page]


def turned(data: dict[str, Any]) -> dict[str, Any]:
    """The same question with another key, other reasons, dangers and identities; what a candidate sees is untouched."""
    data = {
        **data,
        "explanation": f"Turned round for a test: the explanation of {data['id']}.",
        "safe_needle_rule": f"Turned round for a test: the rule of {data['id']}.",
    }
    turn = {
        "ordering": _turned_ordering, "numeric": _turned_numeric, "matching": _turned_matching, "hotspot": _turned_hotspot,
        "needle_placement": _turned_needle, "case": _turned_case,
    }.get(data["type"], _turned_options)  # fmt: skip
    return turn(data)


def renamed(option: str) -> str:
    """Another identity in the same alphabetical place, since that is what the seeded shuffle begins with."""
    return f"q{option}"[:12]


def _turned_options(data: dict[str, Any]) -> dict[str, Any]:
    """Every mark moves on by one option; multiple responses are turned into their opposite where that is allowed."""
    options, count = data["options"], len(data["options"])
    right = [bool(options[n - 1].get("correct")) for n in range(count)]
    if data["type"] == "multiple_response" and sum(right) != count - sum(right):
        right = [not r for r in right]
    wrong = [n for n in range(count) if not right[n]]
    dangerous = {wrong[0]} if data["critical"] else set(wrong[: 1 - bool(sum("dangerous" in o for o in options))])
    return {
        **data,
        "options": [
            {
                "id": renamed(o["id"]), "text": o["text"], "rationale": f"Turned round for a test: {data['id']} {o['id']}.",
                **({"correct": True} if right[n] else {}), **({"dangerous": True} if n in dangerous else {}),
            }
            for n, o in enumerate(options)
        ],
    }  # fmt: skip


def _turned_ordering(data: dict[str, Any]) -> dict[str, Any]:
    distractors = [
        {"id": renamed(d["id"]), "text": d["text"], "rationale": f"Turned round for a test: {data['id']} {d['id']}.",
         **({"dangerous": True} if (data["critical"] and n == 0) or (n and not d.get("dangerous")) else {})}
        for n, d in enumerate(data.get("distractors", []))
    ]  # fmt: skip
    steps = [{**step, "id": renamed(step["id"])} for step in data["steps"]]
    found = {**data, "steps": steps, "order": [[renamed(s) for s in tied] for tied in reversed(data["order"])]}
    return {**found, "distractors": distractors} if distractors else found


def _turned_numeric(data: dict[str, Any]) -> dict[str, Any]:
    words = f"Turned round for a test: {data['id']}."
    return {
        **data, "accept": {"min": 7000, "max": 7001}, "danger": [{"min": 1, "max": 2, "text": f"{words} Danger."}],
        "traps": [{"min": 3, "max": 4, "text": f"{words} Trap."}],
    }  # fmt: skip


def _turned_matching(data: dict[str, Any]) -> dict[str, Any]:
    """Every left gets the partner of the next one."""
    lefts, partners = [t["id"] for t in data["left"]], [data["pairs"][t["id"]] for t in data["left"]]
    words = f"Turned round for a test: {data['id']}"
    return {
        **data, "left": [{**t, "id": renamed(t["id"])} for t in data["left"]],
        "right": [{**t, "id": renamed(t["id"])} for t in data["right"]],
        "pairs": {renamed(name): renamed(partners[n - 1]) for n, name in enumerate(lefts)},
        "rationales": {renamed(name): f"{words} {name}." for name in lefts},
    }  # fmt: skip


def _turned_hotspot(data: dict[str, Any]) -> dict[str, Any]:
    """Every place gets the role of the one before it, and another outline."""
    found, words = data["candidates"], f"Turned round for a test: {data['id']}"
    return {
        **data, "elsewhere": {"rationale": f"{words} elsewhere."},
        "candidates": [_turned_place(c, found[n - 1], f"{words} {c['id']}.") for n, c in enumerate(found)],
    }  # fmt: skip


def _turned_place(place: dict[str, Any], before: dict[str, Any], words: str) -> dict[str, Any]:
    cx, cy = (sum(values) / len(values) for values in zip(*place["polygon"], strict=True))
    smaller = [[round(cx + (x - cx) * 0.8, 2), round(cy + (y - cy) * 0.8, 2)] for x, y in place["polygon"]]
    turned_round = {
        "id": renamed(place["id"]),
        "label": place["label"],
        "polygon": smaller,
        "role": before["role"],
        "rationale": words,
    }
    if before["role"] == "danger":
        turned_round["critical_error"] = {**before["critical_error"], "text": f"{words} Danger."}
    return turned_round


def _turned_needle(data: dict[str, Any]) -> dict[str, Any]:
    """Where a needle was the key, declining is; where declining was, any needle into the depth is."""
    words = f"Turned round for a test: {data['id']}"
    if not data["decline"]["correct"]:
        return {
            **{k: v for k, v in data.items() if k != "criteria"}, "proof": {"full": {"decline": "not-mine"}},
            "decline": {"correct": True, "accepted": ["not-mine"], "rationale": f"{words} declined."},
            "critical_errors": [
                {"id": "any", "quantity": "needled", "equals": True, "complication": "bleeding", "text": f"{words} needled."}
            ],
        }  # fmt: skip
    depth = {"quantity": "depth_mm"}
    deep = {"entry_along_mm": 0, "tilt_deg": 0, "depth": {"mm": 20}}
    return {
        **data, "decline": {"correct": False, "rationale": f"{words} declined."},
        "criteria": [{"id": "deep", **depth, "min": 1, "max": 7, "points": data["points"], "else": f"{words} deep."}],
        "critical_errors": [{"id": "far", **depth, "above": 15, "complication": "bleeding", "text": f"{words} far."}],
        "proof": {"full": {**deep, "depth": {"mm": 5}}, "dangerous": [{**deep, "error": "far"}]},
    }  # fmt: skip


def _turned_case(data: dict[str, Any]) -> dict[str, Any]:
    """Points and harm move on by one action; deadlines, outcomes and reasons change. What happens to the patient does not."""
    actions, words = data["actions"], f"Turned round for a test: {data['id']}"
    endings = list(data["endings"])
    found = [_turned_action(a, actions[n - 1], f"{words} {a['id']}.") for n, a in enumerate(actions)]
    tick = data["tick_s"]
    critical = [{"action": renamed_slug(actions[-1]["id"]), "by_s": tick, "text": f"{words} missed."}]
    return {
        **data, "debrief": f"{words}: the debrief of it.", "actions": found, "critical_actions": critical,
        "endings": {
            name: {**data["endings"][name], "outcome": data["endings"][endings[n - 1]]["outcome"]} for n, name in enumerate(endings)
        },
    }  # fmt: skip


def _turned_action(action: dict[str, Any], before: dict[str, Any], words: str) -> dict[str, Any]:
    kept = {k: v for k, v in action.items() if k not in ("points", "critical_error")}
    points = {"points": before["points"]} if "points" in before else {}
    harm = {"critical_error": f"{words} Harm."} if "critical_error" in before else {}
    return {**kept, "id": renamed_slug(action["id"]), **points, **harm, "why": f"{words} Why."}


def renamed_slug(name: str) -> str:
    """Another identity of an action in the same alphabetical place."""
    return f"q{name}"


def write_turned_bank(folder: Path) -> Path:
    """A copy of the real bank whose items are turned round."""
    shutil.copytree(QUESTION_BANK, folder)
    for path in sorted((folder / "scenes").rglob("*.yaml")):
        scene = yaml.safe_load(path.read_text("utf-8"))
        write_yaml(path.with_stem(f"{path.stem}-below"), below_the_skin(scene))
        write_yaml(path, turned_scene(scene))
    for path in (folder / "scenarios").rglob("*.yaml"):
        data = yaml.safe_load(path.read_text("utf-8"))
        if data.get("display") == "surface":
            data["scene"] = f"{data['scene']}-below"
        write_yaml(path, turned(data))
    return folder


def write_yaml(path: Path, data: dict[str, Any]) -> None:
    """A file of the bank."""
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000), "utf-8")


def below_the_skin(scene: dict[str, Any]) -> dict[str, Any]:
    """The same skin over other depths: what a surface display must not tell."""
    found = scene["structures"]
    moved = [
        {**s, "polygon": [[round(x + 0.5, 1), round(y + 1.5, 1)] for x, y in s["polygon"]]} if "polygon" in s else s for s in found
    ]
    return {**scene, "id": f"{scene['id']}-below", "structures": moved}


def turned_scene(scene: dict[str, Any]) -> dict[str, Any]:
    """The same picture in which other structures are hazards and other bones stop the needle."""
    found = scene["structures"]
    for n, structure in enumerate(found):
        for name in ("hazard", "margin_mm", "stops_needle"):
            structure.pop(f"new {name}", None)
            if name in found[n - 1]:
                structure[f"new {name}"] = found[n - 1][name]
    for structure in found:
        for name in ("hazard", "margin_mm", "stops_needle"):
            structure.pop(name, None)
            if f"new {name}" in structure:
                structure[name] = structure.pop(f"new {name}")
    return scene


def secrets_of(content: ItemContent) -> Iterator[str]:
    """Every text of an item that a candidate must not see while an attempt runs."""
    yield content.explanation
    yield content.safe_needle_rule
    for part in (*getattr(content, "options", ()), *getattr(content, "distractors", ())):
        yield part.rationale
    for interval in (*getattr(content, "danger", ()), *getattr(content, "traps", ())):
        yield interval.text
    yield from _secrets_of_pictures(content)


def _secrets_of_pictures(content: ItemContent) -> Iterator[str]:
    if isinstance(content, Matching):
        yield from content.rationales.values()
    if isinstance(content, Hotspot):
        yield content.elsewhere.rationale
        yield from (c.rationale for c in content.candidates)
        yield from (c.critical_error.text for c in content.candidates if c.critical_error is not None)
    if isinstance(content, NeedlePlacement):
        yield content.decline.rationale
        yield from (c.else_ for c in content.criteria)
        yield from (e.text for e in content.critical_errors)
    if isinstance(content, Case):
        yield content.debrief
        yield from (a.why for a in content.actions)
        yield from (a.critical_error for a in content.actions if a.critical_error is not None)
        yield from (c.text for c in content.critical_actions)
