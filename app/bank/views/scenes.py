"""Scenes at the desk: every slice and surface, its bodies by slider, and a path tried out in it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from app.bank import queries
from app.bank.views.blueprint import Page, blueprint
from app.database import db
from app.domain.errors import InvalidInput
from app.domain.placement import Needle, Placement, along_skin, margin_mm, place, reserve_mm
from app.domain.scenes import PRESETS, Body, Scene, body_of, limits_of, picture_of, preset_values, spoken_names
from app.web.access import allow
from app.web.numbers import decimal_number

LONGEST_MM = 150.0


@blueprint.get("/admin/scenes")
@allow("admin")
def scenes() -> Page:
    """Every scene, with the items that show it."""
    found = queries.current_scenes(db.session)
    return render_template("bank/scenes.html", scenes=list(found.values()), used=queries.scene_usage(db.session))


@blueprint.get("/admin/scenes/<scene_id>")
@allow("admin")
def scene(scene_id: str) -> Page:
    """One scene in a body of one's choice, with a path tried out in it."""
    found = queries.get_scene(db.session, scene_id)
    values = _values(found)
    body = body_of(found, tuple(sorted(values.items())))
    path: dict[str, Any] = {"typed": _typed()}
    if found.kind == "section":
        path |= _tried(found, body)
    return render_template(
        "bank/scene.html", scene=found, picture=picture_of(found, values, "section"), values=values,
        limits=limits_of(found) if found.kind == "section" else {}, presets=_presets(found),
        used=queries.scene_usage(db.session).get(scene_id, []), words=spoken_names(found),
        body_words="Body: " + ", ".join(_measure(*pair) for pair in values.items()) if values else "", **path,
    )  # fmt: skip


def _values(scene: Scene) -> dict[str, float]:
    """The body of the sliders; what is missing or out of range is as in the average one."""
    if scene.kind == "surface":
        return {}
    values = preset_values(scene, "average")
    for name, (low, high) in limits_of(scene).items():
        given = decimal_number(request.args.get(name))
        if given is not None:
            values[name] = min(high, max(low, given))
    return values


def _measure(name: str, value: float) -> str:
    words, _, unit = name.partition("_")
    return f"{words} {value:g} {unit}".strip()


def _presets(scene: Scene) -> dict[str, dict[str, float]]:
    return {} if scene.kind == "surface" else {name: preset_values(scene, name) for name in PRESETS}


def _typed() -> dict[str, str]:
    return {name: request.args.get(name, "") for name in ("entry_mm", "tilt_deg", "depth_mm")}


def _tried(scene: Scene, body: Body) -> dict[str, Any]:
    entry, tilt, depth = (decimal_number(text) for text in _typed().values())
    if entry is None or depth is None:
        return {}
    along = along_skin(body, body.landmarks[scene.landmarks[0].id]) + entry
    try:
        placed = place(body, Needle(along, tilt or 0.0, depth, LONGEST_MM))
    except InvalidInput as error:
        return {"error": error.message}
    return {"placed": placed, "margins": _margins(placed), "reserve": reserve_mm(placed)}


def _margins(placed: Placement) -> list[tuple[str, float]]:
    found = [(name, margin_mm(placed, name)) for name in placed.body.hazards]
    return sorted(found, key=lambda pair: pair[1])[:10]
