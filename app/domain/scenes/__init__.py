"""Scenes: what a file says, the bodies it becomes, and what makes it unsound."""

from __future__ import annotations

from app.domain.scenes.body import Body, build_body, limits_of, preset_values
from app.domain.scenes.naming import spoken_names
from app.domain.scenes.picture import Picture, average_values, body_of, picture_of
from app.domain.scenes.problems import bodies_to_try, scene_problems
from app.domain.scenes.scene import PRESETS, Scene, parse_scene, scene_json

__all__ = [
    "PRESETS", "Body", "Picture", "Scene", "average_values", "bodies_to_try", "body_of", "build_body", "limits_of",
    "parse_scene", "picture_of", "preset_values", "scene_json", "scene_problems",
    "spoken_names",
]  # fmt: skip
