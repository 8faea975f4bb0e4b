"""Ruled grids: segments → connected groups → grid lines → separators → cells, merged ones included.

Everything here is in straight pixels (see `straighten`). The chain is made of free functions, and
each result is a value that can be drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from yusuan.extraction.tables.rules import Segments

_TOUCH = 0.06  # inches between the end of a rule and the rule it meets, faded corners included
_SAME_LINE = 0.03  # inches between two pieces of one rule, across it
_COVERED = 0.85  # share of an edge that must be ruled for a grid line to exist there
_LONG_PIECE = 0.6  # inches; strokes of glyphs do not line up over so much
_MANY_PIECES = 0.4  # share of the table that short pieces of one line must cover together
_THIN_CELL = 0.055  # inches; nothing is printed in a row or column thinner than this


@dataclass(frozen=True)
class GridCell:
    """A cell of a grid by its place: zero-based row and column, spans as counts.

    `certainty` is 0..1, how surely it ends where it does and is one cell.
    """

    row: int
    col: int
    rowspan: int
    colspan: int
    certainty: float = field(default=1.0, compare=False)


@dataclass(frozen=True)
class Grid:
    """A table found on a page, in straight pixels.

    Attributes:
        xs: `(n_cols + 1,)` increasing positions of column borders.
        ys: `(n_rows + 1,)` increasing positions of row borders.
        cells: tile the grid.
        ruled: whether rules part its columns.
        certainty: 0..1, how clearly edges are either ruled or blank.
        lined: whether a rule as wide as the table is known to part any two rows.
    """

    xs: np.ndarray
    ys: np.ndarray
    cells: tuple[GridCell, ...]
    ruled: bool
    certainty: float
    lined: bool = False

    def corners(self, cell: GridCell) -> np.ndarray:
        """Return the `(4, 2)` corners of a cell, clockwise from the top left."""
        x0, x1 = self.xs[cell.col], self.xs[cell.col + cell.colspan]
        y0, y1 = self.ys[cell.row], self.ys[cell.row + cell.rowspan]
        return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])

    def owners(self) -> np.ndarray:
        """Return `(n_rows, n_cols)` indices into `cells`."""
        owner = np.full((len(self.ys) - 1, len(self.xs) - 1), -1)
        for index, cell in enumerate(self.cells):
            owner[cell.row : cell.row + cell.rowspan, cell.col : cell.col + cell.colspan] = index
        return owner


@dataclass(frozen=True)
class Lines:
    """Grid lines of one table with the segments that they are made of."""

    xs: np.ndarray
    ys: np.ndarray
    horizontal: Segments
    vertical: Segments


def segments_to_groups(
    horizontal: Segments, vertical: Segments, dpi: float
) -> list[tuple[Segments, Segments]]:
    """Split the segments of a page into connected groups: what meets belongs together.

    A broken piece that meets nothing joins the group whose box it lies in; other loose pieces are dropped.
    """
    touch = _TOUCH * dpi
    meets = (
        (vertical.at[None, :] >= horizontal.start[:, None] - touch)
        & (vertical.at[None, :] <= horizontal.stop[:, None] + touch)
        & (horizontal.at[:, None] >= vertical.start[None, :] - touch)
        & (horizontal.at[:, None] <= vertical.stop[None, :] + touch)
    )
    count = len(horizontal) + len(vertical)
    if not meets.any():
        return []
    rows, cols = np.nonzero(meets)
    links = coo_matrix((np.ones(len(rows)), (rows, cols + len(horizontal))), shape=(count, count))
    _, group = connected_components(links, directed=False)
    across, down = group[: len(horizontal)], group[len(horizontal) :]
    boxes = {}
    for label in np.unique(across[meets.any(axis=1)]):
        h, v = horizontal.take(across == label), vertical.take(down == label)
        box = (min(h.start.min(), v.at.min()), min(h.at.min(), v.start.min()))
        boxes[label] = (*box, max(h.stop.max(), v.at.max()), max(h.at.max(), v.stop.max()))
    boxes = _merge_overlapping(boxes, across, down)
    groups = []
    for x0, y0, x1, y1 in sorted(boxes.values(), key=lambda box: (box[1], box[0])):
        h = horizontal.take(_within(horizontal, (x0, x1), (y0, y1), touch))
        v = vertical.take(_within(vertical, (y0, y1), (x0, x1), touch))
        groups.append((h, v))
    return groups


Bounds = tuple[float, float, float, float]


def _merge_overlapping(boxes: dict[int, Bounds], across: np.ndarray, down: np.ndarray) -> dict[int, Bounds]:
    """Merge groups whose boxes overlap: rules broken everywhere fall apart into groups of one table."""
    merged = dict(boxes)
    changed = True
    while changed:
        changed = False
        for a in list(merged):
            for b in list(merged):
                if a == b or a not in merged or b not in merged:
                    continue
                p, q = merged[a], merged[b]
                if min(p[2], q[2]) > max(p[0], q[0]) and min(p[3], q[3]) > max(p[1], q[1]):
                    merged[a] = (min(p[0], q[0]), min(p[1], q[1]), max(p[2], q[2]), max(p[3], q[3]))
                    del merged[b]
                    across[across == b] = a
                    down[down == b] = a
                    changed = True
    return merged


def _within(
    segments: Segments, along: tuple[float, float], at: tuple[float, float], slack: float
) -> np.ndarray:
    return (
        (segments.start >= along[0] - slack)
        & (segments.stop <= along[1] + slack)
        & (segments.at >= at[0] - slack)
        & (segments.at <= at[1] + slack)
    )


def group_to_lines(horizontal: Segments, vertical: Segments, dpi: float) -> Lines | None:
    """Find the grid lines of one connected group; None when it is no grid.

    A grid line must run from one crossing line to the next somewhere: short strokes of glyphs inside a
    cell do not, and one false row would shift the index of every row after it.
    """
    same = _SAME_LINE * dpi
    ys, xs = _cluster(horizontal, same), _cluster(vertical, same)
    xs, open_x = _open_sides(xs, horizontal, ys, dpi)
    ys, open_y = _open_sides(ys, vertical, xs, dpi)
    for _ in range(8):
        if len(xs) < 2 or len(ys) < 2:
            return None
        # An open side has no rule of its own; it stands where the others end.
        keep_y = _carried(horizontal, ys, xs, dpi) | np.isin(ys, open_y)
        keep_x = _carried(vertical, xs, ys, dpi) | np.isin(xs, open_x)
        if keep_y.all() and keep_x.all():
            break
        ys, xs = ys[keep_y], xs[keep_x]
    return Lines(xs, ys, horizontal, vertical)


def _carried(segments: Segments, lines: np.ndarray, crossing: np.ndarray, dpi: float) -> np.ndarray:
    """Tell for each grid line whether rules carry it.

    They run from one crossing line to the next somewhere, and they are long, or many, or clear: strokes
    of glyphs in rows as tight as the glyphs are none of these.
    """
    same = _SAME_LINE * dpi
    reaches = (coverage(segments, lines, crossing, same) >= _COVERED).any(axis=1)
    extent = np.ptp(crossing)
    strong = []
    for line in lines:
        mine = segments.take(np.abs(segments.at - line) <= same)
        length = mine.stop - mine.start
        strong.append(
            bool(mine.clear.any())
            or length.max(initial=0) >= min(_LONG_PIECE * dpi, 0.5 * extent)
            or length.sum() >= _MANY_PIECES * extent
        )
    return reaches & np.array(strong)


def _cluster(segments: Segments, gap: float) -> np.ndarray:
    """Return the positions of rules: groups of segments at nearly the same place, weighted by length."""
    if not len(segments):
        return np.zeros(0)
    order = np.argsort(segments.at)
    at, length = segments.at[order], (segments.stop - segments.start)[order] + 1
    positions, members = [], [0]
    for index in range(1, len(at)):
        center = np.average(at[members], weights=length[members])
        if at[index] - center > gap:
            positions.append(center)
            members = []
        members.append(index)
    positions.append(np.average(at[members], weights=length[members]))
    return np.array(positions)


def _open_sides(
    lines: np.ndarray, crossing: Segments, crossing_lines: np.ndarray, dpi: float
) -> tuple[np.ndarray, list[float]]:
    """Add the first and last line of a table without an outer border, where most crossing rules end.

    Returns:
        The lines, and those among them that need no rule of their own: those that were added, and those
        that strokes made where crossing rules end.
    """
    if len(crossing_lines) < 2 or not len(lines):
        return lines, []
    extents = []
    for at in crossing_lines:
        of_line = np.abs(crossing.at - at) <= _SAME_LINE * dpi
        if of_line.any():
            extents.append((crossing.start[of_line].min(), crossing.stop[of_line].max()))
    starts, stops = np.array(extents).T
    # Only long rules tell where a table ends: strokes of glyphs end anywhere.
    long = stops - starts >= 0.6 * (stops - starts).max()
    starts, stops = starts[long], stops[long]
    reach, agree = 0.15 * dpi, 0.08 * dpi
    first, last = float(np.median(starts)), float(np.median(stops))
    added, sides = [], []
    for end, ends, side, beyond in (
        (first, starts, lines[0], lines[0] - first),
        (last, stops, lines[-1], last - lines[-1]),
    ):
        if len(ends) < 2 or beyond < -reach or np.mean(np.abs(ends - end) <= agree) < 0.6:
            continue
        if beyond > reach:
            added.append(end)
        sides.append(end if beyond > reach else side)
    return np.sort(np.r_[lines, added]), sides


def coverage(segments: Segments, lines: np.ndarray, crossing: np.ndarray, gap: float) -> np.ndarray:
    """Return `(len(lines), len(crossing) - 1)` shares of each edge that segments cover.

    An edge is the stretch of a grid line between two neighbouring crossing lines.
    """
    result = np.zeros((len(lines), max(0, len(crossing) - 1)))
    nearest = np.abs(segments.at[:, None] - lines[None, :])
    for index in range(len(lines)):
        mine = np.nonzero(nearest[:, index] <= gap)[0]
        order = mine[np.argsort(segments.start[mine])]
        # Pieces of one rule may overlap: merge them, so that nothing counts twice.
        merged: list[list[float]] = []
        for piece in order:
            if merged and segments.start[piece] <= merged[-1][1] + gap:
                merged[-1][1] = max(merged[-1][1], segments.stop[piece])
            else:
                merged.append([segments.start[piece], segments.stop[piece]])
        for start, stop in merged:
            shared = np.minimum(stop + gap / 2, crossing[1:]) - np.maximum(start - gap / 2, crossing[:-1])
            result[index] += np.clip(shared, 0, None)
    return np.clip(result / np.maximum(np.diff(crossing), 1e-6), 0, 1)


def is_table(grid: Grid, dpi: float) -> bool:
    """Tell a table from a frame, an underline or a letterhead: cells in two directions, of printable size."""
    width, height = np.ptp(grid.xs), np.ptp(grid.ys)
    if width < 1.0 * dpi or height < 0.2 * dpi:
        return False
    return len(grid.cells) >= 3 and (len(grid.xs) > 2 or len(grid.ys) > 3)


def merge_thin(lines: np.ndarray, dpi: float) -> np.ndarray:
    """Merge grid lines so close that nothing can stand between them: the two strokes of a double rule."""
    kept = list(lines[:1])
    for line in lines[1:]:
        if line - kept[-1] < _THIN_CELL * dpi:
            continue
        kept.append(line)
    return np.array(kept)
