"""A table as positions: which cell covers a row and column, spans carried."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
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

    @cached_property
    def _labelled(self) -> dict[str, list[Cell]]:
        found: dict[str, list[Cell]] = {}
        for cell in sorted(self.table.cells, key=reading_order):
            for label in dict.fromkeys(span.label for span in cell.spans):
                found.setdefault(label, []).append(cell)
        return found

    @cached_property
    def _columns(self) -> dict[tuple[int, str], list[Cell]]:
        found: dict[tuple[int, str], list[Cell]] = {}
        for label, cells in self._labelled.items():
            for cell in cells:
                for col in columns_of(cell):
                    found.setdefault((col, label), []).append(cell)
        return found

    def labelled(self, *labels: str) -> list[Cell]:
        """Return the cells that have one of the labels, in the order of reading."""
        return _merged([self._labelled.get(label, []) for label in labels])

    def labelled_in_column(self, col: int, *labels: str) -> list[Cell]:
        """Return the cells over a column that have one of the labels, from top to bottom."""
        return _merged([self._columns.get((col, label), []) for label in labels])

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


def reading_order(cell: Cell) -> tuple[int, int]:
    """Return what cells are sorted by in the order of reading."""
    return cell.row, cell.col


def _merged(lists: list[list[Cell]]) -> list[Cell]:
    """Return the cells of some lists in the order of reading, each once."""
    lists = [each for each in lists if each]
    if len(lists) < 2:
        return lists[0] if lists else []
    cells = {(cell.row, cell.col): cell for each in lists for cell in each}
    return [cells[place] for place in sorted(cells)]


def starting_in(cells: Sequence[Cell], rows: range) -> list[Cell]:
    """Return those of some cells, given from top to bottom, that begin in some rows."""
    first, end = (bisect_left(cells, row, key=lambda cell: cell.row) for row in (rows.start, rows.stop))
    return list(cells[first:end])


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
