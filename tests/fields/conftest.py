from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest

from yusuan.extraction.document import Cell, Document, Fragment, Line, Page, PageTable, Record, Source, Table
from yusuan.extraction.fields import build_records, complete_names, label_lines, label_tables, name_tables

Make = Callable[..., Table]
Read = Callable[..., Document]

WIDTH, HEIGHT = 100.0, 20.0


def _table(
    text: str, id: str = "t1", page: int = 1, widths: Sequence[float] = (), top: float = 200.0
) -> Table:
    """A table from rows of cells parted by `|`; `<` and `^` go on from the cell on the left and above."""
    rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    columns = len(rows[0])
    assert all(len(row) == columns for row in rows), [len(row) for row in rows]
    edges = [0.0]
    for col in range(columns):
        edges.append(edges[-1] + (widths[col] if widths else WIDTH))
    cells = []
    for row, texts in enumerate(rows):
        for col, words in enumerate(texts):
            if words in ("<", "^"):
                continue
            right = next((c for c in range(col + 1, columns) if texts[c] != "<"), columns)
            below = next((r for r in range(row + 1, len(rows)) if rows[r][col] != "^"), len(rows))
            x0, x1, y0, y1 = edges[col], edges[right], top + row * HEIGHT, top + below * HEIGHT
            cells.append(
                Cell(
                    row=row,
                    col=col,
                    rowspan=below - row,
                    colspan=right - col,
                    text=words,
                    raw_text=words,
                    page=page,
                    bbox=(x0, y0, x1, y1),
                    quad=((x0, y0), (x1, y0), (x1, y1), (x0, y1)),
                    confidence=0.9,
                )
            )
    fragment = Fragment(page=page, table=f"p{page}{id}", reason="first")
    return Table(id=id, fragments=(fragment,), n_rows=len(rows), n_cols=columns, cells=tuple(cells))


def _document(*parts: tuple[Sequence[str], Table]) -> Document:
    """A document with a page for each table, the given lines over it, read up to the records."""
    pages = []
    for number, (texts, table) in enumerate(parts, 1):
        right = max((cell.bbox[2] for cell in table.cells), default=500.0)
        bottom = max((cell.bbox[3] for cell in table.cells), default=260.0)
        first = 200.0 - 25.0 * len(texts)
        lines = tuple(
            Line(
                text=text,
                bbox=(0.0, first + 25.0 * index, right, first + 25.0 * index + 18.0),
                confidence=0.95,
            )
            for index, text in enumerate(texts)
        )
        own = PageTable(
            id=table.fragments[0].table,
            bbox=(0.0, 200.0, right, bottom),
            n_rows=table.n_rows,
            n_cols=table.n_cols,
            ruled=True,
            cells=table.cells,
        )
        pages.append(
            Page(number=number, width=1200, height=1600, dpi=150, kind="scanned", tables=(own,), lines=lines)
        )
    return Document(
        source=Source(path="a.pdf", sha256="0" * 64, pages=len(pages), kind="scanned"),
        pages=tuple(pages),
        tables=tuple(table for _, table in parts),
    )


@pytest.fixture
def make_table() -> Make:
    return _table


@pytest.fixture
def make_document() -> Read:
    return _document


@pytest.fixture
def read_tables() -> Read:
    """Tables with the lines over them, through all stages of this room."""

    def read(*parts: tuple[Sequence[str], str]) -> Document:
        tables = [_table(text, f"t{number}", number) for number, (_, text) in enumerate(parts, 1)]
        lines = [texts for texts, _ in parts]
        document = _document(*zip(lines, tables, strict=True))
        return build_records(complete_names(label_tables(name_tables(label_lines(document)))))

    return read


@pytest.fixture
def said() -> Callable[..., list[tuple[object, ...]]]:
    """Records of a type as tuples of the named fields."""

    def fields(records: Iterable[Record], kind: str, *names: str) -> list[tuple[object, ...]]:
        return [tuple(getattr(record, name) for name in names) for record in records if record.type == kind]

    return fields
