"""Where in a shape there is room: the visible part of each, and how far inside it a point lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Floats, raster
from app.domain.scenes.picture import Picture

CELL_MM = 1.0
DEEPEST = 14
"""Cells; further from an edge than this counts as far enough."""
EDGE_CELLS = 3
"""A dot keeps away from the frame, unless the shape is seen nowhere else."""
ROOMY = 0.72
"""Of the roomiest spot's distance from the edge: any spot with as much is a good place for a name's dot."""
XY = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """A grid over the frame: which shape is seen in each cell, and how many cells deep inside it that cell lies."""

    x: Floats
    y: Floats
    owner: NDArray[np.int64]
    depth: NDArray[np.int64]

    def spot(self, shape: int, side: int) -> XY | None:
        """A roomy spot of what can be seen of a shape, towards the left (-1) or the right (1) margin; None if nothing is seen."""
        mine = np.where(self.owner == shape, self.depth, 0)
        if (mine[:, EDGE_CELLS:-EDGE_CELLS] > 0).any():
            mine[:, :EDGE_CELLS] = mine[:, -EDGE_CELLS:] = 0
        most = int(mine.max(initial=0))
        if most == 0:
            return None
        rows, columns = np.nonzero(mine >= max(1.0, ROOMY * most))
        best = int(np.argmax(columns * side * 100 + mine[rows, columns]))
        return float(self.x[columns[best]]), float(self.y[rows[best]])

    def of(self, shape: int) -> float:
        """How far inside a shape its roomiest visible point lies, mm."""
        return float(np.where(self.owner == shape, self.depth, 0).max(initial=0)) * CELL_MM


def room_of(picture: Picture, outlines: list[Floats]) -> Room:
    """Look at a picture cell by cell; what is painted later is seen."""
    (x0, x1), (y0, y1) = picture.x_mm, picture.y_mm
    x, y = np.arange(x0 + CELL_MM / 2, x1, CELL_MM), np.arange(y0 + CELL_MM / 2, y1, CELL_MM)
    owner = np.full((len(y), len(x)), -1)
    for n, outline in enumerate(outlines):
        owner[raster(outline, x, y)] = n
    return Room(x, y, owner, _depth(owner))


def _depth(owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many rings of the same owner surround each cell, the cell itself counted; the frame's edge is an edge."""
    same = [_shifted(owner, dy, dx, -9) == owner for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
    whole = np.logical_and.reduce(same)
    depth = np.ones(owner.shape, dtype=np.int64)
    inside = whole
    for _ in range(DEEPEST):
        if not inside.any():
            break
        depth += inside
        ring = [_shifted(inside, dy, dx, False) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
        inside = inside & np.logical_and.reduce(ring)
    return depth


def _shifted(grid: NDArray[np.generic], dy: int, dx: int, fill: object) -> NDArray[np.generic]:
    out = np.full(grid.shape, fill, dtype=grid.dtype)
    rows, columns = grid.shape
    out[max(dy, 0) : rows + min(dy, 0), max(dx, 0) : columns + min(dx, 0)] = grid[
        max(-dy, 0) : rows + min(-dy, 0), max(-dx, 0) : columns + min(-dx, 0)
    ]
    return out
