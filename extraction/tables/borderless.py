"""Tables without rules, as far as the alignment of text tells: rows of figures under one another.

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

_FIGURE = re.compile(r"^[-−(（]?[\d,，.]*\d[\d,，.]*[)）%％]?$|^[-—–]+$|^[≥≤=＞＜<>]+$")
_LEADERS = re.compile(r"[.·…。]{4,}|…")
_MOST_GAP = 2.2  # times the usual row pitch between two rows of one table
_FEWEST_ROWS = 3
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
    gaps = _column_gaps(np.vstack([row.boxes for row in body]))
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
