"""Mending what a page break tore, and names that a reader wrapped into two rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from yusuan.extraction.numerals import canonical
from yusuan.extraction.tables.contents import closes, content_of, is_open
from yusuan.extraction.tables.sheet import (
    Sheet,
    covering,
    cut_rows,
    filled_columns,
    row_starts,
    stack,
    written,
)
from yusuan.extraction.tables.spans import carry_spans
from yusuan.extraction.tables.torn import continues, is_unfinished, joined

_DENSE = 0.9  # of the rows fill a column that every row is expected to fill
_FEW_ROWS = 3  # below this many rows, columns show no habit


def mend_break(upper: Sheet, lower: Sheet, first_body_row: int, spanning: set[int]) -> tuple[Sheet, bool]:
    """Return two fragments stacked and mended at the break, and whether a row had been torn by it.

    Args:
        upper: everything before the break, header included.
        lower: the next fragment on the same columns, its repeated header cut off.
        first_body_row: rows of `upper` before it are headers and are never continued.
        spanning: columns in which cells of the table span rows, whatever the page.
    """
    torn = False
    if lower.n_rows and upper.n_rows > first_body_row:
        rejoined = _rejoin_torn_row(upper, lower, first_body_row)
        if rejoined is not None:
            torn = True
            upper, lower = rejoined
        upper, lower = carry_spans(upper, lower, first_body_row, spanning)
    return stack(upper, lower), torn


def _rejoin_torn_row(upper: Sheet, lower: Sheet, first_body_row: int) -> tuple[Sheet, Sheet] | None:
    """Return both sheets, the first row of `lower` put back into the last of `upper`; None if it is whole."""
    last = upper.n_rows - 1
    above, below = covering(upper.cells), covering(lower.cells)
    parts = written(row_starts(lower)[0])
    pairs = [(above.get((last, part.col)), part) for part in parts]
    if not pairs or not all(
        whole is not None and part.rowspan == 1 and (whole.col, whole.colspan) == (part.col, part.colspan)
        for whole, part in pairs
    ):
        return None
    matched = [(whole, part) for whole, part in pairs if whole is not None]
    going_on = [(whole, part) for whole, part in matched if canonical(whole.text)]
    if not going_on or not all(continues(whole.text, part.text) for whole, part in going_on):
        return None

    upper_rows, lower_rows = filled_columns(upper), filled_columns(lower)
    others = [*upper_rows[first_body_row:last], *lower_rows[1:]]
    expected = _expected_columns(others, upper_rows[last])
    spanned = {
        col
        for col in range(upper.n_cols)
        if any(
            cell is not None and cell.rowspan > 1 for cell in (above.get((last, col)), below.get((0, col)))
        )
    }
    missing = expected - (lower_rows[0] & upper_rows[last]) - spanned
    certain = any(is_unfinished(whole.text, part.text) for whole, part in going_on)
    if not missing or not (certain or (len(others) >= _FEW_ROWS and lower_rows[0] not in others)):
        return None
    late = [(whole, part) for whole, part in matched if not canonical(whole.text)]
    if any(part.col not in expected or not certain for _, part in late):
        return None

    parts_of = {id(whole): part for whole, part in matched}
    cells = tuple(joined(cell, parts_of[id(cell)]) if id(cell) in parts_of else cell for cell in upper.cells)
    return Sheet(upper.n_rows, upper.n_cols, cells), cut_rows(lower, {0})


def _expected_columns(others: Sequence[frozenset[int]], last: frozenset[int]) -> frozenset[int]:
    """Return the columns that every row fills; where rows are too few to tell, those of the last row."""
    if len(others) < _FEW_ROWS:
        return last
    columns = frozenset[int]().union(*others)
    return frozenset(col for col in columns if sum(col in row for row in others) >= _DENSE * len(others))


def rejoin_wrapped_rows(sheet: Sheet, first_body_row: int, known: Collection[str]) -> Sheet:
    """Return the sheet of an unruled table with names that were read as two rows made one again.

    Only where the second row has text and nothing else, under text, and the first part stops in the middle:
    an open bracket, a mark that must be followed, or a name that stands whole elsewhere in the document.

    Args:
        sheet: a fragment of an unruled table; in a ruled one the rules tell rows apart.
        first_body_row: rows before it are headers and stay.
        known: canonical texts of the cells of the document.
    """
    row = sheet.n_rows - 1
    while row > first_body_row:
        rejoined = _rejoin_wrapped_row(sheet, row, known)
        sheet = rejoined or sheet
        row -= 1
    return sheet


def _rejoin_wrapped_row(sheet: Sheet, row: int, known: Collection[str]) -> Sheet | None:
    rows = row_starts(sheet)
    above = covering(sheet.cells)
    parts = written(rows[row])
    pairs = [(above.get((row - 1, part.col)), part) for part in parts]
    firsts = [first for first, _ in pairs if first is not None]
    if not parts or len(firsts) < len(pairs) or any(cell.rowspan > 1 for cell in (*rows[row], *firsts)):
        return None
    if not all(
        (first.col, first.colspan) == (part.col, part.colspan)
        and content_of(first.text) == content_of(part.text) == "text"
        and continues(first.text, part.text)
        for first, part in zip(firsts, parts, strict=True)
    ):
        return None
    figures = any(content_of(cell.text) == "number" for cell in rows[row - 1])
    stops = any(
        is_open(first.text) or closes(part.text) or canonical(first.text + part.text) in known
        for first, part in zip(firsts, parts, strict=True)
    )
    if not figures or not stops:
        return None
    parts_of = {id(first): part for first, part in zip(firsts, parts, strict=True)}
    cells = tuple(joined(cell, parts_of[id(cell)]) if id(cell) in parts_of else cell for cell in sheet.cells)
    return cut_rows(Sheet(sheet.n_rows, sheet.n_cols, cells), {row})
