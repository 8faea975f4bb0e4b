"""Edges of a grid → its cells, merged ones included: the likeliest way to cut it into rectangles.

Single edges may contradict one another: of a line between two wide cells all edges are sure but one, and
the two are no less two for that. So cells are not read off edge by edge. The grid is cut where that
is likeliest over all edges, by straight cuts through what is not yet cut (dynamic programming over the
rectangles of it; all tables that a person draws can be cut like this).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from yusuan.extraction.tables.grid import Grid, GridCell, Lines

_SEPARATES = 0.55  # strength of an edge from which on it rather parts two cells than not
_SUREST = 0.98  # no edge counts for more
_MOST_STEPS = 40_000  # of the search for one part of a grid; in larger ones the single edges decide

# Zero-based and half open: first row, row after the last, first column, column after the last.
Part = tuple[int, int, int, int]


def lines_to_grid(lines: Lines, across: np.ndarray, down: np.ndarray) -> Grid:
    """Turn grid lines and the strength of their edges into cells.

    Args:
        lines: the grid lines of a table.
        across: `(n_rows + 1, n_cols)` strength 0..1 of each horizontal edge.
        down: `(n_cols + 1, n_rows)` strength of each vertical edge.
    """
    across, down = across.copy(), down.copy()
    across[[0, -1]] = 1.0
    down[[0, -1]] = 1.0
    edges = np.r_[across[1:-1].ravel(), down[1:-1].ravel()]
    certainty = float(np.mean(np.maximum(edges, 1 - edges))) if len(edges) else 1.0
    cells = tuple(
        replace(cell, certainty=_certainty_of(cell, across, down)) for cell in edges_to_cells(across, down)
    )
    return drop_empty_lines(Grid(lines.xs, lines.ys, cells, ruled=True, certainty=certainty))


def _certainty_of(cell: GridCell, across: np.ndarray, down: np.ndarray) -> float:
    """Return the least certainty among the edges around a cell and those that it reaches over."""
    bottom, right = cell.row + cell.rowspan, cell.col + cell.colspan
    level = across[cell.row : bottom + 1, cell.col : right]
    upright = down[cell.col : right + 1, cell.row : bottom]
    around = min(level[[0, -1]].min(), upright[[0, -1]].min())
    within = max(level[1:-1].max(initial=0.0), upright[1:-1].max(initial=0.0))
    return float(min(around, 1 - within))


def edges_to_cells(across: np.ndarray, down: np.ndarray) -> tuple[GridCell, ...]:
    """Return the cells of a grid, row by row.

    Args:
        across: `(n_rows + 1, n_cols)` strength 0..1 of each horizontal edge, or whether it is there.
        down: `(n_cols + 1, n_rows)` the same of each vertical edge.
    """
    level, upright = _gains(across), _gains(down)
    parts = [(0, down.shape[1], 0, across.shape[1])]
    cells: list[GridCell] = []
    while parts:
        part = parts.pop()
        top, bottom, left, right = part
        inner_level, inner_upright = (
            level[top + 1 : bottom, left:right],
            upright[left + 1 : right, top:bottom],
        )
        # A line that is there all along is a cut in any case.
        rows = top + 1 + np.flatnonzero((inner_level > 0).all(axis=1))
        cols = left + 1 + np.flatnonzero((inner_upright > 0).all(axis=1))
        if len(rows) or len(cols):
            parts += _divided(part, rows, cols)
        elif not ((inner_level > 0).any() or (inner_upright > 0).any()):
            cells.append(_cell(part))
        elif (bottom - top) * (right - left) * (bottom - top + right - left) > _MOST_STEPS:
            cells += _grouped(inner_level > 0, inner_upright > 0, part)
        else:
            cells += [_cell(own) for own in _likeliest(inner_level, inner_upright, part)]
    return tuple(sorted(cells, key=lambda cell: (cell.row, cell.col)))


def _gains(strengths: np.ndarray) -> np.ndarray:
    """Return how much likelier edges are there than not, as logarithms of odds."""
    bounded = np.clip(np.asarray(strengths, float), 1 - _SUREST, _SUREST)
    return np.asarray(np.log(bounded / (1 - bounded)) - np.log(_SEPARATES / (1 - _SEPARATES)))


def _cell(part: Part) -> GridCell:
    top, bottom, left, right = map(int, part)
    return GridCell(top, left, bottom - top, right - left)


def _divided(part: Part, rows: np.ndarray, cols: np.ndarray) -> list[Part]:
    """Return the parts between lines."""
    top, bottom, left, right = part
    ys, xs = [top, *rows, bottom], [left, *cols, right]
    return [(a, b, c, d) for a, b in pairwise(ys) for c, d in pairwise(xs)]


def _likeliest(level: np.ndarray, upright: np.ndarray, part: Part) -> Iterator[Part]:
    """Yield the rectangles into which it is likeliest that a part of a grid is cut.

    Args:
        level: `(rows - 1, cols)`, what a cut gains along each edge between its rows.
        upright: `(cols - 1, rows)`, the same between its columns.
        part: of the grid.
    """
    rows, cols = upright.shape[1], level.shape[1]
    across = np.pad(np.cumsum(level, axis=1), ((1, 0), (1, 0)))  # [row below, columns before]
    down = np.pad(np.cumsum(upright, axis=1), ((1, 0), (1, 0)))  # [column after, rows before]
    # best[h, w][i, j]: what the best cuts gain in the h × w squares from row i, column j on.
    best: dict[tuple[int, int], np.ndarray] = {}
    for high in range(1, rows + 1):
        for wide in range(1, cols + 1):
            gain = np.zeros((rows - high + 1, cols - wide + 1))
            for cut in _cuts(high, wide, best, across, down):
                np.maximum(gain, cut, out=gain)
            best[high, wide] = gain
    todo = [(0, 0, rows, cols)]
    while todo:
        i, j, high, wide = todo.pop()
        options = [cut[i, j] for cut in _cuts(high, wide, best, across, down)]
        chosen = int(np.argmax(options)) if options else 0
        if not options or options[chosen] <= 0:
            yield part[0] + i, part[0] + i + high, part[2] + j, part[2] + j + wide
        elif chosen < high - 1:
            k = chosen + 1
            todo += [(i, j, k, wide), (i + k, j, high - k, wide)]
        else:
            k = chosen - (high - 1) + 1
            todo += [(i, j, high, k), (i, j + k, high, wide - k)]


def _cuts(
    high: int, wide: int, best: dict[tuple[int, int], np.ndarray], across: np.ndarray, down: np.ndarray
) -> Iterator[np.ndarray]:
    """Yield what each cut through rectangles of one size gains, between rows first, at all their places."""
    rows, cols = down.shape[1] - 1, across.shape[1] - 1
    n, m = rows - high + 1, cols - wide + 1
    for k in range(1, high):
        cut = across[k : k + n, wide : wide + m] - across[k : k + n, :m]
        yield cut + best[k, wide][:n] + best[high - k, wide][k : k + n]
    for k in range(1, wide):
        cut = (down[k : k + m, high : high + n] - down[k : k + m, :n]).T
        yield cut + best[high, k][:, :m] + best[high, wide - k][:, k : k + m]


def _grouped(level: np.ndarray, upright: np.ndarray, part: Part) -> list[GridCell]:
    """Group the squares of a part of a grid that no edge parts.

    A group that is no rectangle has lost an edge: it is cut into the rectangles of its rows, which keeps
    every row where it is.

    Args:
        level: `(rows - 1, cols)` bool, whether an edge is there.
        upright: `(cols - 1, rows)` bool.
        part: of the grid.
    """
    n_rows, n_cols = upright.shape[1], level.shape[1]
    square = np.arange(n_rows * n_cols).reshape(n_rows, n_cols)
    right = ~upright.T
    below = ~level
    first = np.r_[square[:, :-1][right], square[:-1][below]]
    second = np.r_[square[:, 1:][right], square[1:][below]]
    links = coo_matrix((np.ones(len(first)), (first, second)), shape=(square.size, square.size))
    _, label = connected_components(links, directed=False)
    label = label.reshape(n_rows, n_cols)
    cells: list[GridCell] = []
    for group in range(label.max() + 1):
        rows, cols = np.nonzero(label == group)
        top, bottom, left, right_end = rows.min(), rows.max() + 1, cols.min(), cols.max() + 1
        if (bottom - top) * (right_end - left) == len(rows):
            cells.append(GridCell(int(top), int(left), int(bottom - top), int(right_end - left)))
        else:
            cells.extend(_cut_by_rows(label == group))
    return [replace(cell, row=cell.row + int(part[0]), col=cell.col + int(part[2])) for cell in cells]


def _cut_by_rows(mask: np.ndarray) -> list[GridCell]:
    """Cut an arbitrary region into rectangles: equal runs of neighbouring rows stay together."""
    open_runs: dict[tuple[int, int], GridCell] = {}
    done: list[GridCell] = []
    for row in range(mask.shape[0]):
        padded = np.diff(np.r_[0, mask[row].astype(np.int8), 0])
        runs = list(zip(np.nonzero(padded == 1)[0], np.nonzero(padded == -1)[0], strict=True))
        still_open = {}
        for start, stop in runs:
            run = (int(start), int(stop))
            above = open_runs.pop(run, None)
            if above:
                still_open[run] = replace(above, rowspan=above.rowspan + 1)
            else:
                still_open[run] = GridCell(row, run[0], 1, run[1] - run[0])
        done.extend(open_runs.values())
        open_runs = still_open
    return done + list(open_runs.values())


def drop_empty_lines(grid: Grid) -> Grid:
    """Remove grid lines that bound no cell, after which every row and column has a cell that starts in it."""
    rows = sorted({cell.row for cell in grid.cells})
    cols = sorted({cell.col for cell in grid.cells})
    if len(rows) == len(grid.ys) - 1 and len(cols) == len(grid.xs) - 1:
        return grid
    new_row = np.searchsorted(rows, np.arange(len(grid.ys)))
    new_col = np.searchsorted(cols, np.arange(len(grid.xs)))
    cells = tuple(
        GridCell(
            int(new_row[cell.row]),
            int(new_col[cell.col]),
            int(new_row[cell.row + cell.rowspan] - new_row[cell.row]),
            int(new_col[cell.col + cell.colspan] - new_col[cell.col]),
            cell.certainty,
        )
        for cell in grid.cells
    )
    xs, ys = grid.xs[[*cols, len(grid.xs) - 1]], grid.ys[[*rows, len(grid.ys) - 1]]
    return replace(grid, xs=xs, ys=ys, cells=cells)
