"""Text into cells: by geometry, never by guessing. Works in straight pixels, where a cell is a box."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from yusuan.extraction.tables.grid import Grid
from yusuan.extraction.tables.straighten import Warp

OUTSIDE = (-1, -1)
_SHORTEST_PIECE = 0.35  # of the line's height; less than this over a rule is the reader's generous box
_SMALLEST_GLYPH = 0.045  # inches; a digit of 5 points is larger, a speck of dust smaller
_STACKED = 1.7  # times the usual line height, above which a box may hold two lines


@dataclass(frozen=True)
class Piece:
    """A stretch of a text line that lies in one cell.

    Attributes:
        quad: `(4, 2)` page pixels, clockwise from the top left.
        table: index of the grid, -1 outside of all.
        cell: index into the grid's cells, -1 outside of all.
    """

    quad: np.ndarray
    table: int
    cell: int


class Places:
    """Answers in which cell of which grid a point of a page lies."""

    def __init__(self, grids: Sequence[Grid], warp: Warp) -> None:
        self.grids = tuple(grids)
        self.warp = warp
        self._owners = [grid.owners() for grid in grids]

    def of_straight(self, points: np.ndarray) -> list[tuple[int, int]]:
        """Return (grid, cell) for `(N, 2)` straight points, `OUTSIDE` where there is none."""
        tables, cells = np.full(len(points), OUTSIDE[0]), np.full(len(points), OUTSIDE[1])
        for table, (grid, owner) in enumerate(zip(self.grids, self._owners, strict=True)):
            cols = np.searchsorted(grid.xs, points[:, 0], side="right") - 1
            rows = np.searchsorted(grid.ys, points[:, 1], side="right") - 1
            inside = (cols >= 0) & (cols < owner.shape[1]) & (rows >= 0) & (rows < owner.shape[0])
            tables[inside] = table
            cells[inside] = owner[rows[inside], cols[inside]]
        return list(zip(tables.tolist(), cells.tolist(), strict=True))

    def of_page(self, points: np.ndarray) -> list[tuple[int, int]]:
        """Return (grid, cell) for `(N, 2)` page points."""
        return self.of_straight(self.warp.straighten(points))

    def corners(self, table: int, cell: int) -> np.ndarray:
        """Return the `(4, 2)` page pixels of a cell's corners."""
        grid = self.grids[table]
        return self.warp.bend(grid.corners(grid.cells[cell]))

    def outlines(self, table: int) -> np.ndarray:
        """Return the `(cells, 4, 2)` page pixels of the corners of all cells of a grid."""
        grid = self.grids[table]
        corners = np.array([grid.corners(cell) for cell in grid.cells])
        return self.warp.bend(corners.reshape(-1, 2)).reshape(-1, 4, 2)


def quads_to_pieces(quads: np.ndarray, places: Places, text: np.ndarray, dpi: float) -> list[Piece]:
    """Cut detected text lines `(N, 4, 2)` at the borders of cells.

    Args:
        quads: detected lines, page pixels.
        places: the grids of the page.
        text: `(H, W)` bool, ink of glyphs; pieces without any are dropped.
        dpi: of the page.
    """
    heights = [float(np.linalg.norm(q[3] - q[0]) + np.linalg.norm(q[2] - q[1])) / 2 for q in quads]
    usual = float(np.median(heights)) if heights else 0.0
    pieces = []
    for quad, height in zip(quads, heights, strict=True):
        for part in _stacked_lines(quad, height, usual, places):
            pieces.extend(_cut_along(part, height, places, text, _SMALLEST_GLYPH * dpi))
    boxes = np.array([(*piece.quad.min(axis=0), *piece.quad.max(axis=0)) for piece in pieces]).reshape(-1, 4)
    return [
        _with_left_out_glyphs(piece, np.delete(boxes, number, 0), places, text)
        for number, piece in enumerate(pieces)
    ]


def _with_left_out_glyphs(piece: Piece, others: np.ndarray, places: Places, text: np.ndarray) -> Piece:
    """Widen a piece to the glyph that the detector left out at either end: a thin 一, a full stop.

    It goes at most one line's height to each side, not over the cell, and not into another piece.
    `others` are the boxes of all others, `(N, 4)`.
    """
    if piece.cell < 0:
        return piece
    x0, y0, x1, y1 = (round(v) for v in (*piece.quad.min(axis=0), *piece.quad.max(axis=0)))
    height = y1 - y0
    corners = places.corners(piece.table, piece.cell)
    left, right = max(corners[:, 0].min(), x0 - height, 0), min(corners[:, 0].max(), x1 + height)
    beside = others[np.minimum(others[:, 3], y1) - np.maximum(others[:, 1], y0) >= 0.3 * height]
    left = beside[beside[:, 2] <= x0 + 0.3 * height, 2].max(initial=left)
    right = beside[beside[:, 0] >= x1 - 0.3 * height, 0].min(initial=right)
    band = slice(max(0, y0 + height // 6), y1 - height // 6)

    def ink_until(columns: np.ndarray) -> int:
        inked = np.nonzero(text[band][:, columns].any(axis=0))[0] if len(columns) else columns
        return int(inked.max()) + 1 if len(inked) and inked.min() <= 0.7 * height else 0

    grow_left = ink_until(np.arange(x0 - 1, int(np.ceil(left)), -1))
    grow_right = ink_until(np.arange(x1, min(int(right), text.shape[1])))
    if not (grow_left or grow_right):
        return piece
    along = (piece.quad[1] - piece.quad[0]) / max(1.0, float(np.linalg.norm(piece.quad[1] - piece.quad[0])))
    quad = piece.quad.astype(float).copy()
    if grow_left:
        quad[[0, 3]] -= along * (grow_left + 2)
    if grow_right:
        quad[[1, 2]] += along * (grow_right + 2)
    return replace(piece, quad=quad)


def _stacked_lines(quad: np.ndarray, height: float, usual: float, places: Places) -> list[np.ndarray]:
    """Cut a box that holds lines of two rows at the border between them."""
    if height < _STACKED * usual:
        return [quad]
    middle_top, middle_bottom = (quad[0] + quad[1]) / 2, (quad[3] + quad[2]) / 2
    steps = np.linspace(0.02, 0.98, 49)
    cells = places.of_page(middle_top + steps[:, None] * (middle_bottom - middle_top))
    cuts = [0.0]
    for index in range(1, len(cells)):
        if cells[index] != cells[index - 1]:
            at = float(steps[index - 1] + steps[index]) / 2
            if (at - cuts[-1]) * height >= 0.5 * usual:
                cuts.append(at)
    if len(cuts) > 1 and (1 - cuts[-1]) * height < 0.5 * usual:
        cuts.pop()
    cuts.append(1.0)
    left, right = quad[3] - quad[0], quad[2] - quad[1]
    return [
        np.array([quad[0] + a * left, quad[1] + a * right, quad[1] + b * right, quad[0] + b * left])
        for a, b in pairwise(cuts)
    ]


def _cut_along(
    quad: np.ndarray, height: float, places: Places, text: np.ndarray, smallest: float
) -> list[Piece]:
    """Cut one line where its middle passes from one cell into another."""
    start, stop = (quad[0] + quad[3]) / 2, (quad[1] + quad[2]) / 2
    length = float(np.linalg.norm(stop - start))
    if length < 1:
        return []
    count = max(3, int(length / 2))
    steps = (np.arange(count) + 0.5) / count
    cells = places.of_page(start + steps[:, None] * (stop - start))
    runs: list[list[int]] = []
    for index, cell in enumerate(cells):
        if runs and cells[runs[-1][0]] == cell:
            runs[-1][1] = index + 1
        else:
            runs.append([index, index + 1])
    shortest = min(_SHORTEST_PIECE * height, 0.5 * length)
    kept = [run for run in runs if (run[1] - run[0]) / count * length >= shortest] or [
        max(runs, key=_run_length)
    ]
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    pieces = []
    for first, last in kept:
        # A run that reaches the end of the line keeps the detector's margin there.
        a = 0.0 if first == 0 or len(kept) == 1 else first / count
        b = 1.0 if last == count or len(kept) == 1 else last / count
        part = np.array([quad[0] + a * top, quad[0] + b * top, quad[3] + b * bottom, quad[3] + a * bottom])
        if holds_glyphs(part, text, smallest):
            pieces.append(Piece(part, *cells[first]))
    return pieces


def _run_length(run: list[int]) -> int:
    return run[1] - run[0]


def holds_glyphs(quad: np.ndarray, text: np.ndarray, smallest: float) -> bool:
    """Tell whether the ink in the box around a quad is at least `smallest` pixels wide or high: no dust."""
    x0, y0 = np.clip(np.floor(quad.min(axis=0)).astype(int), 0, None)
    x1, y1 = np.ceil(quad.max(axis=0)).astype(int)
    ys, xs = np.nonzero(text[y0:y1, x0:x1])
    return len(xs) >= 6 and bool(max(np.ptp(xs), np.ptp(ys)) + 1 >= smallest)


def missed_text(pieces: Sequence[Piece], places: Places, text: np.ndarray, dpi: float) -> list[Piece]:
    """Find glyphs in cells where the detector saw no line: single digits, `%`, `=`, `否`.

    Returns:
        One piece for each such cell with ink, around all of it.
    """
    taken = {(piece.table, piece.cell) for piece in pieces}
    margin = 0.02 * dpi
    smallest, tallest = _SMALLEST_GLYPH * dpi, 0.5 * dpi
    found = []
    for table, grid in enumerate(places.grids):
        for index, cell in enumerate(grid.cells):
            if (table, index) in taken:
                continue
            corners = grid.corners(cell)
            inner = np.array([corners[0] + margin, corners[2] - margin])
            if (inner[1] - inner[0]).min() < margin:
                continue
            page = places.warp.bend(inner).round().astype(int)
            (x0, y0), (x1, y1) = np.clip(page, 0, None)
            ys, xs = np.nonzero(text[y0:y1, x0:x1])
            if len(xs) < 6 or max(np.ptp(xs), np.ptp(ys)) < smallest or np.ptp(ys) > tallest:
                continue
            pad = 0.025 * dpi
            # Flat glyphs (一, =, -) need white above and below to be read at their proper size.
            tall = max(pad, (0.11 * dpi - np.ptp(ys)) / 2)
            left, right = x0 + xs.min() - pad, x0 + xs.max() + 1 + pad
            top, bottom = y0 + ys.min() - tall, y0 + ys.max() + 1 + tall
            found.append(
                Piece(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]), table, index)
            )
    return found


def glyph_crop(image: np.ndarray, piece: Piece, places: Places, dpi: float) -> np.ndarray:
    """Return the pixels around a lone glyph: its quad and a little more, as far as its cell goes.

    A detector's box often leaves out the lower bar of `≥`.
    """
    margin, inset = 0.05 * dpi, 0.015 * dpi
    corners = places.corners(piece.table, piece.cell)
    low = np.maximum(piece.quad.min(axis=0) - margin, corners.min(axis=0) + inset)
    high = np.minimum(piece.quad.max(axis=0) + margin, corners.max(axis=0) - inset)
    (x0, y0), (x1, y1) = np.clip(np.round([low, high]).astype(int), 0, None)
    return image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]


def join_lines(lines: Sequence[tuple[np.ndarray, str]]) -> str:
    """Join the readings of one cell in the order in which they are read.

    Args:
        lines: boxes `(4,)` as x0, y0, x1, y1, and their texts.

    Returns:
        One text: no space between Chinese characters, one between two Latin words or numbers.
    """
    rows: list[list[tuple[np.ndarray, str]]] = []
    for box, text in sorted(lines, key=lambda line: (line[0][1] + line[0][3]) / 2):
        middle = (box[1] + box[3]) / 2
        if rows and middle < _median_bottom(rows[-1]):
            rows[-1].append((box, text))
        else:
            rows.append([(box, text)])
    joined = ""
    for row in rows:
        for _, text in sorted(row, key=lambda line: line[0][0]):
            text = text.strip()
            if joined and text and _latin(joined[-1]) and _latin(text[0]):
                joined += " "
            joined += text
    return joined


def _median_bottom(row: list[tuple[np.ndarray, str]]) -> float:
    """Return where a row of text stops: a line whose middle is above this stands beside it, not below."""
    return float(np.median([box[1] + 0.75 * (box[3] - box[1]) for box, _ in row]))


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def loose_rows(boxes: Sequence[np.ndarray]) -> list[list[int]]:
    """Group text outside of tables into printed lines: what stands side by side with a small gap.

    Args:
        boxes: `(4,)` as x0, y0, x1, y1.

    Returns:
        Indices of boxes for each line, lines top to bottom, boxes left to right.
    """
    order = sorted(range(len(boxes)), key=lambda index: boxes[index][0])
    lines: list[list[int]] = []
    for index in order:
        box = boxes[index]
        for line in lines:
            last = boxes[line[-1]]
            height = min(box[3] - box[1], last[3] - last[1])
            shared = min(box[3], last[3]) - max(box[1], last[1])
            if shared >= 0.6 * height and box[0] - last[2] <= 1.5 * height and box[0] >= last[0]:
                line.append(index)
                break
        else:
            lines.append([index])
    return sorted(lines, key=lambda line: (boxes[line[0]][1], boxes[line[0]][0]))


def group_by_cell(pieces: Sequence[Piece]) -> dict[tuple[int, int], list[int]]:
    """Return for each (grid, cell) the indices of its pieces."""
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, piece in enumerate(pieces):
        groups[piece.table, piece.cell].append(index)
    return groups
