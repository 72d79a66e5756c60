"""Whether a corrected version of an item can score the answers that were given to an older one, and what else changed in it.

The rule: what a candidate could answer must be the same; what it is worth may change. An answer names options, places, steps
or actions by their identities, a number by its unit, a needle by its picture in millimetres, so these have to agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.items import (
    Answer,
    Case,
    Hotspot,
    ItemContent,
    Matching,
    MultipleResponse,
    NeedlePlacement,
    Numeric,
    Ordering,
    SingleBestAnswer,
)
from app.domain.items.hotspot import candidate_at
from app.domain.scenes import Scene, scene_json

CURE = "Correct it otherwise, or give full marks to all."


@dataclass(frozen=True, slots=True)
class Wording:
    """A text that candidates read and that the correction changes: no reason to refuse, but two people look at it."""

    where: str
    before: str
    after: str


def incompatible(old: ItemContent, new: ItemContent) -> tuple[str, ...]:
    """Why answers to `old` cannot be scored with the key of `new`, each with its cure; empty if they can."""
    if old.id != new.id:
        return ("These are versions of two different items.",)
    if old.type != new.type:
        return (f"The item was of the type {_words(old.type)} and is {_words(new.type)} now. {CURE}",)
    return tuple(f"{said} {CURE}" for said in (*_common_gaps(old, new), *_gaps(old, new)))


def wordings(old: ItemContent, new: ItemContent) -> tuple[Wording, ...]:
    """Every text that a candidate reads and that differs between two versions."""
    before, after = _texts(old), _texts(new)
    return tuple(
        Wording(where, text, after.get(where, "")) for where, text in before.items() if after.get(where, "") != text
    )  # fmt: skip


def answer_under(content: ItemContent, answer: Answer | None) -> Answer | None:
    """A stored answer as the corrected item reads it: a point on a picture lies in whichever place holds it now."""
    if isinstance(content, Hotspot) and isinstance(answer, dict) and answer.get("input_mode") == "point":
        return {**answer, "candidate": candidate_at(content, (answer["x"], answer["y"]))}
    return answer


def _words(item_type: str) -> str:
    return item_type.replace("_", " ")


def _common_gaps(old: ItemContent, new: ItemContent) -> Iterator[str]:
    if old.points != new.points:
        yield f"The item was worth {old.points} points and is worth {new.points} now: its candidates were told its worth."
    if old.pool != new.pool:
        yield f"The item moved from the {old.pool} pool to the {new.pool} pool."


def _gaps(old: ItemContent, new: ItemContent) -> Iterator[str]:
    for name, ids in _identities(old).items():
        yield from _changed_ids(name, ids, _identities(new).get(name, frozenset()))
    match old, new:
        case (Numeric(), Numeric()) if old.unit != new.unit:
            yield f"Answers were given in {old.unit}, and the item asks for {new.unit} now."
        case (Hotspot(), Hotspot()) if _picture(old.scene) != _picture(new.scene):
            yield "The picture is another one: a point on it would mean another place."
        case (NeedlePlacement(), NeedlePlacement()):
            yield from _needle_gaps(old, new)
        case (Case(), Case()) if _course(old) != _course(new):
            yield "The course of the case is another one: what was done in it would have led elsewhere."


def _changed_ids(name: str, before: frozenset[str], after: frozenset[str]) -> Iterator[str]:
    gone, added = sorted(before - after), sorted(after - before)
    if gone:
        yield f"{name} {', '.join(gone)} no longer exist: answers that name them could not be scored."
    if added:
        yield f"{name} {', '.join(added)} were added: nobody could have chosen them."


def _identities(content: ItemContent) -> dict[str, frozenset[str]]:
    """What an answer to the item can name, by kind."""
    match content:
        case SingleBestAnswer() | MultipleResponse():
            return {"The options": frozenset(o.id for o in content.options)}
        case Ordering():
            return {"The steps": frozenset((*(s.id for s in content.steps), *(d.id for d in content.distractors)))}
        case Matching():
            left, right = frozenset(t.id for t in content.left), frozenset(t.id for t in content.right)
            return {"The lines on the left": left, "The lines on the right": right}
        case Hotspot():
            return {"The places": frozenset(c.id for c in content.candidates)}
        case Case():
            return {"The actions": frozenset(a.id for a in content.actions)}
        case _:
            return {}


def _needle_gaps(old: NeedlePlacement, new: NeedlePlacement) -> Iterator[str]:
    if _picture(old.scene) != _picture(new.scene) or old.display != new.display:
        yield "The picture is another one: a needle in it would take another path."
    gone = sorted(set(old.needles_mm) - set(new.needles_mm))
    if gone:
        yield f"The needles of {', '.join(map(str, gone))} mm are offered no more: answers that chose them could not be scored."


def _picture(scene: Scene) -> dict[str, Any]:
    """What a picture shows and how it becomes other bodies: everything in it but words, hazards and their margins."""
    whole = scene_json(scene)
    kept = {key: whole.get(key) for key in ("kind", "skin", "aids")}
    frame = {key: whole["frame"][key] for key in ("x_mm", "y_mm")}
    marks = [{key: mark[key] for key in ("id", "at")} for mark in whole["landmarks"]]
    shapes = [{key: row.get(key) for key in ("id", "tissue", "polygon", "ellipse", "rigid")} for row in whole["structures"]]
    bands = {name: {key: band[key] for key in ("band", "range")} for name, band in whole["habitus"].items()}
    fold = whole.get("scale")
    scale = None if fold is None else {key: fold[key] for key in ("about", "height_mm", "range")}
    return {**kept, "frame": frame, "landmarks": marks, "structures": shapes, "habitus": bands, "scale": scale}


def _course(content: Case) -> dict[str, Any]:
    """What decides where a list of actions leads: everything in a case but words, vital signs, points and deadlines."""
    course = ("takes_s", "phases", "needs", "unless", "sets", "goto")
    return {
        "tick_s": content.tick_s,
        "start": content.start,
        "phases": {name: (phase.lasts_s, phase.then) for name, phase in content.phases.items()},
        "endings": sorted(content.endings),
        "actions": {a.id: [getattr(a, field) for field in course] for a in content.actions},
    }


def _texts(content: ItemContent) -> dict[str, str]:
    """What a candidate reads, by where it stands."""
    return {"Scenario": content.scenario, "Question": content.stem, **_named_texts(content)}


def _named_texts(content: ItemContent) -> Mapping[str, str]:
    match content:
        case SingleBestAnswer() | MultipleResponse():
            return {f"Option {o.id}": o.text for o in content.options}
        case Ordering():
            return {f"Step {s.id}": s.text for s in content.steps} | {f"Step {d.id}": d.text for d in content.distractors}
        case Matching():
            return {f"Line {t.id}": t.text for t in (*content.left, *content.right)}
        case Hotspot():
            return {f"Place {c.id}": c.label for c in content.candidates}
        case Case():
            return {f"Action {a.id}": a.label for a in content.actions}
        case _:
            return {}
