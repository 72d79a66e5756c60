"""Figures of scenes: scoring a path against a bare loop over the same shapes, drawing, sizes of pictures and pages."""

from __future__ import annotations

import gzip
import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import shapely

from app.domain.geometry import direction
from app.domain.items import NeedlePlacement
from app.domain.items.needle.judging import judge
from app.domain.placement import Needle, place, skin_length
from app.domain.scenes import Scene, build_body, picture_of, preset_values
from app.drawing import scenes as drawing


def median_ms(act: Callable[[], object], rounds: int) -> float:
    """The median wall time of one call in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def scoring(item: NeedlePlacement) -> dict[str, Any]:
    """Place and judge one needle; the floor intersects the same segment with each shape by shapely, and measures to each."""
    body = build_body(item.scene, preset_values(item.scene, "average"))
    shapes = [shapely.Polygon(s.outline) for s in body.shapes]
    rng = random.Random(1)
    needles = [Needle(rng.uniform(0.2, 0.8) * skin_length(body), rng.uniform(-30, 30), rng.uniform(10, 50), 75) for _ in range(60)]

    def floor() -> None:
        for needle in needles:
            entry = tuple(body.skin[len(body.skin) // 2])
            way = direction(needle.tilt_deg)
            tip = (entry[0] + way[0] * needle.depth_mm, entry[1] + way[1] * needle.depth_mm)
            segment = shapely.LineString([entry, tip])
            for shape in shapes:
                _ = segment.intersection(shape).length, segment.distance(shape)

    def mine() -> None:
        for needle in needles:
            judge(item, place(body, needle))

    slow, fast = median_ms(mine, 9) / len(needles), median_ms(floor, 9) / len(needles)
    return {"scene": item.scene.id, "structures": len(shapes), "score_ms": round(slow, 3), "floor_ms": round(fast, 3),
            "ratio": round(slow / fast, 2)}  # fmt: skip


def pictures(scenes: list[Scene]) -> dict[str, Any]:
    """The largest compressed picture, the slowest first drawing, and a second look at it."""
    sizes, misses, hits = [], [], []
    for scene in scenes:
        values = {} if scene.kind == "surface" else preset_values(scene, "large")
        start = time.perf_counter()
        drawn = drawing.draw_scene(picture_of(scene, values, "section"))
        misses.append((time.perf_counter() - start) * 1000)
        hits.append(median_ms(lambda: drawing.draw_scene(picture_of(scene, values, "section")), 20))  # noqa: B023
        sizes.append(len(gzip.compress(drawn.svg.encode())))
    return {"scenes": len(scenes), "largest_kb": round(max(sizes) / 1000, 1), "slowest_miss_ms": round(max(misses), 1),
            "slowest_hit_ms": round(max(hits), 3)}  # fmt: skip


def page_kb(pages: list[bytes]) -> dict[str, Any]:
    """The largest item page with a picture, compressed, without the files that a browser keeps."""
    return {"pages": len(pages), "largest_kb": round(max(len(gzip.compress(p)) for p in pages) / 1000, 1)}


def report(figures: dict[str, Any]) -> None:
    """One JSON line a figure."""
    for name, found in figures.items():
        print(json.dumps({name: found}), flush=True)
