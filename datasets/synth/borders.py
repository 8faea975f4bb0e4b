"""Where the borders of cells, lines of text and seals lie on a page: what a table model learns to see.

A border that is printed lies where it is printed. One that is not is the white strip between what stands on
either side of it: that a typesetter had a cell end somewhere in there, nobody can see. Tensmeyer et al. 2019
(SPLERGE) mark whole strips too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from yusuan.datasets.synth.blocks import Box, PlacedCell, PlacedPage, PlacedTable, Run
from yusuan.datasets.synth.fonts import width_of

Array = np.ndarray
Segment = list[tuple[float, float]]
# What is left around a table without a frame, in points.
AROUND = 2.0
# A stroke lies on a border when it is no farther from it than this, in points.
ON_IT = 0.6
# Share of a white strip that is a border: not what touches the print beside it.
OF_STRIP = 0.6
# Parts of a border, so that it can follow a page that is not flat.
PARTS = 4


@dataclass(frozen=True)
class PageBorders:
    """Points of one page, all in the same frame.

    Attributes:
        tables: `(N, 4, 2)` corners, clockwise from the top left.
        across: `(N, PARTS + 1, 2)` points along borders between rows, each as long as one column.
        down: the same between columns, each as long as one row.
        across_sides, down_sides: `(N, 2)`, for each of these a point on the side of its strip, beside its
            middle; its middle itself where the border is printed.
        text: `(N, 4, 2)` corners of printed lines.
        seals: `(N, 4, 2)` corners.
    """

    tables: Array
    across: Array
    down: Array
    across_sides: Array
    down_sides: Array
    text: Array
    seals: Array

    def moved(self, move: Callable[[Array], Array]) -> PageBorders:
        """Return them in another frame; `move` maps points `(N, 2)`."""
        return PageBorders(
            *(
                move(getattr(self, each.name).reshape(-1, 2)).reshape(getattr(self, each.name).shape)
                for each in fields(self)
            )
        )


def placed_to_borders(page: PlacedPage) -> PageBorders:
    """Return the borders of a typeset page, in its points."""
    inks = [
        (run.x, run.y - 0.86 * run.size, run.x + _width(run), run.y + 0.12 * run.size) for run in page.runs
    ]
    strokes = np.array([stroke for stroke, _ in page.strokes], np.float64).reshape(-1, 4)
    outlines: list[Box] = []
    across: list[Segment] = []
    down: list[Segment] = []
    across_reach: list[float] = []
    down_reach: list[float] = []
    for table in page.tables:
        columns, rows = _seen_lines(table, np.array(inks).reshape(-1, 4), strokes)
        xs, ys = columns.at, rows.at
        outlines.append((xs[0], ys[0], xs[-1], ys[-1]))
        owner = _owners(table)
        for row, col in zip(*np.nonzero(owner[:-1, 1:-1] != owner[1:, 1:-1]), strict=True):
            across.append([(xs[col], ys[row]), (xs[col + 1], ys[row])])
            across_reach.append(rows.reach[row])
        for row, col in zip(*np.nonzero(owner[1:-1, :-1] != owner[1:-1, 1:]), strict=True):
            down.append([(xs[col], ys[row]), (xs[col], ys[row + 1])])
            down_reach.append(columns.reach[col])
    seals = [picture.bbox for picture in page.pictures if picture.kind == "seal"]
    return PageBorders(
        boxes_to_corners(outlines),
        _split(across),
        _split(down),
        _sides(across, across_reach, 1),
        _sides(down, down_reach, 0),
        boxes_to_corners(inks),
        boxes_to_corners(seals),
    )


def boxes_to_corners(boxes: Sequence[Sequence[float]]) -> Array:
    """Return `(N, 4, 2)` corners of boxes x0, y0, x1, y1."""
    flat = np.array(boxes, np.float64).reshape(-1, 4)
    return flat[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)


def _width(run: Run) -> float:
    return width_of(run.text, run.face, run.size)


def _split(segments: Sequence[Sequence[Sequence[float]]] | Array) -> Array:
    """Return segments `(N, 2, 2)` with the points that part them, `(N, PARTS + 1, 2)`."""
    ends = np.array(segments, np.float64).reshape(-1, 2, 2)
    steps = np.linspace(0, 1, PARTS + 1)[None, :, None]
    return ends[:, :1] * (1 - steps) + ends[:, 1:] * steps


def _sides(segments: Sequence[Segment], reach: Sequence[float], axis: int) -> Array:
    """Return the middles of segments, moved along `axis` by half the width of their strips."""
    sides = np.array(segments, np.float64).reshape(-1, 2, 2).mean(axis=1)
    sides[:, axis] += reach
    return sides


@dataclass(frozen=True)
class _Seen:
    """Lines of a grid: where they are seen, and half the width of their strips, 0 for rules."""

    at: Array
    reach: Array


def _seen_lines(table: PlacedTable, inks: Array, strokes: Array) -> tuple[_Seen, _Seen]:
    """Return the lines between the columns and between the rows of a table."""
    xs, ys = _set_lines(table)
    middles = (inks[:, :2] + inks[:, 2:]) / 2
    x0, y0, x1, y1 = table.bbox
    mine = (middles[:, 0] > x0) & (middles[:, 0] < x1) & (middles[:, 1] > y0) & (middles[:, 1] < y1)
    inks, middles = inks[mine], middles[mine]
    near = (
        (strokes[:, 0] < x1 + ON_IT) & (strokes[:, 2] > x0 - ON_IT)
        & (strokes[:, 1] < y1 + ON_IT) & (strokes[:, 3] > y0 - ON_IT)
    )  # fmt: skip
    upright = near & (strokes[:, 0] == strokes[:, 2])
    level = near & (strokes[:, 1] == strokes[:, 3])
    seen_x = _seen(xs, strokes[upright, 0], level.any(), _extents(table.cells, inks, middles, 0))
    seen_y = _seen(ys, strokes[level, 1], upright.any(), _extents(table.cells, inks, middles, 1))
    return seen_x, seen_y


def _set_lines(table: PlacedTable) -> tuple[Array, Array]:
    """Return where the typesetter had the lines of the grid."""
    xs, ys = np.zeros(table.n_cols + 1), np.zeros(len(table.rows) + 1)
    for cell in table.cells:
        xs[cell.col], xs[cell.col + cell.colspan] = cell.bbox[0], cell.bbox[2]
        ys[cell.row], ys[cell.row + cell.rowspan] = cell.bbox[1], cell.bbox[3]
    return np.maximum.accumulate(xs), np.maximum.accumulate(ys)


def _extents(
    cells: Sequence[PlacedCell], inks: Array, middles: Array, axis: int
) -> dict[int, tuple[float, float]]:
    """Return from where to where each column (axis 0) or row (axis 1) is printed, spans left out."""
    found: dict[int, tuple[float, float]] = {}
    for cell in cells:
        if (cell.colspan, cell.rowspan)[axis] > 1:
            continue
        x0, y0, x1, y1 = cell.bbox
        inside = (middles[:, 0] > x0) & (middles[:, 0] < x1) & (middles[:, 1] > y0) & (middles[:, 1] < y1)
        if inside.any():
            place = (cell.col, cell.row)[axis]
            low, high = found.get(place, (np.inf, -np.inf))
            found[place] = (
                min(low, float(inks[inside, axis].min())),
                max(high, float(inks[inside, axis + 2].max())),
            )
    return found


def _seen(lines: Array, strokes: Array, framed: bool, extents: dict[int, tuple[float, float]]) -> _Seen:
    """Return lines moved to where a person would draw them, where no stroke lies on them.

    Args:
        lines: as set.
        strokes: positions of printed lines of this direction.
        framed: lines of the other direction are printed, and end where the table does.
        extents: of what is printed between the lines.
    """
    seen, reach, last = lines.copy(), np.zeros(len(lines)), len(lines) - 1
    for place in range(last + 1):
        if np.abs(strokes - lines[place]).min(initial=np.inf) <= ON_IT:
            continue
        before, after = extents.get(place - 1), extents.get(place)
        if place in (0, last):
            own = after if place == 0 else before
            if own and not framed:
                seen[place] = own[0] - AROUND if place == 0 else own[1] + AROUND
            reach[place] = AROUND / 2
        elif before and after and before[1] < after[0]:
            seen[place] = (before[1] + after[0]) / 2
            reach[place] = (after[0] - before[1]) / 2 * OF_STRIP
        else:
            reach[place] = AROUND / 2
    return _Seen(np.maximum.accumulate(seen), reach)


def _owners(table: PlacedTable) -> Array:
    owner = np.full((len(table.rows) + 2, table.n_cols + 2), -1)
    for index, cell in enumerate(table.cells):
        owner[cell.row + 1 : cell.row + cell.rowspan + 1, cell.col + 1 : cell.col + cell.colspan + 1] = index
    return owner
