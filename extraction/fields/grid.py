"""A table as positions: which cell covers a row and column, spans carried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from yusuan.extraction.document import Cell, Table


@dataclass(frozen=True)
class Grid:
    """Look-up of a table's cells by the positions that they cover. Positions without a cell give None."""

    table: Table

    @cached_property
    def _covering(self) -> dict[tuple[int, int], Cell]:
        return {
            (row, col): cell
            for cell in self.table.cells
            for row in range(cell.row, cell.row + cell.rowspan)
            for col in range(cell.col, cell.col + cell.colspan)
        }

    def at(self, row: int, col: int) -> Cell | None:
        """Return the cell that covers the position, which may have begun above or to the left."""
        return self._covering.get((row, col))

    def row(self, row: int) -> list[Cell]:
        """Return the cells that cover the row, each once, from left to right."""
        return list(_distinct(self.at(row, col) for col in range(self.table.n_cols)))

    def column(self, col: int) -> list[Cell]:
        """Return the cells that cover the column, each once, from top to bottom."""
        return list(_distinct(self.at(row, col) for row in range(self.table.n_rows)))

    def starting(self, row: int) -> list[Cell]:
        """Return the cells whose top row is `row`, from left to right."""
        return [cell for cell in self.row(row) if cell.row == row]


def _distinct(cells: Iterator[Cell | None]) -> Iterator[Cell]:
    last: Cell | None = None
    for cell in cells:
        if cell is not None and cell is not last:
            yield cell
        last = cell


def columns_of(cell: Cell) -> range:
    """Return the columns that the cell covers."""
    return range(cell.col, cell.col + cell.colspan)


def rows_of(cell: Cell) -> range:
    """Return the rows that the cell covers."""
    return range(cell.row, cell.row + cell.rowspan)


def is_blank(cell: Cell) -> bool:
    """Say whether nothing is printed in the cell."""
    return not cell.text.strip()
