"""Tables without vertical rules, as far as the alignment of text tells: rows of figures under one another.

Only what looks like a table of figures or codes is taken: prose set in columns, lists and tables of
contents are left alone, because a table that is not there does more harm than a missed one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from yusuan.extraction.tables.grid import Grid, GridCell
from yusuan.extraction.tables.rules import Segments

_FIGURE = re.compile(r"^[-−(（]?[\d,，.]*\d[\d,，.]*[)）%％]?$|^[-—–]+$|^[≥≤=＞＜<>]+$")
_LEADERS = re.compile(r"[.·…。]{4,}|…")
_MOST_GAP = 2.2  # times the usual row pitch between two rows of one table
_FEWEST_ROWS = 3
_BAND_WIDTH = 2.0  # inches
_BAND_PITCH = 1.2  # inches between two rules of one band
_FIGURES = 0.6  # share of a column's entries that must be figures


@dataclass(frozen=True)
class _Row:
    """A printed row: boxes `(N, 4)` left to right, and what they say."""

    boxes: np.ndarray
    texts: tuple[str, ...]

    @property
    def top(self) -> float:
        return float(self.boxes[:, 1].min())

    @property
    def bottom(self) -> float:
        return float(self.boxes[:, 3].max())


@dataclass(frozen=True)
class Band:
    """Horizontal rules of one length under one another, with no vertical ones: rows without columns.

    Attributes:
        x0, x1: where the rules begin and end, straight pixels.
        ys: positions of the rules, downwards.
        otherwise: the table that there is where the text between the rules makes none.
    """

    x0: float
    x1: float
    ys: np.ndarray
    otherwise: Grid | None = None


def segments_to_bands(horizontal: Segments, dpi: float) -> list[Band]:
    """Find the bands among horizontal segments that belong to no ruled table."""
    long = horizontal.take(horizontal.stop - horizontal.start >= _BAND_WIDTH * dpi)
    order = np.argsort(long.at)
    slack = 0.1 * dpi
    bands: list[list[int]] = []
    for index in order:
        last = bands[-1][-1] if bands else None
        if (
            last is not None
            and abs(long.start[index] - long.start[last]) <= slack
            and abs(long.stop[index] - long.stop[last]) <= slack
            and long.at[index] - long.at[last] <= _BAND_PITCH * dpi
        ):
            if long.at[index] - long.at[last] > 0.05 * dpi:
                bands[-1].append(index)
        else:
            bands.append([index])
    return [
        Band(float(np.median(long.start[band])), float(np.median(long.stop[band])), long.at[band])
        for band in bands
        if len(band) > _FEWEST_ROWS
    ]


def band_to_grid(band: Band, boxes: Sequence[np.ndarray], texts: Sequence[str]) -> Grid | None:
    """Return the grid of a band: rows from rules, columns from the text under those of headings.

    Args:
        band: the rules.
        boxes: `(4,)` of each line of text, straight pixels; those outside of the band are not looked at.
        texts: what each line says.
    """
    rows: list[list[int]] = [[] for _ in band.ys[:-1]]
    for index, box in enumerate(boxes):
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        row = int(np.searchsorted(band.ys, y)) - 1
        if band.x0 <= x <= band.x1 and 0 <= row < len(rows):
            rows[row].append(index)
    filled = [_Row(np.array([boxes[i] for i in row]), tuple(texts[i] for i in row)) for row in rows if row]
    head = 0
    while head < len(rows) and not any(_FIGURE.match(texts[i].replace(" ", "")) for i in rows[head]):
        head += 1
    body = [index for row in rows[head:] for index in row]
    if len(rows) - head < _FEWEST_ROWS - 1 or not body:
        return None
    inside = [boxes[index] for row in rows for index in row]
    gaps = _filled_columns(_column_gaps(np.array([boxes[index] for index in body])), inside)
    xs = np.array([band.x0, *gaps, band.x1])
    if not gaps or (np.diff(xs) <= 0).any() or not _holds_figures(filled, xs):
        return None
    cells = tuple(GridCell(row, col, 1, 1) for row in range(len(rows)) for col in range(len(xs) - 1))
    return Grid(xs, np.array(band.ys, float), cells, ruled=False, certainty=0.7, lined=True)


def misfits(grid: Grid, boxes: Sequence[np.ndarray]) -> int:
    """Return how often text and a grid contradict one another.

    That is: text that reaches over a border of its cell, and texts side by side in one cell with a gap
    between them as wide as they are high.

    Args:
        grid: without borders to see between its columns.
        boxes: `(4,)` of each line of text, straight pixels; those outside of the grid are not looked at.
    """
    found = 0
    for cell in grid.cells:
        left, right = grid.xs[cell.col], grid.xs[cell.col + cell.colspan]
        top, bottom = grid.ys[cell.row], grid.ys[cell.row + cell.rowspan]
        inside = [
            box
            for box in boxes
            if left <= (box[0] + box[2]) / 2 < right and top <= (box[1] + box[3]) / 2 < bottom
        ]
        inside.sort(key=lambda box: box[0])
        for box in inside:
            slack = 0.1 * (box[2] - box[0])
            found += bool(box[0] + slack < left or box[2] - slack > right)
        for one, other in pairwise(inside):
            high = min(one[3] - one[1], other[3] - other[1])
            beside = min(one[3], other[3]) - max(one[1], other[1]) > 0.5 * high
            found += bool(beside and other[0] - one[2] > high)
    return found


def text_to_grids(boxes: Sequence[np.ndarray], texts: Sequence[str]) -> list[Grid]:
    """Find tables among text lines that lie in no ruled table.

    Args:
        boxes: `(4,)` x0, y0, x1, y1 of each line, straight pixels.
        texts: what each line says.

    Returns:
        Grids, `ruled` False, top to bottom.
    """
    rows = _boxes_to_rows(boxes, texts)
    return [grid for block in _rows_to_blocks(rows) if (grid := _block_to_grid(block)) is not None]


def _boxes_to_rows(boxes: Sequence[np.ndarray], texts: Sequence[str]) -> list[_Row]:
    """Group lines that stand side by side."""
    order = sorted(range(len(boxes)), key=lambda i: (boxes[i][1] + boxes[i][3]) / 2)
    groups: list[list[int]] = []
    for index in order:
        box = boxes[index]
        middle = (box[1] + box[3]) / 2
        if groups:
            last = np.array([boxes[i] for i in groups[-1]])
            if middle < np.median(last[:, 1] + 0.7 * (last[:, 3] - last[:, 1])):
                groups[-1].append(index)
                continue
        groups.append([index])
    rows = []
    for group in groups:
        group.sort(key=lambda i: boxes[i][0])
        rows.append(_Row(np.array([boxes[i] for i in group]), tuple(texts[i].strip() for i in group)))
    return rows


def _rows_to_blocks(rows: list[_Row]) -> list[list[_Row]]:
    """Cut the page where prose or a wide gap interrupts rows of several entries."""
    if len(rows) < _FEWEST_ROWS:
        return []
    pitch = float(np.median(np.diff([row.top for row in rows]))) if len(rows) > 1 else 0.0
    blocks: list[list[_Row]] = [[]]
    for row in rows:
        apart = blocks[-1] and row.top - blocks[-1][-1].top > _MOST_GAP * max(pitch, 1.0)
        tabular = len(row.texts) >= 2 and not any(_LEADERS.search(text) for text in row.texts)
        if apart or not tabular:
            blocks.append([])
        if tabular:
            blocks[-1].append(row)
    return [block for block in blocks if len(block) >= _FEWEST_ROWS]


def _block_to_grid(block: list[_Row]) -> Grid | None:
    """Return the grid of a block of rows, None when its columns hold too few figures."""
    boxes = np.vstack([row.boxes for row in block])
    # Column borders: where no row has print. Rows with the most entries are the body; a header may span.
    body = [row for row in block if len(row.texts) >= np.median([len(r.texts) for r in block])]
    gaps = _filled_columns(_column_gaps(np.vstack([row.boxes for row in body])), list(boxes))
    if not gaps:
        return None
    xs = np.array([boxes[:, 0].min() - 2, *gaps, boxes[:, 2].max() + 2])
    ys = [block[0].top - 2]
    ys += [(above.bottom + below.top) / 2 for above, below in pairwise(block)]
    grid_ys = np.array([*ys, block[-1].bottom + 2])
    if (np.diff(grid_ys) <= 0).any() or not _holds_figures(block, xs):
        return None
    cells = []
    for index, row in enumerate(block):
        col = 0
        spans = [_columns_of(box, xs) for box in row.boxes]
        while col < len(xs) - 1:
            reach = max((stop for start, stop in spans if start == col), default=col + 1)
            reach = max(reach, col + 1)
            cells.append(GridCell(index, col, 1, reach - col))
            col = reach
    return Grid(xs, grid_ys, tuple(cells), ruled=False, certainty=0.5)


def _column_gaps(boxes: np.ndarray) -> list[float]:
    """Return the middles of the vertical strips without print that are wider than half a line is high."""
    order = np.argsort(boxes[:, 0])
    narrowest = 0.5 * float(np.median(boxes[:, 3] - boxes[:, 1]))
    gaps, reach = [], boxes[order[0], 2]
    for x0, _, x1, _ in boxes[order[1:]]:
        if x0 - reach >= narrowest:
            gaps.append(float(reach + x0) / 2)
        reach = max(reach, x1)
    return gaps


def _filled_columns(gaps: list[float], boxes: Sequence[np.ndarray]) -> list[float]:
    """Drop the gap to the right of a column with a single entry: a stain, or an entry that strayed."""
    kept = list(gaps)
    middles = np.array([(box[0] + box[2]) / 2 for box in boxes])
    for gap in gaps:
        left = max((other for other in kept if other < gap), default=-np.inf)
        if np.count_nonzero((middles > left) & (middles <= gap)) < 2:
            kept.remove(gap)
    return kept


def _columns_of(box: np.ndarray, xs: np.ndarray) -> tuple[int, int]:
    """Return the first column a box stands in and the one after its last, a tenth of its width forgiven."""
    slack = 0.1 * (box[2] - box[0])
    start = int(np.searchsorted(xs, box[0] + slack, side="right")) - 1
    stop = int(np.searchsorted(xs, box[2] - slack, side="left"))
    return max(start, 0), min(max(stop, start + 1), len(xs) - 1)


def _holds_figures(block: list[_Row], xs: np.ndarray) -> bool:
    """Tell whether labels stand in the first column and mostly figures in some other.

    The numbers along the axes of a chart have no labels before them.
    """
    figures = np.zeros(len(xs) - 1)
    entries = np.zeros(len(xs) - 1)
    for row in block:
        for box, text in zip(row.boxes, row.texts, strict=True):
            start, stop = _columns_of(box, xs)
            if stop - start == 1:
                entries[start] += 1
                figures[start] += bool(_FIGURE.match(text.replace(" ", "")))
    share = figures / np.maximum(entries, 1)
    enough = entries >= max(_FEWEST_ROWS - 1, 0.4 * len(block))
    labelled = enough[0] and (share[0] <= 0.5 or len(xs) > 3)
    return bool(labelled and (enough[1:] & (share[1:] >= _FIGURES)).any())
