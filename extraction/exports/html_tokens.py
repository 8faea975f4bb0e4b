"""The grid of a table as tokens of HTML: the form of PubTabNet, which models of tables write.

A cell is `<td>` or, where it is merged, `<td`, its spans with a blank before each, and `>`; then `</td>`.
Texts are apart: one list of characters for each cell, in the order of the tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yusuan.extraction.document import Cell, PageTable

Rows = list[list[Cell | None]]


def rows_of(table: PageTable) -> Rows:
    """Return the cells that begin in each row, left to right; None where no cell covers a place."""
    starts = {(cell.row, cell.col): cell for cell in table.cells}
    covered = {
        (row, col)
        for cell in table.cells
        for row in range(cell.row, cell.row + cell.rowspan)
        for col in range(cell.col, cell.col + cell.colspan)
    }
    return [
        [starts.get((row, col)) for col in range(table.n_cols) if _begins((row, col), starts, covered)]
        for row in range(table.n_rows)
    ]


def _begins(
    place: tuple[int, int], starts: dict[tuple[int, int], Cell], covered: set[tuple[int, int]]
) -> bool:
    return place in starts or place not in covered


def head_row_count(table: PageTable) -> int:
    """Return how many rows at the top are headings and end together: no cell goes on below them."""
    heads = 0
    for cells in rows_of(table):
        if any(cell is None or not cell.header for cell in cells):
            break
        heads += 1
    while any(cell.row < heads < cell.row + cell.rowspan for cell in table.cells):
        heads -= 1
    return heads


def structure_tokens(
    table: PageTable, heads: int, spans: Sequence[str] = ("rowspan", "colspan")
) -> list[str]:
    """Return the tokens of a table's grid.

    Args:
        table: a table; a place that no cell covers is a blank cell.
        heads: rows at the top that stand in `<thead>`; without any there is none.
        spans: in the order in which a cell that is merged both ways says so.
    """
    rows = rows_of(table)
    head = ["<thead>", *_row_tokens(rows[:heads], spans), "</thead>"] if heads else []
    return [*head, "<tbody>", *_row_tokens(rows[heads:], spans), "</tbody>"]


def _row_tokens(rows: Rows, spans: Sequence[str]) -> Iterator[str]:
    for cells in rows:
        yield "<tr>"
        for cell in cells:
            merged = [
                f' {span}="{getattr(cell, span)}"' for span in spans if cell and getattr(cell, span) > 1
            ]
            yield from ["<td", *merged, ">"] if merged else ["<td>"]
            yield "</td>"
        yield "</tr>"
