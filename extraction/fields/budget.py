"""Budget lines: one for each labelled amount, put together from labels and grid alone."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from yusuan.extraction.document import BudgetLine, Cell, RowKind, Side, Table, TableKind
from yusuan.extraction.fields.grid import Grid, columns_of, is_blank, starting_in
from yusuan.extraction.fields.labels import Caption, has_label, labelled_text
from yusuan.extraction.fields.provenance import (
    Places,
    cell_places,
    joint_confidence,
    line_places,
    read_fields,
)
from yusuan.extraction.numerals import canonical, parse_amount, squeeze
from yusuan.extraction.token_labels import (
    CODES,
    GROUP_EXPENDITURE,
    GROUP_INCOME,
    HEADER,
    ITEMS,
    LINE_AMOUNT,
    UNIT,
)

SIDE_OF_KIND: dict[TableKind, Side] = {
    "income_summary": "income",
    "expenditure_summary": "expenditure",
    "general_budget_expenditure": "expenditure",
    "general_budget_basic_expenditure": "expenditure",
    "government_fund_expenditure": "expenditure",
    "state_capital_expenditure": "expenditure",
    "three_public_expenses": "expenditure",
}
HORIZONTAL_ITEM = "三公经费"

_LEVEL = {3: 1, 5: 2, 7: 3}
_TOTAL = re.compile(r"(?:合计|总计|小计)$")
_PART_DIGITS = 2


def budget_lines(table: Table, caption: Caption) -> list[BudgetLine]:
    """Return one record for each labelled amount of the table."""
    grid = Grid(table)
    columns = _columns(table)
    return [
        _budget_line(grid, caption, columns, cell)
        for cell in sorted(table.cells, key=lambda cell: (cell.row, cell.col))
        if has_label(cell, LINE_AMOUNT)
    ]


def codes_of_items(table: Table) -> dict[tuple[int, int], str]:
    """Return the whole code of each labelled item, by the row and column of its cell."""
    grid = Grid(table)
    columns = _columns(table)
    found = {}
    for cell in table.cells:
        if has_label(cell, *ITEMS):
            code, _ = _code(grid, _row_of(grid, columns, cell.row, cell.col + cell.colspan), cell.row)
            if code:
                found[cell.row, cell.col] = code
    return found


@dataclass(frozen=True)
class _Columns:
    """Columns with names, with codes and with amounts, how many there are, and the side of each."""

    items: Sequence[int]
    codes: Sequence[int]
    amounts: Sequence[int]
    count: int
    sides: dict[int, tuple[Side, Cell]]
    reaches: dict[int, _Reach | None] = field(default_factory=dict)

    def reach(self, before: int) -> _Reach | None:
        """Return the columns of the name and codes of an amount, see `_row_of`; rows do not matter."""
        if before not in self.reaches:
            self.reaches[before] = _reach(self, before)
        return self.reaches[before]


@dataclass(frozen=True)
class _Reach:
    """The column of the names, and the first and last column with their codes."""

    place: int
    first: int
    last: int


@dataclass(frozen=True)
class _Row:
    """What stands before an amount in its row."""

    item: Cell | None
    codes: tuple[Cell, ...]
    item_col: int | None


def _columns(table: Table) -> _Columns:
    items, codes, amounts = (_columns_with(table, *labels) for labels in (ITEMS, CODES, (LINE_AMOUNT,)))
    return _Columns(items, codes, amounts, table.n_cols, _sides(table))


def _columns_with(table: Table, *labels: str) -> list[int]:
    """Return the columns that cells with one of the labels cover."""
    return sorted({col for cell in table.cells if has_label(cell, *labels) for col in columns_of(cell)})


def _sides(table: Table) -> dict[int, tuple[Side, Cell]]:
    """Return the side of each column that a heading of a side covers, if both sides are there."""
    found: dict[int, tuple[Side, Cell]] = {}
    for cell in table.cells:
        if has_label(cell, GROUP_INCOME, GROUP_EXPENDITURE):
            side: Side = "income" if has_label(cell, GROUP_INCOME) else "expenditure"
            for col in columns_of(cell):
                found.setdefault(col, (side, cell))
    return found if len({side for side, _ in found.values()}) > 1 else {}


def _budget_line(grid: Grid, caption: Caption, columns: _Columns, amount: Cell) -> BudgetLine:
    table = grid.table
    row = _row_of(grid, columns, amount.row, amount.col)
    headings = _headings(grid, amount)
    code, code_cells = _code(grid, row, amount.row)
    item = squeeze(labelled_text(row.item, *ITEMS) or "") if row.item else None
    if row.item_col is None and table.kind == "three_public_expenses":
        item = HORIZONTAL_ITEM
    side, side_cell = _side(table, columns, row)
    unit, unit_places = _unit(table, caption, amount, headings)
    fields: dict[str, Any] = {
        "table": table.kind,
        "side": side,
        "code": code,
        "item": item,
        "measure": measure_path(headings),
        "amount": parse_amount(labelled_text(amount, LINE_AMOUNT) or ""),
        "unit": unit,
        "level": _LEVEL.get(len(code)) if code else None,
        "row_kind": row_kind(item),
    }
    places = {
        "side": cell_places(table.id, *([side_cell] if side_cell else [])),
        "code": cell_places(table.id, *code_cells),
        "item": cell_places(table.id, *([row.item] if row.item else [])),
        "measure": cell_places(table.id, *headings),
        "amount": cell_places(table.id, amount),
        "unit": unit_places,
    }
    # An amount that cannot be read has its place too: sums may tell what it is.
    found = read_fields(fields, places) | {"amount": places["amount"]}
    read = [amount, *code_cells, *([row.item] if row.item else []), *headings]
    return BudgetLine(
        id=f"{table.id}r{amount.row}c{amount.col}",
        confidence=joint_confidence(read),
        provenance=found,
        **fields,
    )


def _headings(grid: Grid, amount: Cell) -> list[Cell]:
    """Return the headings over an amount from top to bottom, with groups whose cells were not joined."""
    own = starting_in(grid.labelled_in_column(amount.col, HEADER), range(amount.row + 1))
    groups = [
        group
        for row in range(own[0].row if own else 0)
        if (group := _group_beside(grid, row, amount.col)) is not None
    ]
    return [*groups, *own]


def _group_beside(grid: Grid, row: int, col: int) -> Cell | None:
    """Return the one heading of a group next to the blank cell over a column.

    Where the rule between the cells of a group was seen although it is not there, its heading stands over
    one column and the cells beside it are blank. A group over one column with a heading of its own is none,
    so such a heading means its neighbours too, unless another group stands on the other side.
    """
    found = []
    for step in (-1, 1):
        place = col
        while (cell := grid.at(row, place)) is not None and is_blank(cell) and cell.rowspan == 1:
            place += step
        if cell is None or place == col or not has_label(cell, HEADER) or cell.colspan > 1:
            continue
        below = grid.at(cell.row + cell.rowspan, place)
        if below is not None and has_label(below, HEADER):
            found.append(cell)
    return found[0] if len(found) == 1 else None


def measure_path(headings: Sequence[Cell]) -> str | None:
    """Return the headings over a column, top to bottom, joined by `/`; a repeated level stands once."""
    path: list[str] = []
    for heading in headings:
        words = squeeze(_heading_text(heading))
        if words and (not path or canonical(words) != canonical(path[-1])):
            path.append(words)
    return "/".join(path) or None


def _heading_text(heading: Cell) -> str:
    """Return the words of a heading, and a unit in brackets behind them: both are on the path as printed."""
    if has_label(heading, UNIT):
        return heading.text[min(span.start for span in heading.spans) :]
    return labelled_text(heading, HEADER) or ""


def row_kind(item: str | None) -> RowKind:
    """Return whether a row is a total, a memo item (其中) or a line."""
    words = canonical(item or "")
    if _TOTAL.search(words):
        return "total"
    return "memo" if words.startswith("其中") else "line"


def _row_of(grid: Grid, columns: _Columns, at: int, before: int) -> _Row:
    """Return name and code of row `at`, for an amount, or up to a column that begins at `before`.

    The name is in the nearest column of names on the left, or where there is none on the right. Its codes
    stand beside it, on either side, or further off with no amounts between.
    """
    reach = columns.reach(before)
    if reach is None:
        return _Row(None, (), None)
    cells = [cell for col in range(reach.first, reach.last + 1) if (cell := grid.at(at, col)) is not None]
    named = [cell for cell in cells if cell.col <= reach.place and has_label(cell, *ITEMS)]
    distinct = tuple(dict.fromkeys((cell.row, cell.col) for cell in cells if has_label(cell, *CODES)))
    codes = tuple(cell for key in distinct if (cell := grid.at(*key)) is not None)
    return _Row(named[-1] if named else None, codes, reach.place)


def _reach(columns: _Columns, before: int) -> _Reach | None:
    on_left = any(col < before for col in columns.items)
    own = [col for col in columns.items if (col < before) == on_left]
    names = [col for col in own if col not in columns.codes] or own
    if not names:
        return None
    place = max(names) if on_left else min(names)
    first = last = place
    while first - 1 in columns.codes or first - 1 in names:
        first -= 1
    while last + 1 in columns.codes and last + 1 not in columns.items and (last + 1 < before or not on_left):
        last += 1
    if not any(first <= col <= last for col in columns.codes):
        first, last = _band(columns, first, last)
    return _Reach(place, first, last)


def _band(columns: _Columns, first: int, last: int) -> tuple[int, int]:
    """Return the columns up to the nearest one with codes, if no amounts stand between; else those given."""
    for step, edge in ((-1, first), (1, last)):
        col = edge + step
        while 0 <= col < columns.count and col not in columns.amounts and col not in columns.items:
            if col in columns.codes:
                return (col, last) if step < 0 else (first, col)
            col += step
    return first, last


def _code(grid: Grid, row: _Row, at: int) -> tuple[str | None, tuple[Cell, ...]]:
    """Return the whole code of a row and the cells that it stands in.

    Where 类, 款 and 项 have columns of their own, a level left blank is that of the rows above, and a
    款 or 项 printed with one digit (`2`) is the two digits that it always has.
    """
    if not row.codes:
        return None, ()
    cells: list[Cell] = []
    leftmost = row.codes[0]
    for col in range(leftmost.col - 1, -1, -1):
        coded = grid.labelled_in_column(col, *CODES)
        above = bisect_left(coded, at, key=lambda cell: cell.row)
        if not above:
            break
        cells.insert(0, coded[above - 1])
    cells.extend(row.codes)
    parts = [canonical(labelled_text(cell, *CODES) or "") for cell in cells]
    code = parts[0]
    for part in parts[1:]:
        # Some tables print the whole code again at each level.
        code = part if part.startswith(code) and len(part) > _PART_DIGITS else code + part.zfill(_PART_DIGITS)
    return (code, tuple(cells)) if code.isdigit() else (None, ())


def _side(table: Table, columns: _Columns, row: _Row) -> tuple[Side | None, Cell | None]:
    if row.item_col is not None and row.item_col in columns.sides:
        return columns.sides[row.item_col]
    if columns.sides or table.kind in SIDE_OF_KIND:
        return SIDE_OF_KIND.get(table.kind), None
    names = [col for col in columns.items if col not in columns.codes]
    if len(names) == 2 and table.kind in ("income_expenditure_summary", "fiscal_appropriation_summary"):
        # The headings of the sides were not read: income always stands on the left.
        return ("income" if row.item_col == names[0] else "expenditure"), None
    if table.kind == "other_budget":
        title = canonical(table.title or "")
        income, expenditure = "收入" in title, "支出" in title
        if income != expenditure:
            return ("income" if income else "expenditure"), None
    return None, None


def _unit(
    table: Table, caption: Caption, amount: Cell, headings: Sequence[Cell]
) -> tuple[str | None, Places]:
    """Return the unit of an amount: beside it, in a heading over it, or of the whole table."""
    for cell in (amount, *reversed(headings)):
        if (unit := labelled_text(cell, UNIT)) is not None:
            return squeeze(unit), cell_places(table.id, cell)
    lines = (caption.unit_line,) if caption.unit_line and caption.unit == table.unit else ()
    return table.unit, line_places(*lines)
