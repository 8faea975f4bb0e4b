"""Tables as grids in one frame of pixels: the form in which gold and prediction are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from yusuan.eval.metrics.canonical import canonical_cell
from yusuan.extraction.document import BBox, Page, PageTable
from yusuan.extraction.geometry import apply_matrix, area, overlap, points_to_bbox, union

# A predicted table that shares less with a gold table (intersection over union) is another table.
SAME_TABLE = 0.5

# Row, column, row span, column span.
Place = tuple[int, int, int, int]


@dataclass(frozen=True)
class GridCell:
    """One cell. `text` is canonical; None where the truth does not say what stands in it."""

    place: Place
    text: str | None
    box: BBox

    @property
    def is_merged(self) -> bool:
        """Whether it covers several rows or columns."""
        return self.place[2] > 1 or self.place[3] > 1


@dataclass(frozen=True)
class Grid:
    """One table on a page.

    Attributes:
        id: unique in its document.
        box: around the table, in the frame of the comparison.
        scored: whether its cells are scored; truth that failed its own checks serves detection alone.
    """

    id: str
    box: BBox
    n_rows: int
    n_cols: int
    cells: tuple[GridCell, ...]
    scored: bool = True

    @cached_property
    def by_place(self) -> Mapping[Place, GridCell]:
        """Row, column and spans → the cell."""
        return {cell.place: cell for cell in self.cells}


def frame_change(gold: Page, predicted: Page) -> np.ndarray:
    """Return the `(3, 3)` matrix from pixels of a gold page to those of the predicted upright page.

    Both pages know the way to the scan as it came; scans of different resolution meet in inches.
    """
    scale = predicted.dpi / gold.dpi
    back = np.linalg.inv(np.asarray(predicted.transform, float))
    return np.asarray(back @ np.diag([scale, scale, 1.0]) @ np.asarray(gold.transform, float))


def is_read(page: Page) -> bool:
    """Return whether a predicted page can be compared with a gold page."""
    return page.status == "ok" and page.dpi > 0


def page_grids(page: Page, matrix: np.ndarray | None = None) -> list[Grid]:
    """Return the tables of a page as grids, their boxes mapped by a `(3, 3)` matrix, if any."""
    return [_table_grid(table, np.eye(3) if matrix is None else matrix) for table in page.tables]


def _table_grid(table: PageTable, matrix: np.ndarray) -> Grid:
    cells = tuple(
        GridCell(
            (cell.row, cell.col, cell.rowspan, cell.colspan),
            canonical_cell(cell.text),
            _level(apply_matrix(matrix, np.array(cell.quad))),
        )
        for cell in table.cells
    )
    corners = np.array(table.bbox).reshape(2, 2)
    box = union([cell.box for cell in cells]) if cells else points_to_bbox(apply_matrix(matrix, corners))
    return compact(table.id, box, cells)


def compact(name: str, box: BBox, cells: Sequence[GridCell], scored: bool = True) -> Grid:
    """Return a grid without the rows and columns in which no cell begins.

    Nobody can see them: a form cut by a page break may leave three cells of a row that was divided by nine.
    """
    rows = {row: k for k, row in enumerate(sorted({cell.place[0] for cell in cells}))}
    cols = {col: k for k, col in enumerate(sorted({cell.place[1] for cell in cells}))}
    kept = tuple(replace(cell, place=_compact_place(cell.place, rows, cols)) for cell in cells)
    return Grid(name, box, len(rows), len(cols), kept, scored)


def _compact_place(place: Place, rows: Mapping[int, int], cols: Mapping[int, int]) -> Place:
    row, col, rowspan, colspan = place
    return (
        rows[row],
        cols[col],
        sum(line in rows for line in range(row, row + rowspan)),
        sum(line in cols for line in range(col, col + colspan)),
    )


def _level(quad: np.ndarray) -> BBox:
    """Return the level box whose sides are the middles of a quad's sides: what a skewed cell fills."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad.tolist()
    x0, x1 = sorted([(ax + dx) / 2, (bx + cx) / 2])
    y0, y1 = sorted([(ay + by) / 2, (cy + dy) / 2])
    return x0, y0, x1, y1


def truth_grid(table: Mapping[str, Any], name: str) -> Grid | None:
    """Return a table of public truth (eval/external.py) as a grid, or None where it has no box.

    Cells without a row and column are left out: such truth says where a table is, not what is in it.
    """
    if table.get("bbox") is None:
        return None
    cells = tuple(
        GridCell(
            (c["r0"], c["c0"], c["r1"] - c["r0"] + 1, c["c1"] - c["c0"] + 1),
            None if c.get("text") is None else canonical_cell(c["text"]),
            tuple(c["bbox"]),
        )
        for c in table.get("cells", ())
        if c.get("r0") is not None and c.get("bbox") is not None
    )
    return compact(name, tuple(table["bbox"]), cells, bool(table.get("gold", True)))


@dataclass(frozen=True)
class TablePair:
    """A gold table and the predicted table in its place; None on the side that has none.

    `iou` is the area that they share, divided by the area that they cover together.
    """

    gold: Grid | None
    predicted: Grid | None
    iou: float = 0.0

    @property
    def is_same(self) -> bool:
        """Whether both are there and share enough to be one table."""
        return self.iou >= SAME_TABLE


def table_pairs(predicted: Sequence[Grid], gold: Sequence[Grid]) -> list[TablePair]:
    """Pair the tables of a page one to one so that they share as much as possible; then all that are left."""
    shared = np.array([[_iou(g.box, p.box) for p in predicted] for g in gold]).reshape(
        len(gold), len(predicted)
    )
    rows, columns = linear_sum_assignment(shared, maximize=True)
    met = {int(i): int(j) for i, j in zip(rows, columns, strict=True) if shared[i, j] > 0}
    pairs = [
        TablePair(truth, predicted[met[i]], float(shared[i, met[i]])) if i in met else TablePair(truth, None)
        for i, truth in enumerate(gold)
    ]
    taken = set(met.values())
    return pairs + [TablePair(None, found) for j, found in enumerate(predicted) if j not in taken]


def _iou(a: BBox, b: BBox) -> float:
    shared = overlap(a, b)
    whole = area(a) + area(b) - shared
    return shared / whole if whole > 0 else 0.0
