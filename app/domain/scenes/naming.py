"""What a structure of a scene is called in words: never its id, also where the drawing labels only one of several."""

from __future__ import annotations

import re
from functools import lru_cache

from app.domain.scenes.scene import Scene

NUMBERED = re.compile(r"-\d+$")
SIDES = ("-left", "-right")


def _base(name: str) -> str:
    return name.removesuffix("-left").removesuffix("-right")


def twin_labels(scene: Scene) -> dict[str, str]:
    """The label of the other side for each shape of a pair that is labelled once, by id."""
    named = {s.id: s.label for s in scene.structures if s.label}
    found = {}
    for structure in scene.structures:
        base = _base(structure.id)
        label = next((named[name] for name in (base, *(base + side for side in SIDES)) if name in named), None)
        if structure.label is None and label is not None:
            found[structure.id] = label
    return found


@lru_cache(maxsize=128)
def _spoken(shown: tuple[tuple[str, str | None], ...], twins: tuple[tuple[str, str], ...]) -> dict[str, str]:
    pairs = dict(twins)
    several = {NUMBERED.sub("", _base(name)): label for name, label in reversed(shown) if label and NUMBERED.search(_base(name))}
    return {
        name: label
        or (f"{pairs[name]} (other side)" if name in pairs else "")
        or several.get(NUMBERED.sub("", _base(name)), "")
        or NUMBERED.sub("", _base(name)).replace("-", " ").capitalize()
        for name, label in shown
    }


def spoken_names(scene: Scene) -> dict[str, str]:
    """The words for every structure by id: its label, the label of its pair or of its row, else its id as words."""
    return _spoken(tuple((s.id, s.label) for s in scene.structures), tuple(twin_labels(scene).items()))
