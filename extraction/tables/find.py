"""The tables of a page, by printed rules, by the table model, or by both; all steps kept to be drawn.

One chain serves all three: traces → straight segments → connected groups → grid lines → edges, weighed →
cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from yusuan.extraction.config import Settings, TableFinder
from yusuan.extraction.pages.seal import Box
from yusuan.extraction.tables.borderless import Band, segments_to_bands
from yusuan.extraction.tables.cells import lines_to_grid
from yusuan.extraction.tables.decode import (
    map_strengths,
    maps_to_traces,
    seal_shares,
    share_in_tables,
    shares_within,
    table_text,
)
from yusuan.extraction.tables.edges import edge_strengths
from yusuan.extraction.tables.grid import (
    Grid,
    Lines,
    coverage,
    group_to_lines,
    is_table,
    merge_thin,
    segments_to_groups,
)
from yusuan.extraction.tables.ink import Ink, find_ink
from yusuan.extraction.tables.look import Maps, TableLook
from yusuan.extraction.tables.ppstructure import StructureReader
from yusuan.extraction.tables.rules import Segments, find_traces, traces_to_warp
from yusuan.extraction.tables.straighten import Warp
from yusuan.extraction.tables.structure_weights import structure_weights
from yusuan.extraction.tables.weighing import Weighed, weigh_edges, without_blank

Look = Callable[[np.ndarray, float], Maps]


# A frame has rules along this share of its sides, no farther from them than this, in inches.
_FRAMED, _NEAR = 0.3, 0.03
# Rows are ruled when rules cover this share of the lines between them.
_ROWED = 0.7
# Columns are ruled when rules cover this share of the lines between half of them.
_PARTED = 0.3
# Rules part any two rows when they cover this share of each line between them.
_LINED = 0.8
# A table is where the model sees one in this share of the cells.
_IN_TABLES = 0.4


@dataclass(frozen=True)
class Found:
    """The tables of one page, step by step.

    Attributes:
        ink: what is printed; None where nobody looked, because rules are known from the file.
        horizontal, vertical: printed rules, in straight pixels.
        maps: what the model sees; None where it was not asked.
        warp: to straight pixels.
        lines: grid lines of the tables.
        grids: the tables, in order down the page.
        bands: horizontal rules without vertical ones, outside of tables.
    """

    ink: Ink | None
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
    return (
        None
        if settings.tables.finder == "rules"
        else TableLook(settings.ocr.threads, device=settings.ocr.device)
    )


def load_structure(settings: Settings) -> StructureReader | None:
    """Return the reader that the settings want inside of tables, None where they want none.

    Raises:
        UsageError, ModelError: see `structure_weights`; or the weights are wrong.
    """
    folder = structure_weights(settings)
    return None if folder is None else StructureReader(folder, settings.ocr.threads, settings.ocr.device)


def find_tables(
    image: np.ndarray,
    dpi: float,
    finder: TableFinder = "rules",
    look: Look | None = None,
    seals: Sequence[Box] = (),
) -> Found:
    """Find the tables of an upright page.

    Args:
        image: `(H, W, 3)` uint8, RGB.
        dpi: of `image`.
        finder: who finds them: printed rules, the model, or both (`fused`, `ppstructure`).
        look: the model; needed for all but `rules`.
        seals: x, y, width, height of those that were found on the page, and taken off where they could be.
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
        if finder != "model":
            used = used[0].joined(horizontal), used[1].joined(vertical)

    def weigh(lines: Lines) -> Weighed:
        printed = replace(lines, horizontal=horizontal, vertical=vertical)
        if maps is None:
            ruled = edge_strengths(printed, ink.gray, warp, dpi)
            return Weighed(ruled, ruled)
        model, text = map_strengths(lines, maps, warp), table_text(lines, maps, warp)
        if finder == "model":
            return Weighed(model, model, text)
        ruled = edge_strengths(printed, ink.gray, warp, dpi)
        sealed, cleaned = seal_shares(lines, maps, warp), shares_within(lines, seals, warp)
        return weigh_edges(model, ruled, sealed, cleaned, text)

    tables = segments_to_tables(*used, dpi, weigh)
    if maps is not None:
        tables = [
            (lines, grid)
            for lines, grid in tables
            if share_in_tables(grid, maps, warp) >= _IN_TABLES and not _is_band(lines, vertical, dpi)
        ]
    bands, tables = find_bands(tables, horizontal, vertical, dpi)
    lines, grids = tuple(lines for lines, _ in tables), tuple(grid for _, grid in tables)
    return Found(ink, horizontal, vertical, maps, warp, lines, grids, bands)


def find_bands(
    tables: list[tuple[Lines, Grid]], horizontal: Segments, vertical: Segments, dpi: float
) -> tuple[tuple[Band, ...], list[tuple[Lines, Grid]]]:
    """Return the bands of a page, and the tables that are none.

    Rows that are ruled, and no column is: where headings reach over columns, what they say tells better
    than the model sees. It keeps the word where their text makes no table.
    """
    rowed: list[tuple[Lines, Grid]] = []
    others: list[tuple[Lines, Grid]] = []
    for table in tables:
        (rowed if _has_rows_alone(table[0], horizontal, vertical, dpi) else others).append(table)
    loose = np.ones(len(horizontal), bool)
    for _, grid in others:
        loose &= (horizontal.at < grid.ys[0] - 2) | (horizontal.at > grid.ys[-1] + 2)
    bands = []
    for band in segments_to_bands(horizontal.take(loose), dpi):
        over = [table for table in rowed if table[1].ys[0] < band.ys.mean() < table[1].ys[-1]]
        exact = [table for table in over if _ends_with(band, table[1], dpi)]
        if exact:
            bands.append(replace(band, otherwise=exact[0][1]))
            rowed = [table for table in rowed if table is not exact[0]]
        elif not over:
            bands.append(band)
    return tuple(bands), sorted([*others, *rowed], key=lambda table: (table[1].ys[0], table[1].xs[0]))


def _ends_with(band: Band, grid: Grid, dpi: float) -> bool:
    return bool((np.abs(band.ys[[0, -1]] - grid.ys[[0, -1]]) < _NEAR * dpi).all())


def _has_rows_alone(lines: Lines, horizontal: Segments, vertical: Segments, dpi: float) -> bool:
    """Say whether the rows of a table are ruled and none of its columns is, not even its sides."""
    columns = coverage(vertical, lines.xs, lines.ys, _NEAR * dpi).mean(axis=1)
    rows = coverage(horizontal, lines.ys, lines.xs, _NEAR * dpi).mean(axis=1)
    return bool(columns.max() < _FRAMED and rows.mean() >= _ROWED)


def segments_to_tables(
    horizontal: Segments,
    vertical: Segments,
    dpi: float,
    weigh: Callable[[Lines], Weighed],
) -> list[tuple[Lines, Grid]]:
    """Return the tables that segments make.

    Args:
        horizontal: in straight pixels.
        vertical: the same.
        dpi: of the page.
        weigh: says how sure the edges are between grid lines.
    """
    tables = []
    for group in segments_to_groups(horizontal, vertical, dpi):
        lines = group_to_lines(*group, dpi)
        if lines is None:
            continue
        lines = replace(lines, xs=merge_thin(lines.xs, dpi), ys=merge_thin(lines.ys, dpi))
        if min(len(lines.xs), len(lines.ys)) < 2:
            continue
        weighed = weigh(lines)
        fewer = without_blank(lines, weighed)
        if min(len(fewer.xs), len(fewer.ys)) < 2:
            continue
        if len(fewer.xs) + len(fewer.ys) < len(lines.xs) + len(lines.ys):
            lines, weighed = fewer, weigh(fewer)
        grid = lines_to_grid(lines, *weighed.odds)
        if is_table(grid, dpi):
            parted = np.median(weighed.ruled[1][1:-1].mean(axis=1)) >= _PARTED if len(lines.xs) > 2 else True
            lined = (weighed.ruled[0][1:-1].mean(axis=1) >= _LINED).all()
            tables.append((lines, replace(grid, ruled=bool(parted), lined=bool(lined))))
    return tables


def _is_band(lines: Lines, vertical: Segments, dpi: float) -> bool:
    """Say whether a table has rows and no columns, not even a frame: text will part it (`borderless`)."""
    if len(lines.xs) > 2:
        return False
    return bool(coverage(vertical, lines.xs, lines.ys, _NEAR * dpi).mean() < _FRAMED)
