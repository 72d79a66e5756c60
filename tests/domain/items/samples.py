"""Items of every type: one of each to change by hand, and strategies that draw any sound item, answer or key."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import strategies as st

from app.domain.errors import InvalidInput, Problem
from app.domain.items import ItemContent, Variant, parse_item

COMMON: dict[str, Any] = {
    "schema": "item/1", "id": "upper-trapezius-001", "domain": "placement", "regions": ["upper-trapezius"],
    "complications": ["pneumothorax"], "pool": "exam", "difficulty": 3, "critical": False, "points": 1,
    "scenario": "A rower lies prone after two hard weeks on the water.", "stem": "Which plan fits best?",
    "explanation": "The fold lifts the muscle off the rib cage.", "safe_needle_rule": "Hold the fold.",
    "sources": ["kearns2022"],
}  # fmt: skip
SINGLE: dict[str, Any] = {
    **COMMON,
    "type": "single_best_answer",
    "options": [
        {"id": "a", "text": "Hold a fold", "correct": True, "rationale": "Lifted off the ribs."},
        {"id": "b", "text": "Aim downwards", "dangerous": True, "rationale": "Towards the lung."},
        {"id": "c", "text": "Wait a week", "rationale": "Nothing is gained."},
        {"id": "d", "text": "Use a cup", "rationale": "Another treatment."},
    ],
}
MULTIPLE: dict[str, Any] = {
    **COMMON,
    "type": "multiple_response",
    "points": 2,
    "options": [
        {"id": "a", "text": "Gloves", "correct": True, "rationale": "Keeps hands clean."},
        {"id": "b", "text": "A sharps box", "correct": True, "rationale": "Within reach."},
        {"id": "c", "text": "Recap the needle", "dangerous": True, "rationale": "Pricks the finger."},
        {"id": "d", "text": "A second lamp", "rationale": "Not needed here."},
        {"id": "e", "text": "A fan", "rationale": "Blows dust about."},
    ],
}
ORDERING: dict[str, Any] = {
    **COMMON,
    "type": "ordering",
    "points": 2,
    "steps": [
        {"id": "a", "text": "Stop and take the needles out"},
        {"id": "b", "text": "Lay the patient flat"},
        {"id": "c", "text": "Look at breathing and pulse"},
        {"id": "d", "text": "Write it down"},
    ],
    "order": [["a"], ["b", "c"], ["d"]],
    "distractors": [{"id": "x", "text": "Needle the other side", "dangerous": True, "rationale": "Adds a second harm."}],
}
NUMERIC: dict[str, Any] = {
    **COMMON,
    "type": "numeric",
    "unit": "mm",
    "accept": {"min": 22.5, "max": 23.5},
    "danger": [{"min": 30, "max": 99, "text": "Past the rib."}],
    "traps": [{"min": 25, "max": 25, "text": "The tilt was left out."}],
}
BODIES = {body["type"]: body for body in (SINGLE, MULTIPLE, ORDERING, NUMERIC)}
MARKER = "zqz"
"""Stands in every secret text of `with_secrets`, and nowhere else."""


def make_item(body: dict[str, Any] = SINGLE, **changes: Any) -> ItemContent:
    """A sound item with some fields changed; None takes a field away."""
    changed = {**body, **changes}
    return parse_item({key: value for key, value in changed.items() if value is not None})


def problems_in(body: object) -> tuple[Problem, ...]:
    """(path, words) of each problem; empty for a sound item."""
    try:
        parse_item(body)
    except InvalidInput as error:
        return error.problems
    return ()


def plain_variant(content: ItemContent) -> Variant:
    """The options in the order of their ids, so that display key o1 is option a."""
    if content.type == "numeric":
        return Variant()
    if content.type == "ordering":
        return Variant(tuple(sorted([s.id for s in content.steps] + [d.id for d in content.distractors])))
    return Variant(tuple(sorted(o.id for o in content.options)))


def ids_of(content: ItemContent) -> list[str]:
    """The ids of the options or steps."""
    return list(plain_variant(content).order)


_IDS = "abcdefghijk"


@st.composite
def single(draw: st.DrawFn) -> ItemContent:
    """Any single-best-answer item."""
    count = draw(st.integers(3, 6))
    return parse_item({**SINGLE, "options": _options(count, draw(_one_key(count)), draw(_flags(count))), **draw(_criticality())})


@st.composite
def multiple(draw: st.DrawFn) -> ItemContent:
    """Any multiple-response item."""
    count = draw(st.integers(4, 8))
    keys = draw(_flags(count).filter(lambda flags: any(flags) and not all(flags)))
    return parse_item({**MULTIPLE, "options": _options(count, keys, draw(_flags(count))), **draw(_criticality())})


@st.composite
def ordering(draw: st.DrawFn, least_distractors: int = 0) -> ItemContent:
    """Any ordering item, with ties and distractors."""
    ids = draw(st.permutations(_IDS[: draw(st.integers(3, 8))]))
    cuts = draw(st.sets(st.integers(1, len(ids) - 1), min_size=1))
    order = [list(ids[a:b]) for a, b in itertools.pairwise([0, *sorted(cuts), len(ids)])]
    flags = draw(st.lists(st.booleans(), min_size=least_distractors, max_size=3))
    distractors = [
        {"id": f"x{n}", "text": f"False step {n}", "rationale": f"Why not {n}", **({"dangerous": True} if flag else {})}
        for n, flag in enumerate(flags)
    ]
    steps = [{"id": i, "text": f"Step {i}"} for i in draw(st.permutations(ids))]
    changes = draw(_criticality()) if any(flags) else {}
    return parse_item({**ORDERING, "steps": steps, "order": order, "distractors": distractors, **changes})


@st.composite
def numeric(draw: st.DrawFn) -> ItemContent:
    """Any numeric item; the accepted interval lies below the slip, the slip below the danger."""
    ends = sorted(draw(st.lists(st.integers(-400, 400), min_size=6, max_size=6, unique=True)))
    low, high, slip, slip_end, danger, danger_end = (str(n / 4) for n in ends)
    return parse_item(
        {
            **NUMERIC, "accept": {"min": low, "max": high}, "traps": [{"min": slip, "max": slip_end, "text": "A slip."}],
            "danger": [{"min": danger, "max": danger_end, "text": "Too deep."}], **draw(_criticality()),
        }
    )  # fmt: skip


items = st.one_of(single(), multiple(), ordering(), numeric())


@st.composite
def answered(draw: st.DrawFn, kinds: st.SearchStrategy[ItemContent] = items) -> tuple[ItemContent, Any]:
    """An item and an answer to it, or None for no answer."""
    content = draw(kinds)
    return content, draw(st.none() | answers(content))


def answers(content: ItemContent) -> st.SearchStrategy[Any]:
    """Any answer in stored form."""
    if content.type == "numeric":
        return st.decimals(-999, 999, places=2).map(lambda n: format(n, "f"))
    if content.type == "single_best_answer":
        return st.sampled_from(ids_of(content))
    chosen = st.lists(st.sampled_from(ids_of(content)), min_size=1, unique=True)
    return chosen.map(sorted) if content.type == "multiple_response" else chosen


@st.composite
def with_other_secrets(draw: st.DrawFn, content: ItemContent) -> ItemContent:
    """The same question to a candidate, with another key, other dangers, reasons, explanation, rule and sources."""
    body: dict[str, Any] = content.model_dump(mode="json", by_alias=True)
    body |= {name: f"{MARKER} {draw(st.integers(0, 9))} of another bank" for name in ("explanation", "safe_needle_rule")}
    body["sources"] = [f"{MARKER}2020"]
    rekey = {"ordering": _rekey_steps, "numeric": _rekey_number}.get(content.type, _rekey_options)
    return parse_item(draw(rekey(body)))


@st.composite
def _rekey_options(draw: st.DrawFn, body: dict[str, Any]) -> dict[str, Any]:
    count = len(body["options"])
    one = _one_key(count) if body["type"] == "single_best_answer" else _flags(count).filter(lambda f: any(f) and not all(f))
    fresh = _options(count, draw(one), draw(_flags(count)), MARKER)
    texts = {o["id"]: o["text"] for o in body["options"]}
    body["options"] = draw(st.permutations([{**o, "text": texts[o["id"]]} for o in fresh]))
    return body


@st.composite
def _rekey_steps(draw: st.DrawFn, body: dict[str, Any]) -> dict[str, Any]:
    """Which steps are real is part of the key too."""
    texts = {row["id"]: row["text"] for row in [*body["steps"], *body["distractors"]]}
    ids = draw(st.permutations(sorted(texts)))
    real = draw(st.integers(max(3, len(ids) - 3), min(8, len(ids) - (1 if body["critical"] else 0))))
    body["steps"] = [{"id": i, "text": texts[i]} for i in ids[:real]]
    body["order"] = [[i] for i in draw(st.permutations(ids[:real]))]
    body["distractors"] = [{"id": i, "text": texts[i], "dangerous": True, "rationale": f"{MARKER} not {i}"} for i in ids[real:]]
    return body


@st.composite
def _rekey_number(draw: st.DrawFn, body: dict[str, Any]) -> dict[str, Any]:
    low = draw(st.integers(-50, 50))
    body["accept"] = {"min": low, "max": low + 1}
    body["danger"] = [{"min": low + 2, "max": low + 3, "text": f"{MARKER} danger"}]
    body["traps"] = []
    return body


def _flags(count: int) -> st.SearchStrategy[list[bool]]:
    return st.lists(st.booleans(), min_size=count, max_size=count)


def _one_key(count: int) -> st.SearchStrategy[list[bool]]:
    return st.integers(0, count - 1).map(lambda key: [n == key for n in range(count)])


def _criticality() -> st.SearchStrategy[dict[str, bool]]:
    return st.booleans().map(lambda critical: {"critical": critical})


def _options(count: int, keys: list[bool], dangers: list[bool], words: str = "Reason") -> list[dict[str, Any]]:
    """Options with these keys; at least the first wrong one is dangerous, so that the item may be critical."""
    first_wrong = keys.index(False)
    rows = []
    for n in range(count):
        flags = {"correct": True} if keys[n] else {"dangerous": True} if dangers[n] or n == first_wrong else {}
        rows.append({"id": _IDS[n], "text": f"Option {n}", "rationale": f"{words} {n}.", **flags})
    return rows
