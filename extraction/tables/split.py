"""Tables that a reader took for one, because rules or dirt run on between them, taken apart at their titles.

What it also takes off a grid: a page number read as its last row, and a margin read as a column. Titles
and page numbers become lines of the page, which later stages tell apart.
"""

from __future__ import annotations

import re

from yusuan.extraction.document import Cell, Document, Line, Page, PageTable
from yusuan.extraction.numerals import canonical
from yusuan.extraction.tables.contents import heading_parts
from yusuan.extraction.tables.headers import header_row_count, starts_form
from yusuan.extraction.tables.sheet import Sheet, cut_rows, row_starts, written

_ACROSS = 0.6  # of the columns at least lie under a title between two tables
_TITLE = re.compile(r"表([一二三四五六七八九十\d]|$|\(|单位|编制|编报|填报|金额|部门)")
_PAGE_NUMBER = re.compile(r"[-—~·]+\d{1,4}[-—~·]+|第\d{1,4}页([,/]?共\d{1,4}页)?|\d{1,3}/\d{1,3}")


def split_tables(document: Document) -> Document:
    """Return the document with page tables that hold several tables taken apart, their titles made lines."""
    return document.model_copy(update={"pages": tuple(split_page(page) for page in document.pages)})


def split_page(page: Page) -> Page:
    """Return a page with its tables taken apart at titles; with new ids where there was anything to do."""
    tables: list[PageTable] = []
    lines = list(page.lines)
    for table in page.tables:
        between = _rows_between(table)
        lines.extend(line for row in sorted(between) for line in _lines_of(row_starts(table)[row]))
        tables.extend(_pieces(table, between) if between else [table])
    if len(lines) == len(page.lines):
        return page
    named = (
        table.model_copy(update={"id": f"p{page.number}t{number}"}) for number, table in enumerate(tables, 1)
    )
    return page.model_copy(update={"tables": tuple(named), "lines": tuple(lines)})


def _rows_between(table: PageTable) -> set[int]:
    """Return the rows that belong to no table: titles between two tables, page numbers at the ends."""
    rows = row_starts(table)
    across = [_word_across(cells, table.n_cols) for cells in rows]
    found = {row for row in (0, table.n_rows - 1) if 0 <= row < len(rows) and _is_page_number(across[row])}
    row = 1
    while row < table.n_rows:
        end = row
        while end < table.n_rows and across[end] is not None:
            end += 1
        titled = any(_TITLE.search(word or "") for word in across[row:end])
        if titled and end < table.n_rows and _begins_table(table, rows, end):
            found.update(range(row, end))
        row = max(end, row + 1)
    return found if len(found) < table.n_rows else set()


def _word_across(cells: list[Cell], n_cols: int) -> str | None:
    """Return the text of a row that is one cell across the table, None for any other row."""
    found = written(cells)
    wide = len(found) == 1 and found[0].rowspan == 1 and found[0].colspan >= _ACROSS * n_cols > _ACROSS
    return canonical(found[0].text) if wide else None


def _is_page_number(word: str | None) -> bool:
    return word is not None and bool(_PAGE_NUMBER.fullmatch(word))


def _begins_table(table: PageTable, rows: list[list[Cell]], start: int) -> bool:
    first = next((found[0].text for cells in rows[start:] if (found := written(cells))), "")
    below = cut_rows(Sheet(table.n_rows, table.n_cols, table.cells), range(start))
    return starts_form(first) or header_row_count(below) > 0


def _lines_of(cells: list[Cell]) -> list[Line]:
    """Return a row across the table as lines: where 单位 begins, another line was read with the first."""
    return [
        Line(text=text, bbox=cell.bbox, confidence=cell.confidence)
        for cell in written(cells)
        for text in heading_parts(cell.text)
    ]


def _pieces(table: PageTable, between: set[int]) -> list[PageTable]:
    """Return the tables above, among and below the rows `between`, each with its own columns."""
    runs: list[list[int]] = []
    for row in sorted(set(range(table.n_rows)) - between):
        if runs and runs[-1][-1] == row - 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    whole = Sheet(table.n_rows, table.n_cols, table.cells)
    sheets = (
        _own_columns(_without_margins(cut_rows(whole, set(range(table.n_rows)) - set(run)))) for run in runs
    )
    return [_as_table(table, sheet) for sheet in sheets if sheet.cells]


def _without_margins(sheet: Sheet) -> Sheet:
    """Return the sheet without blank cells that stand beside all of its rows: what is outside the table."""
    margins = [
        cell
        for cell in sheet.cells
        if cell.rowspan == sheet.n_rows > 1
        and not canonical(cell.text)
        and (cell.col == 0 or cell.col + cell.colspan == sheet.n_cols)
    ]
    return Sheet(sheet.n_rows, sheet.n_cols, tuple(cell for cell in sheet.cells if cell not in margins))


def _own_columns(sheet: Sheet) -> Sheet:
    """Return the sheet with only the column edges that its own cells have."""
    edges = sorted({edge for cell in sheet.cells for edge in (cell.col, cell.col + cell.colspan)})
    place = {edge: index for index, edge in enumerate(edges)}
    cells = tuple(
        cell.model_copy(
            update={"col": place[cell.col], "colspan": place[cell.col + cell.colspan] - place[cell.col]}
        )
        for cell in sheet.cells
    )
    return Sheet(sheet.n_rows, max(len(edges) - 1, 0), cells)


def _as_table(table: PageTable, sheet: Sheet) -> PageTable:
    boxes = [cell.bbox for cell in sheet.cells]
    bbox = (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
    return table.model_copy(
        update={"bbox": bbox, "n_rows": sheet.n_rows, "n_cols": sheet.n_cols, "cells": sheet.cells}
    )
