"""The body map of somebody's standings."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.domain.catalogue import Catalogue
from app.domain.standing import Standing
from app.drawing.body_map import MapState, render_body_map

ROOT = Path(__file__).resolve().parents[2]


@lru_cache(maxsize=1)
def _outlines() -> Any:
    return json.loads((ROOT / "app/static/vendor/body-outlines/body-outlines.json").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _spec() -> Any:
    return json.loads((ROOT / "question_bank/body-regions.json").read_text(encoding="utf-8"))


def map_state(standing: Standing, *, restricted: bool) -> MapState:
    """The word of the map for a standing: never better than the table beside it."""
    if standing.word == "CLEARED":
        return "expiring" if standing.expiring else "cleared"
    if standing.word == "ONLY WITH AN OBSERVER":
        return "observer"
    if standing.word == "CANNOT CONFIRM":
        return "unknown"
    return "not-applicable" if restricted and standing.state == "NOT_HELD" else "not-cleared"


def body_map(catalogue: Catalogue, by_region: dict[str, Standing], href_prefix: str) -> str:
    """Both views as SVG, each region a link to its row of the equal table."""
    states = {
        region: map_state(standing, restricted=catalogue.group_of(region).tier == "restricted")
        for region, standing in by_region.items()
    }
    names = {region.id: region.name for region in catalogue.regions}
    return render_body_map(_outlines(), _spec(), states, names, lambda region: f"{href_prefix}{region}")
