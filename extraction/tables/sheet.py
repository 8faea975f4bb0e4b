"""A sheet: cells on a grid, without the name and place that a page table or a logical table has.

Joining cuts rows off, moves columns and stacks fragments; all of it is done on sheets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from yusuan.extraction.document import Cell
from yusuan.extraction.numerals import canonical


class Grid(Protocol):
    """What a page table, a logical table and a sheet have in common."""

    @property
    def n_rows(self) -> int:
        """Rows of the grid."""

    @property
    def n_cols(self) -> int:
        """Columns of the grid."""

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Cells that tile the grid, holes allowed."""


@dataclass(frozen=True)
class Sheet:
    """Cells that tile an `n_rows` x `n_cols` grid, holes allowed."""

    n_rows: int
    n_cols: int
    cells: tuple[Cell, ...]


def row_starts(grid: Grid) -> list[list[Cell]]:
    """Return for each row the cells that start in it, left to right."""
    rows: list[list[Cell]] = [[] for _ in range(grid.n_rows)]
    for cell in sorted(grid.cells, key=lambda cell: cell.col):
        rows[cell.row].append(cell)
    return rows


def covering(cells: Iterable[Cell]) -> dict[tuple[int, int], Cell]:
    """Return for each (row, column) that is not a hole the cell that covers it."""
    return {
        (row, col): cell
        for cell in cells
        for row in range(cell.row, cell.row + cell.rowspan)
        for col in range(cell.col, cell.col + cell.colspan)
    }


def written(cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells that are not blank."""
    return [cell for cell in cells if canonical(cell.text)]


def filled_columns(sheet: Sheet) -> list[frozenset[int]]:
    """Return for each row the columns in which something is written, spans counted in every row."""
    rows: list[set[int]] = [set() for _ in range(sheet.n_rows)]
    for (row, col), cell in covering(sheet.cells).items():
        if canonical(cell.text):
            rows[row].add(col)
    return [frozenset(row) for row in rows]


def cut_rows(sheet: Sheet, rows: Collection[int]) -> Sheet:
    """Return the sheet without `rows`; a cell that spans a cut row loses that row and keeps its text."""
    kept = [row for row in range(sheet.n_rows) if row not in rows]
    place = {row: new for new, row in enumerate(kept)}
    cells = []
    for cell in sheet.cells:
        own = [place[row] for row in range(cell.row, cell.row + cell.rowspan) if row in place]
        if own:
            cells.append(cell.model_copy(update={"row": own[0], "rowspan": len(own)}))
    return Sheet(len(kept), sheet.n_cols, tuple(cells))


def stack(upper: Sheet, lower: Sheet) -> Sheet:
    """Return `lower` set under `upper`; both have the same columns."""
    moved = (cell.model_copy(update={"row": cell.row + upper.n_rows}) for cell in lower.cells)
    return Sheet(upper.n_rows + lower.n_rows, upper.n_cols, (*upper.cells, *moved))
