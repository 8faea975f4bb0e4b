"""The tables of a page, by printed rules, by the table model, or by both; all steps kept to be drawn.

One chain serves all three: traces → straight segments → connected groups → grid lines → edges, weighed →
cells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from yusuan.extraction.config import Settings, TableFinder
from yusuan.extraction.tables.borderless import Band, segments_to_bands
from yusuan.extraction.tables.cells import lines_to_grid
from yusuan.extraction.tables.decode import (
    TableText,
    map_strengths,
    maps_to_traces,
    seal_shares,
    share_in_tables,
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
from yusuan.extraction.tables.head_spans import with_head_spans
from yusuan.extraction.tables.ink import Ink, find_ink
from yusuan.extraction.tables.look import Maps, TableLook
from yusuan.extraction.tables.ppstructure import StructureReader
from yusuan.extraction.tables.rules import Segments, find_traces, traces_to_warp
from yusuan.extraction.tables.straighten import Warp
from yusuan.extraction.tables.structure_weights import structure_weights

Look = Callable[[np.ndarray, float], Maps]
Strengths = tuple[np.ndarray, np.ndarray]


class Weighed(NamedTuple):
    """How surely each horizontal and each vertical edge of a grid is ruled, and is a border.

    Where the model alone is asked, what it sees stands for both. `text` is None where it is not asked.
    """

    ruled: Strengths
    odds: Strengths
    text: TableText | None = None


# A line is found along this share of its edges, or a rule is printed along this share of one of them.
_PART_OF_LINE, _WHOLE = 0.3, 0.95
# A frame has rules along this share of its sides, no farther from them than this, in inches.
_FRAMED, _NEAR = 0.3, 0.03
# Rows are ruled when rules cover this share of the lines between them.
_ROWED = 0.7
# A line is sure that has an edge as sure as this: without a rule few are.
_SURE = 0.97
# A table is where the model sees one in this share of the cells.
_IN_TABLES = 0.4
# A rule printed all along an edge parts two cells whatever the model says; the model alone must be
# sure (docs/design.md has the counts): what a rule adds, from which sum on there is a border, how steeply.
_PRINTED, _BORDER, _SHARPNESS = 0.7, 0.55, 8.0
# What counts against an edge without a rule, on a line that is ruled everywhere else.
_MISSING = 0.4
# A line is printed that has an edge as surely ruled as this. On any other there is a border from this sum on,
# but where text as sure as this crosses it; what an edge between blank squares counts; what it costs that
# a line begins or ends.
_PRINTED_EDGE, _IMPLIED, _CROSSED, _BLANK, _CHANGE, _CHANGE_AT_TEXT = 0.5, 0.45, 0.6, 0.1, 5.0, 1.0


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


def load_structure(settings: Settings) -> StructureReader | None:
    """Return the reader that the settings want inside of tables, None where they want none.

    Raises:
        UsageError, ModelError: see `structure_weights`; or the weights are wrong.
    """
    folder = structure_weights(settings)
    return None if folder is None else StructureReader(folder, settings.ocr.threads)


def find_tables(
    image: np.ndarray, dpi: float, finder: TableFinder = "rules", look: Look | None = None
) -> Found:
    """Find the tables of an upright page.

    Args:
        image: `(H, W, 3)` uint8, RGB.
        dpi: of `image`.
        finder: who finds them: printed rules, the model, or both (`fused`, `ppstructure`).
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
        across, down = _border_odds_of(model, ruled, seal_shares(lines, maps, warp), text)
        return Weighed(ruled, (across, with_head_spans(down, ruled[1], text)), text)

    tables = _segments_to_tables(*used, dpi, weigh)
    if maps is not None:
        tables = [
            (lines, grid)
            for lines, grid in tables
            if share_in_tables(grid, maps, warp) >= _IN_TABLES and not _is_band(lines, vertical, dpi)
        ]
    bands, tables = _to_bands(tables, horizontal, vertical, dpi)
    lines, grids = tuple(lines for lines, _ in tables), tuple(grid for _, grid in tables)
    return Found(ink, horizontal, vertical, maps, warp, lines, grids, bands)


def _to_bands(
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


def _segments_to_tables(
    horizontal: Segments,
    vertical: Segments,
    dpi: float,
    weigh: Callable[[Lines], Weighed],
) -> list[tuple[Lines, Grid]]:
    tables = []
    for group in segments_to_groups(horizontal, vertical, dpi):
        lines = group_to_lines(*group, dpi)
        if lines is None:
            continue
        lines = replace(lines, xs=merge_thin(lines.xs, dpi), ys=merge_thin(lines.ys, dpi))
        if min(len(lines.xs), len(lines.ys)) < 2:
            continue
        weighed = weigh(lines)
        fewer = _without_blank(lines, weighed)
        if min(len(fewer.xs), len(fewer.ys)) < 2:
            continue
        if len(fewer.xs) + len(fewer.ys) < len(lines.xs) + len(lines.ys):
            lines, weighed = fewer, weigh(fewer)
        grid = lines_to_grid(lines, *weighed.odds)
        if is_table(grid, dpi):
            tables.append((lines, grid))
    return tables


def _without_blank(lines: Lines, weighed: Weighed) -> Lines:
    """Return a grid without the rows and columns that nothing shows but white (`_kept`)."""
    text = weighed.text
    if text is None:
        return lines
    filled = text.squares()
    # What reaches over a side of a column does not fill the column.
    over = text.across >= _CROSSED
    rows = np.asarray(filled.any(axis=1))
    columns = np.asarray((filled & ~(over[:-1] | over[1:]).T).any(axis=0))
    kept_y = _kept(rows, weighed.ruled[0], weighed.odds[0])
    kept_x = _kept(columns, weighed.ruled[1], weighed.odds[1])
    return replace(lines, xs=lines.xs[kept_x], ys=lines.ys[kept_y])


def _kept(filled: np.ndarray, ruled: np.ndarray, odds: np.ndarray) -> list[int]:
    """Return the lines to keep: of those around a blank stretch the strongest, unless all are sure.

    A blank column between rules is a column. Where one of its sides is not printed nobody could say that it
    is there: the strip of white beside it is that much wider.

    Args:
        filled: `(N - 1,)`, text stands between a line and the next.
        ruled: `(N, edges)`, how surely each edge is ruled.
        odds: `(N, edges)`, how surely there is a border along it.
    """
    best = ruled.max(axis=1)
    sure = (best >= _WHOLE) | ((best >= _PRINTED_EDGE) & (odds.max(axis=1) >= _SURE))
    strength = sure + odds.mean(axis=1)
    kept = [0]
    for place in range(1, len(sure)):
        if filled[place - 1] or (sure[place] and sure[kept[-1]]):
            kept.append(place)
        elif strength[place] > strength[kept[-1]]:
            kept[-1] = place
    return kept


def _is_band(lines: Lines, vertical: Segments, dpi: float) -> bool:
    """Say whether a table has rows and no columns, not even a frame: text will part it (`borderless`)."""
    if len(lines.xs) > 2:
        return False
    return bool(coverage(vertical, lines.xs, lines.ys, _NEAR * dpi).mean() < _FRAMED)


def _told(filled: np.ndarray) -> Strengths:
    """Return how much each edge tells of its line: what parts two blank squares cannot be seen."""
    padded = np.pad(filled, 1).astype(float)
    across = (padded[:-1, 1:-1] + padded[1:, 1:-1]) / 2
    down = ((padded[1:-1, :-1] + padded[1:-1, 1:]) / 2).T
    return _BLANK + (1 - _BLANK) * across, _BLANK + (1 - _BLANK) * down


def _border_odds_of(model: Strengths, printed: Strengths, sealed: Strengths, text: TableText) -> Strengths:
    """Return how surely there is a border along each edge, by what the model sees and what is printed.

    What is printed under a seal may be the seal's own strokes: there the model decides alone.
    """
    crossed = np.zeros_like(model[0]), text.across
    told = _told(text.squares())
    across, down = (
        _border_odds(seen, ruled, under, text, weight)
        for seen, ruled, under, text, weight in zip(model, printed, sealed, crossed, told, strict=True)
    )
    return across, down


def _border_odds(
    seen: np.ndarray, ruled: np.ndarray, under: np.ndarray, crossed: np.ndarray, told: np.ndarray
) -> np.ndarray:
    """Return the probability of a border along each edge, `(lines, edges)`.

    A line that is printed nowhere goes on or is interrupted as a whole (`_chained`). A line
    that neither finds along some part of the table needs a rule along the whole of one edge: strokes beside
    a row or two are the stems of digits that stand under one another.
    """
    # Of a line that is printed nearly everywhere, what is missing is missing for a reason, or under a seal.
    missing = _MISSING * ruled.mean(axis=1, keepdims=True) * (1 - ruled) * (1 - under)
    ruled = ruled * (1 - under)
    printed = ruled.max(axis=1, keepdims=True) >= _PRINTED_EDGE
    odds = 1 / (1 + np.exp(-_SHARPNESS * (seen + _PRINTED * ruled - _BORDER - missing)))
    over = crossed >= _CROSSED
    implied = _chained(np.where(over, -1.0, told * (seen + _PRINTED * ruled - _IMPLIED)), over)
    found = np.maximum(seen.mean(axis=1), ruled.mean(axis=1)) >= _PART_OF_LINE
    stray = ~found & (ruled.max(axis=1) < _WHOLE)
    odds[stray] = 0.0
    return np.where(printed, odds, implied)


def _chained(scores: np.ndarray, over: np.ndarray) -> np.ndarray:
    """Return how surely each edge of a line is a border where its neighbours on the line have a say.

    Along an implied line the model is sure of one edge and not of the next for no reason that can be seen,
    but it ends where a row of another kind begins. So each line is a chain of edges with two states, where
    a change of state costs `_CHANGE`, or `_CHANGE_AT_TEXT` beside text that crosses the line; the answer is
    the marginal of each edge, by forward and backward sums.

    Args:
        scores: `(lines, edges)`, what speaks for a border along each edge, below 0 against.
        over: `(lines, edges)`, text crosses the edge.
    """
    own = np.stack([-scores, scores], axis=-1) * _SHARPNESS  # (lines, edges, states)
    cost = np.where(over[:, 1:] | over[:, :-1], _CHANGE_AT_TEXT, _CHANGE)
    change = -_SHARPNESS * cost[..., None, None] * (1 - np.eye(2))  # (lines, edges - 1, states, states)

    def sums(parts: np.ndarray, change: np.ndarray) -> np.ndarray:
        carried = np.zeros_like(parts)
        for edge in range(1, parts.shape[1]):
            before = (carried + parts)[:, edge - 1, :, None] + change[:, edge - 1]
            carried[:, edge] = np.logaddexp.reduce(before, axis=1)
        return carried

    both = own + sums(own, change) + sums(own[:, ::-1], change[:, ::-1])[:, ::-1]
    return np.asarray(1 / (1 + np.exp(np.clip(both[..., 0] - both[..., 1], -50, 50))))
