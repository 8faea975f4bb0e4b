"""A builder of small documents: a table is written as lines, cells apart by ` | `.

`<` stands where the cell to the left goes on, `^` where the cell above does, `.` where there is no cell.
Columns are as wide as `widths` says (fractions of the table), or equally wide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from yusuan.extraction.document import Cell, Document, Line, LineRole, Page, PageTable, Source, Table
from yusuan.extraction.tables.join import join_tables

ROW_HEIGHT = 40.0
LEFT, TOP, WIDTH = 100.0, 200.0, 1000.0
COVERED = ("<", "^")


def build_cells(
    rows: Sequence[str], page: int, widths: Sequence[float] | None, left: float, top: float, width: float
) -> tuple[list[Cell], int]:
    grid = [[text.strip() for text in row.split("|")] for row in rows]
    n_cols = len(grid[0])
    assert all(len(row) == n_cols for row in grid), "a row of the drawing has another number of columns"
    shares = list(widths or [1 / n_cols] * n_cols)
    edges = [left + width * sum(shares[:i]) for i in range(n_cols + 1)]
    cells = []
    for r, row in enumerate(grid):
        for c, text in enumerate(row):
            if text in (*COVERED, "."):
                continue
            colspan = next((n for n in range(1, n_cols - c) if row[c + n] != "<"), n_cols - c)
            rowspan = next((n for n in range(1, len(grid) - r) if grid[r + n][c] != "^"), len(grid) - r)
            x0, x1 = edges[c], edges[c + colspan]
            y0, y1 = top + ROW_HEIGHT * r, top + ROW_HEIGHT * (r + rowspan)
            cells.append(
                Cell(
                    row=r,
                    col=c,
                    rowspan=rowspan,
                    colspan=colspan,
                    text=text,
                    raw_text=text,
                    page=page,
                    bbox=(x0, y0, x1, y1),
                    quad=((x0, y0), (x1, y0), (x1, y1), (x0, y1)),
                )
            )
    return cells, n_cols


def build_table(
    rows: Sequence[str],
    page: int = 1,
    number: int = 1,
    widths: Sequence[float] | None = None,
    left: float = LEFT,
    top: float = TOP,
    width: float = WIDTH,
    ruled: bool = True,
) -> PageTable:
    cells, n_cols = build_cells(rows, page, widths, left, top, width)
    return PageTable(
        id=f"p{page}t{number}",
        bbox=(left, top, left + width, top + ROW_HEIGHT * len(rows)),
        n_rows=len(rows),
        n_cols=n_cols,
        ruled=ruled,
        cells=tuple(cells),
    )


def build_page(
    number: int,
    *tables: Sequence[str] | PageTable,
    above: Sequence[tuple[LineRole, str]] = (),
    below: Sequence[tuple[LineRole, str]] = (),
    widths: Sequence[float] | None = None,
    status: str = "ok",
) -> Page:
    """Return a page: lines above its tables, tables (drawn, or built already), lines below them."""
    built = [
        table if isinstance(table, PageTable) else build_table(table, page=number, number=i, widths=widths)
        for i, table in enumerate(tables, start=1)
    ]
    foot = max((table.bbox[3] for table in built), default=TOP)
    lines = [
        Line(text=text, role=role, bbox=(LEFT, 20.0 + 25 * i, LEFT + 400, 40.0 + 25 * i))
        for i, (role, text) in enumerate(above)
    ] + [
        Line(text=text, role=role, bbox=(LEFT, foot + 10 + 25 * i, LEFT + 400, foot + 30 + 25 * i))
        for i, (role, text) in enumerate(below)
    ]
    return Page(
        number=number,
        width=1200,
        height=1700,
        dpi=150,
        kind="scanned",
        tables=tuple(built),
        lines=tuple(lines),
        status=status,
    )


def build_document(*pages: Page) -> Document:
    source = Source(path="budget.pdf", sha256="0" * 64, pages=len(pages), kind="scanned")
    return Document(source=source, pages=pages)


def draw(table: Table | PageTable) -> list[str]:
    """Return a table as the lines that `build_table` understands."""
    grid = [["." for _ in range(table.n_cols)] for _ in range(table.n_rows)]
    for cell in table.cells:
        for row in range(cell.row, cell.row + cell.rowspan):
            for col in range(cell.col, cell.col + cell.colspan):
                grid[row][col] = "<" if col > cell.col else "^"
        grid[cell.row][cell.col] = cell.text
    return [" | ".join(row) for row in grid]


@pytest.fixture
def table_of() -> Callable[..., PageTable]:
    return build_table


@pytest.fixture
def page_of() -> Callable[..., Page]:
    return build_page


@pytest.fixture
def drawn() -> Callable[[Table | PageTable], list[str]]:
    return draw


@pytest.fixture
def joined() -> Callable[..., tuple[Table, ...]]:
    """Join pages: the logical tables of the document that they make."""

    def run(*pages: Page) -> tuple[Table, ...]:
        return join_tables(build_document(*pages)).tables

    return run
