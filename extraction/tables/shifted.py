"""Rows whose cells stand in the wrong columns, because a spanned cell beside them was lost, put back.

What each column holds (numbers, operators, units, levels of indicators, text) is learnt from the other
rows. A row is moved only when it does not fit where it stands and fits in exactly one other way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from yusuan.extraction.document import Cell, Evidence
from yusuan.extraction.tables.contents import Content, content_of
from yusuan.extraction.tables.headers import is_form, section_header_rows
from yusuan.extraction.tables.sheet import Sheet, covering, row_starts, written
from yusuan.extraction.tables.torn import repaired

Profile = dict[int, Counter[Content]]

_FARTHEST = 5  # columns that a row is moved: a record has no more spanned cells in front
_FITS = 0.08  # of a column's cells have a content: one like it may stand there
_ODD = 0.25  # of a column's cells at most: one like it looks out of place there
_LEAST_CELLS = 3
_LEAST_ROWS = 4  # a column of fewer cells says nothing


def column_profile(fragments: Iterable[tuple[Sheet, int]]) -> Profile:
    """Return for each column how often each content stands in it, over the body rows of all fragments.

    Args:
        fragments: sheets on common columns, each with its first body row.
    """
    profile: Profile = {}
    for sheet, first in fragments:
        for cells in row_starts(sheet)[record_rows_start(sheet, first) :]:
            for cell in written(cells):
                if cell.colspan == 1:
                    profile.setdefault(cell.col, Counter())[content_of(cell.text)] += 1
    return profile


def record_rows_start(sheet: Sheet, first_body_row: int) -> int:
    """Return the first row of records: below the last header row; a form without one has none."""
    sections = [row for row in section_header_rows(sheet) if row >= first_body_row]
    if sections:
        return sections[-1] + 1
    return sheet.n_rows if is_form(sheet) else first_body_row


def put_back_shifted_rows(sheet: Sheet, first_body_row: int, profile: Profile) -> Sheet:
    """Return the sheet with displaced rows put back and the spanned cells beside them grown over them.

    Args:
        sheet: a fragment of a table.
        first_body_row: rows before it are headers.
        profile: contents of the columns, over all fragments of the table.
    """
    rows, cover = row_starts(sheet), covering(sheet.cells)
    for row in range(record_rows_start(sheet, first_body_row), sheet.n_rows):
        places = _better_places(rows[row], _free_columns(cover, sheet.n_cols, row), profile)
        if places is not None:
            sheet = _moved(sheet, rows[row], places)
            rows, cover = row_starts(sheet), covering(sheet.cells)
    return sheet


def _free_columns(cover: Mapping[tuple[int, int], Cell], n_cols: int, row: int) -> set[int]:
    """Return the columns that no cell of an earlier row spans in `row`."""
    return {col for col in range(n_cols) if (cell := cover.get((row, col))) is None or cell.row == row}


def _better_places(cells: list[Cell], free: set[int], profile: Profile) -> dict[int, int] | None:
    """Return old column → new column for the written cells of a row, or None where it had better stay."""
    found = written(cells)
    if len(found) < _LEAST_CELLS or any(cell.rowspan > 1 or cell.colspan > 1 for cell in cells):
        return None
    contents = {cell.col: content_of(cell.text) for cell in found}
    odd = sum(_share(content, col, contents, profile) < _ODD for col, content in contents.items())
    if odd < 2 or not any(content != "text" for content in contents.values()):
        return None
    fitting = {
        places
        for places in _placings([cell.col for cell in found])
        if all(new in free and _share(contents[old], new, contents, profile) >= _FITS for old, new in places)
    }
    return dict(fitting.pop()) if len(fitting) == 1 else None


def _share(content: Content, col: int, own: dict[int, Content], profile: Profile) -> float:
    """Return which part of the other rows' cells of a column have this content; 0 where they are too few."""
    counts = profile.get(col, Counter())
    same = counts[content] - (own.get(col) == content)
    total = counts.total() - (col in own)
    return same / total if total >= _LEAST_ROWS - 1 else 0.0


def _placings(columns: list[int]) -> Iterable[tuple[tuple[int, int], ...]]:
    """Yield ways to place cells anew: all moved alike, or those before the first gap moved up to the rest."""
    gap = next((i for i in range(1, len(columns)) if columns[i] > columns[i - 1] + 1), 0)
    for step in range(-_FARTHEST, _FARTHEST + 1):
        moved = [col + step for col in columns]
        if step:
            yield tuple(zip(columns, moved, strict=True))
        if gap:
            closed = [moved[gap] - gap + i for i in range(gap)] + moved[gap:]
            if closed != columns:
                yield tuple(zip(columns, closed, strict=True))


def _moved(sheet: Sheet, cells: list[Cell], places: dict[int, int]) -> Sheet:
    """Return the sheet with the cells of a row in their new places, holes before them covered from above."""
    row = cells[0].row
    moved = []
    for cell in written(cells):
        new = places[cell.col]
        if new == cell.col:
            moved.append(cell)
            continue
        why = Evidence(text=f"read in column {cell.col}, fits column {new}", page=cell.page, bbox=cell.bbox)
        moved.append(repaired(cell, "shifted", cell.text, why).model_copy(update={"col": new}))
    step = places[max(places)] - max(places)
    taken = set(places.values())
    left = min(taken)
    rest = [cell for cell in sheet.cells if cell.row != row]
    grown = _grown_over(rest, row, left, Evidence(text="", page=cells[0].page, bbox=cells[0].bbox))
    covered = {col for cell in grown.values() for col in range(cell.col, cell.col + cell.colspan)}
    blanks = []
    for cell in cells:
        if cell.col in places:
            continue
        col = cell.col if cell.col < left else cell.col + step
        if 0 <= col < sheet.n_cols and col not in taken | covered:
            taken.add(col)
            blanks.append(cell.model_copy(update={"col": col}))
    kept = (grown.get(id(cell), cell) for cell in rest)
    return Sheet(sheet.n_rows, sheet.n_cols, (*kept, *moved, *blanks))


def _grown_over(rest: list[Cell], row: int, left: int, why: Evidence) -> dict[int, Cell]:
    """Return the spanned cells that end above `row`, left of column `left`, grown over it, by their id."""
    cover = covering(rest)
    spanning = {cell.col for cell in rest if cell.rowspan > 1}
    ending = {id(cell): cell for col in range(left) if (cell := cover.get((row - 1, col))) is not None}
    return {
        key: repaired(cell, "carried", cell.text, why, rows=1)
        for key, cell in ending.items()
        if cell.row + cell.rowspan == row
        and cell.col + cell.colspan <= left
        and (cell.rowspan > 1 or cell.col in spanning)
    }
