"""The tables of a page, by printed rules, by the table model, or by both; all steps kept to be drawn.

One chain serves all three: traces → straight segments → connected groups → grid lines → edges, weighed →
cells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from yusuan.extraction.config import Settings, TableFinder
from yusuan.extraction.tables.borderless import Band, segments_to_bands
from yusuan.extraction.tables.decode import map_strengths, maps_to_traces, share_in_tables
from yusuan.extraction.tables.edges import edge_strengths
from yusuan.extraction.tables.grid import (
    Grid,
    Lines,
    coverage,
    group_to_lines,
    is_table,
    lines_to_grid,
    merge_thin,
    segments_to_groups,
)
from yusuan.extraction.tables.ink import Ink, find_ink
from yusuan.extraction.tables.look import Maps, TableLook
from yusuan.extraction.tables.rules import Segments, find_traces, traces_to_warp
from yusuan.extraction.tables.straighten import Warp

Look = Callable[[np.ndarray, float], Maps]
Strengths = tuple[np.ndarray, np.ndarray]

# A line is found along this share of its edges, or a rule is printed along this share of one of them.
_PART_OF_LINE, _WHOLE = 0.3, 0.95
# A frame has rules along this share of its sides, no farther from them than this, in inches.
_FRAMED, _NEAR = 0.3, 0.03
# A table is where the model sees one in this share of the cells.
_IN_TABLES = 0.4
# A rule printed all along an edge parts two cells whatever the model says; the model alone must be
# sure (docs/design.md has the counts): what a rule adds, from which sum on there is a border, how steeply.
_PRINTED, _BORDER, _SHARPNESS = 0.7, 0.65, 8.0


@dataclass(frozen=True)
class Found:
    """The tables of one page, step by step.

    Attributes:
        ink: what is printed.
        horizontal, vertical: printed rules, in straight pixels.
        maps: what the model sees; None where it was not asked.
        warp: to straight pixels.
        lines: grid lines of the tables.
        grids: the tables, in order down the page.
        bands: horizontal rules without vertical ones, outside of tables.
    """

    ink: Ink
    horizontal: Segments
    vertical: Segments
    maps: Maps | None
    warp: Warp
    lines: tuple[Lines, ...]
    grids: tuple[Grid, ...]
    bands: tuple[Band, ...]


def load_look(settings: Settings) -> Look | None:
    """Return the table model, or None where the settings do without it.

    Raises:
        ModelError: its weights are missing or wrong.
    """
    return None if settings.tables.finder == "rules" else TableLook(settings.ocr.threads)


def find_tables(
    image: np.ndarray, dpi: float, finder: TableFinder = "rules", look: Look | None = None
) -> Found:
    """Find the tables of an upright page.

    Args:
        image: `(H, W, 3)` uint8, RGB.
        dpi: of `image`.
        finder: who finds them: printed rules, the model, or both.
        look: the model; needed for all but `rules`.
    """
    ink = find_ink(image, dpi)
    rules = find_traces(ink, dpi)
    size = image.shape[1], image.shape[0]
    if finder == "rules" or look is None:
        maps, warp = None, traces_to_warp([rules], size, dpi)
        horizontal, vertical = used = rules.straight(warp)
    else:
        maps = look(image, dpi)
        seen = maps_to_traces(maps, dpi)
        warp = traces_to_warp([seen] if finder == "model" else [rules, seen], size, dpi)
        horizontal, vertical = rules.straight(warp)
        used = seen.straight(warp)
        if finder == "fused":
            used = used[0].joined(horizontal), used[1].joined(vertical)

    def strengths(lines: Lines) -> Strengths:
        if maps is None:
            return edge_strengths(lines, ink.gray, warp, dpi)
        model = map_strengths(lines, maps, warp)
        if finder == "model":
            return model
        return _weighed(model, _printed(lines, horizontal, vertical, ink, warp, dpi))

    tables = _segments_to_tables(*used, dpi, strengths)
    if maps is not None:
        tables = [
            (lines, grid)
            for lines, grid in tables
            if share_in_tables(grid, maps, warp) >= _IN_TABLES and not _is_band(lines, vertical, dpi)
        ]
    loose = np.ones(len(horizontal), bool)
    for _, grid in tables:
        loose &= (horizontal.at < grid.ys[0] - 2) | (horizontal.at > grid.ys[-1] + 2)
    bands = segments_to_bands(horizontal.take(loose), dpi)
    lines, grids = tuple(lines for lines, _ in tables), tuple(grid for _, grid in tables)
    return Found(ink, horizontal, vertical, maps, warp, lines, grids, tuple(bands))


def _segments_to_tables(
    horizontal: Segments, vertical: Segments, dpi: float, strengths: Callable[[Lines], Strengths]
) -> list[tuple[Lines, Grid]]:
    tables = []
    for group in segments_to_groups(horizontal, vertical, dpi):
        lines = group_to_lines(*group, dpi)
        if lines is None:
            continue
        lines = replace(lines, xs=merge_thin(lines.xs, dpi), ys=merge_thin(lines.ys, dpi))
        if len(lines.xs) < 2 or len(lines.ys) < 2:
            continue
        grid = lines_to_grid(lines, *strengths(lines))
        if is_table(grid, dpi):
            tables.append((lines, grid))
    return tables


def _is_band(lines: Lines, vertical: Segments, dpi: float) -> bool:
    """Say whether a table has rows and no columns, not even a frame: text will part it (`borderless`)."""
    if len(lines.xs) > 2:
        return False
    return bool(coverage(vertical, lines.xs, lines.ys, _NEAR * dpi).mean() < _FRAMED)


def _printed(
    lines: Lines, horizontal: Segments, vertical: Segments, ink: Ink, warp: Warp, dpi: float
) -> Strengths:
    """Return how surely each edge is ruled, by printed rules alone."""
    return edge_strengths(replace(lines, horizontal=horizontal, vertical=vertical), ink.gray, warp, dpi)


def _weighed(model: Strengths, printed: Strengths) -> Strengths:
    """Return how surely there is a border along each edge, by what the model sees and what is printed.

    A line that neither finds along some part of the table needs a rule along the whole of one edge: strokes
    beside a row or two are the stems of digits that stand under one another.
    """
    across, down = (_border_odds(seen, ruled) for seen, ruled in zip(model, printed, strict=True))
    return across, down


def _border_odds(seen: np.ndarray, ruled: np.ndarray) -> np.ndarray:
    """Return the probability of a border along each edge, `(lines, edges)`."""
    odds = 1 / (1 + np.exp(-_SHARPNESS * (seen + _PRINTED * ruled - _BORDER)))
    found = np.maximum(seen.mean(axis=1), ruled.mean(axis=1)) >= _PART_OF_LINE
    stray = ~found & (ruled.max(axis=1) < _WHOLE)
    return np.asarray(np.where(stray[:, None], 0.0, odds))
