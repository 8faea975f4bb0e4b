"""The tables of a page: ink → segments → groups → grids, every intermediate kept so that it can be drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from yusuan.extraction.tables.borderless import Band, segments_to_bands
from yusuan.extraction.tables.edges import edge_strengths
from yusuan.extraction.tables.grid import (
    Grid,
    Lines,
    group_to_lines,
    is_table,
    lines_to_grid,
    merge_thin,
    segments_to_groups,
)
from yusuan.extraction.tables.ink import Ink, find_ink
from yusuan.extraction.tables.rules import Segments, find_segments
from yusuan.extraction.tables.straighten import Warp


@dataclass(frozen=True)
class Ruled:
    """What was found of rules on one page, step by step."""

    ink: Ink
    horizontal: Segments
    vertical: Segments
    warp: Warp
    lines: tuple[Lines, ...]
    grids: tuple[Grid, ...]
    bands: tuple[Band, ...]


def find_ruled(image: np.ndarray, dpi: float) -> Ruled:
    """Find the ruled tables of an upright page.

    Args:
        image: `(H, W, 3)` uint8, RGB.
        dpi: of `image`.
    """
    ink = find_ink(image, dpi)
    horizontal, vertical, warp = find_segments(ink, dpi)
    all_lines, grids = [], []
    for group in segments_to_groups(horizontal, vertical, dpi):
        lines = group_to_lines(*group, dpi)
        if lines is None:
            continue
        lines = replace(lines, xs=merge_thin(lines.xs, dpi), ys=merge_thin(lines.ys, dpi))
        if len(lines.xs) < 2 or len(lines.ys) < 2:
            continue
        grid = lines_to_grid(lines, *edge_strengths(lines, ink.gray, warp, dpi))
        if is_table(grid, dpi):
            all_lines.append(lines)
            grids.append(grid)
    loose = np.ones(len(horizontal), bool)
    for grid in grids:
        loose &= (horizontal.at < grid.ys[0] - 2) | (horizontal.at > grid.ys[-1] + 2)
    bands = segments_to_bands(horizontal.take(loose), dpi)
    return Ruled(ink, horizontal, vertical, warp, tuple(all_lines), tuple(grids), tuple(bands))
