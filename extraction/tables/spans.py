"""Spanned cells that a page break cut in two made one again: names, budgets, goals, labels of sections."""

from __future__ import annotations

from dataclasses import dataclass

from yusuan.extraction.document import Cell, Evidence
from yusuan.extraction.numerals import canonical
from yusuan.extraction.tables.contents import same_text
from yusuan.extraction.tables.headers import completes_label, section_header_rows
from yusuan.extraction.tables.sheet import Sheet, covering, filled_columns
from yusuan.extraction.tables.torn import continues, is_unfinished, joined, repaired, seen


@dataclass(frozen=True)
class _Break:
    """A page break: the cells that reach it from above and from below, by column, and habits of the columns.

    `spanning` are the columns in which cells of the table span rows, `complete` those without a blank
    cell but at this break.
    """

    upper: Sheet
    lower: Sheet
    above: dict[int, Cell]
    below: dict[int, Cell]
    spanning: set[int]
    complete: set[int]
    under_header: bool


@dataclass(frozen=True)
class _Grown:
    """A cell that goes on under the break by `rows` rows: as it was, as it becomes, and what it absorbs."""

    before: Cell
    after: Cell
    rows: int
    absorbed: frozenset[int]


def carry_spans(upper: Sheet, lower: Sheet, first_body_row: int, spanning: set[int]) -> tuple[Sheet, Sheet]:
    """Return both sheets with the spanned cells that the break cut in two made one, from the left inwards.

    A later column is only looked at while the columns left of it go on: where a new project begins, so do
    its goal and its budget.

    Args:
        upper: everything before the break.
        lower: what follows it, on the same columns.
        first_body_row: rows of `upper` before it are headers and do not go on.
        spanning: columns in which cells of the table span rows, whatever the page.
    """
    place = _break_between(upper, lower, first_body_row, spanning)
    grown: list[_Grown] = []
    left: _Grown | None = None
    col = 0
    while (cell := place.above.get(col)) is not None and cell.col == col and cell.row >= first_body_row:
        part = place.below.get(col)
        if part is not None and (part.col, part.colspan) != (cell.col, cell.colspan):
            break
        blank = part is None or not canonical(part.text)
        if blank and not canonical(cell.text):
            if part is not None and min(cell.rowspan, part.rowspan) > 1:
                taller = cell.model_copy(update={"rowspan": cell.rowspan + part.rowspan})
                grown.append(_Grown(cell, taller, part.rowspan, frozenset({id(part)})))
        else:
            new = (
                _over_blank(place, cell, left)
                if part is None or blank
                else _with_part(place, cell, part, left)
            )
            if new is None:
                break
            grown.append(new)
            left = new
        col += cell.colspan
    after = {id(item.before): item.after for item in grown}
    absorbed = frozenset[int]().union(*(item.absorbed for item in grown))
    return (
        Sheet(upper.n_rows, upper.n_cols, tuple(after.get(id(cell), cell) for cell in upper.cells)),
        Sheet(lower.n_rows, lower.n_cols, tuple(cell for cell in lower.cells if id(cell) not in absorbed)),
    )


def spanning_columns(sheet: Sheet, first: int) -> set[int]:
    """Return the columns in which some written cell that starts in row `first` or below spans rows."""
    return {
        cell.col for cell in sheet.cells if cell.row >= first and cell.rowspan > 1 and canonical(cell.text)
    }


def _break_between(upper: Sheet, lower: Sheet, first_body_row: int, spanning: set[int]) -> _Break:
    last = upper.n_rows - 1
    over, under = covering(upper.cells), covering(lower.cells)
    above = {col: cell for (row, col), cell in over.items() if row == last}
    below = {col: cell for (row, col), cell in under.items() if row == 0}
    at_break = {id(cell) for cell in (*above.values(), *below.values())}
    others = [cell for cell in (*upper.cells, *lower.cells) if id(cell) not in at_break]
    blank = {cell.col for cell in others if not canonical(cell.text)}
    filled = {cell.col for cell in upper.cells if cell.row >= first_body_row and canonical(cell.text)}
    under_header = last in section_header_rows(upper)
    return _Break(upper, lower, above, below, spanning, filled - blank, under_header)


def _over_blank(place: _Break, cell: Cell, left: _Grown | None) -> _Grown | None:
    """Return the written `cell` grown over the blanks or the hole under the break, if they are its own."""
    part = place.below.get(cell.col)
    # Beside a cell cut at the same two rows, a blank is the other half of one, whatever its column's habit.
    cut_alike = left is not None and left.before.row == cell.row
    spans = cell.rowspan > 1 or cell.col in place.spanning or (part is not None and part.rowspan > 1)
    rows, blanks = _blank_rows(place.lower, cell, left.rows if left is not None else place.lower.n_rows)
    if not rows or not (spans or (cut_alike and left is not None and rows == left.rows)):
        return None
    evidence = seen(part) if part is not None else Evidence(text="", page=place.lower.cells[0].page)
    return _Grown(cell, repaired(cell, "carried", cell.text, evidence, rows), rows, blanks)


def _with_part(place: _Break, cell: Cell, part: Cell, left: _Grown | None) -> _Grown | None:
    """Return the one cell that `cell` and the written `part` under the break were; None if they were two."""
    spans = cell.col in place.spanning or cell.rowspan > 1 or part.rowspan > 1
    tall = cell.rowspan > 1 or part.rowspan > 1
    after: Cell | None = None
    if not canonical(cell.text):
        # The text of a tall cell stands in its middle, which can be on the second page.
        both = part.rowspan > 1 and (cell.rowspan > 1 or (place.under_header and cell.col == 0))
        if both or (tall and cell.col in place.complete):
            after = repaired(cell, "carried", part.text, seen(part), part.rowspan)
    elif same_text(cell.text, part.text):
        if tall and (cell.col == 0 or left is not None):
            after = repaired(cell, "carried", cell.text, seen(part), part.rowspan)
    elif (cell.col == 0 and completes_label(cell.text, part.text)) or (
        spans
        and continues(cell.text, part.text)
        and ((left is not None and left.before.row == cell.row) or _is_cut_group(place, cell, part))
    ):
        after = joined(cell, part, part.rowspan)
    return None if after is None else _Grown(cell, after, part.rowspan, frozenset({id(part)}))


def _is_cut_group(place: _Break, cell: Cell, part: Cell) -> bool:
    """Return whether the spanned cells from `cell` rightwards are one record that the break cut.

    Their halves end and begin together; nothing of the second half contradicts the first; and the second
    half lacks what every record has (its budget), or is plainly the rest of an unfinished text.
    """
    certain = False
    col = cell.col
    while (first := place.above.get(col)) is not None and (second := place.below.get(col)) is not None:
        alike = (first.row, second.rowspan) == (cell.row, part.rowspan) and first.colspan == second.colspan
        if not alike or (part.rowspan == 1 and col not in place.spanning):
            break
        if not canonical(second.text):
            certain |= bool(canonical(first.text)) and col in place.complete
        elif canonical(first.text):
            if not continues(first.text, second.text):
                return False
            certain |= is_unfinished(first.text, second.text)
        col += first.colspan
    return certain


def _blank_rows(lower: Sheet, cell: Cell, most: int) -> tuple[int, frozenset[int]]:
    """Return how many rows on top of `lower` leave the columns of `cell` blank, and ids of the blank cells.

    Rows count up to `most`, and while something is written further right, of which the spanned cell speaks.
    """
    below = covering(lower.cells)
    columns = range(cell.col, cell.col + cell.colspan)
    filled = filled_columns(lower)
    blanks: set[int] = set()
    row = 0
    while row < most and any(col >= columns.stop for col in filled[row]):
        here = [below.get((row, col)) for col in columns]
        found = [part for part in here if part is not None]
        if len(found) not in (0, len(here)) or any(
            (part.col, part.colspan) != (cell.col, cell.colspan) or canonical(part.text) for part in found
        ):
            break
        blanks.update(id(part) for part in found)
        row += found[0].rowspan if found else 1
    return row, frozenset(blanks)
