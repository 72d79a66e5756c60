"""Faults of a case that its file shows without running it, each with its place and cure. Judged on unchecked data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.strict import Fault


def story_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Names that lead nowhere, durations off the beat, points that do not add up."""
    phases, endings = _names(data.get("phases")), _names(data.get("endings"))
    actions = [a for a in _rows(data.get("actions")) if isinstance(a.get("id"), str)]
    yield from _twice(data, phases & endings)
    if isinstance(data.get("start"), str) and data["start"] not in phases:
        yield ("start",), f"there is no phase {data['start']}: name one of {', '.join(sorted(phases)) or 'the phases'}"
    yield from _phase_faults(data, phases, endings)
    yield from _action_faults(data, phases, endings)
    yield from _critical_faults(data, {str(a["id"]) for a in actions})
    yield from _off_beat(data)
    yield from _points(data, actions)


def _names(value: object) -> set[str]:
    return {str(name) for name in value} if isinstance(value, Mapping) else set()


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, tuple | list) else []


def _words(row: Mapping[str, Any], field: str) -> list[str]:
    value = row.get(field)
    return [v for v in value if isinstance(v, str)] if isinstance(value, tuple | list) else []


def _twice(data: Mapping[str, Any], both: set[str]) -> Iterator[Fault]:
    for name in sorted(both):
        yield ("endings", name), f"{name} is a phase and an ending: rename one of them"
    seen: set[str] = set()
    for n, row in enumerate(_rows(data.get("actions"))):
        if row.get("id") in seen:
            yield ("actions", n, "id"), f"two actions are called {row.get('id')}: give each its own id"
        seen.add(str(row.get("id")))
        if row.get("id") == "wait":
            yield ("actions", n, "id"), "wait is always offered: give this action another id"


def _phase_faults(data: Mapping[str, Any], phases: set[str], endings: set[str]) -> Iterator[Fault]:
    found = data.get("phases")
    for name, phase in found.items() if isinstance(found, Mapping) else ():
        then = phase.get("then") if isinstance(phase, Mapping) else None
        if isinstance(then, str) and then not in phases | endings:
            yield ("phases", name, "then"), f"there is no phase or ending {then}: correct the name"


def _action_faults(data: Mapping[str, Any], phases: set[str], endings: set[str]) -> Iterator[Fault]:
    rows = _rows(data.get("actions"))
    flags = {flag for row in rows for flag in _words(row, "sets")}
    for n, row in enumerate(rows):
        for phase in _words(row, "phases"):
            if phase not in phases:
                yield ("actions", n, "phases"), f"there is no phase {phase}: correct the name"
        for field in ("needs", "unless"):
            for flag in _words(row, field):
                if flag not in flags:
                    yield ("actions", n, field), f"no action sets {flag}: correct the name, or let an action set it"
        goto = row.get("goto")
        if isinstance(goto, str) and goto not in phases | endings:
            yield ("actions", n, "goto"), f"there is no phase or ending {goto}: correct the name"


def _critical_faults(data: Mapping[str, Any], actions: set[str]) -> Iterator[Fault]:
    for n, row in enumerate(_rows(data.get("critical_actions"))):
        named = [row["action"]] if isinstance(row.get("action"), str) else _words(row, "any_of")
        for name in named:
            if name not in actions:
                yield ("critical_actions", n), f"there is no action {name}: correct the id"
    harmful = any(row.get("critical_error") for row in _rows(data.get("actions")))
    if data.get("critical") is not True and (harmful or _rows(data.get("critical_actions"))):
        yield ("critical",), "this case has critical actions or errors: set critical: true"
    if data.get("critical") is True and not harmful and not _rows(data.get("critical_actions")):
        yield ("critical",), "a critical case has a critical action or a critical error, and this has none: add one"


def _off_beat(data: Mapping[str, Any]) -> Iterator[Fault]:
    tick = data.get("tick_s")
    if not isinstance(tick, int) or isinstance(tick, bool) or tick <= 0:
        return
    phases = data.get("phases")
    places: list[tuple[tuple[str | int, ...], object]] = [
        (("phases", name, "lasts_s"), phase.get("lasts_s"))
        for name, phase in (phases.items() if isinstance(phases, Mapping) else ())
        if isinstance(phase, Mapping)
    ]
    places += [(("actions", n, "takes_s"), row.get("takes_s")) for n, row in enumerate(_rows(data.get("actions")))]
    places += [(("critical_actions", n, "by_s"), row.get("by_s")) for n, row in enumerate(_rows(data.get("critical_actions")))]
    for where, seconds in places:
        if isinstance(seconds, int) and seconds % tick:
            yield where, f"{seconds} s is no multiple of tick_s ({tick} s): make it one"


def _points(data: Mapping[str, Any], actions: list[Mapping[str, Any]]) -> Iterator[Fault]:
    given = [row.get("points", 0) for row in actions]
    total, points = sum(p for p in given if isinstance(p, int) and p > 0), data.get("points")
    if isinstance(points, int) and points != total:
        yield ("points",), f"the positive points of the actions add up to {total}, not {points}: make the two the same"
