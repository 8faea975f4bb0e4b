"""Headings of tables: which rows and cells are headings, and what each column therefore holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from yusuan.extraction.document import Cell
from yusuan.extraction.fields.grid import Grid, columns_of, is_blank, rows_of
from yusuan.extraction.fields.lexicon import Family, fold, kind_of_title, role_of
from yusuan.extraction.numerals import canonical, parse_amount, repair_amount
from yusuan.extraction.tables.headers import is_lane_row

_YEAR = re.compile(r"(?:19|20)\d\d")
_CAPTION = re.compile(
    r"^\(?(?:19|20)\d\d年度?\)?$|^(?:金额)?单位:|^(?:编制|填报|填制|申报)(?:单位|部门)|^(?:预算)?年度:|^[(]?(?:注|备注):"
)
# Headings look no further down than this for their first telling word: a table begins with few groups.
_DEEPEST_HEADER = 5
# A row repeats the headings when this many of its cells do.
_REPEATED_CELLS = 2


@dataclass(frozen=True)
class HeaderBlock:
    """The headings over a table or section.

    Attributes:
        first: its first row.
        end: the first row below it, lane rows (栏次) counted as part of it.
        cells: the headings themselves; a row may mix headings and first figures.
        lanes: the lane rows.
    """

    first: int
    end: int
    cells: tuple[Cell, ...]
    lanes: frozenset[int]

    def over(self, col: int) -> list[Cell]:
        """Return the headings over a column, from top to bottom."""
        return [cell for cell in self.cells if col in columns_of(cell)]


def is_figure(text: str) -> bool:
    """Say whether the text is a number or a percentage, whole or misread, and no year."""
    plain = canonical(text)
    if not plain or _YEAR.fullmatch(plain):
        return False
    return any(parse(plain.removesuffix("%")) is not None for parse in (parse_amount, repair_amount))


def is_caption_row(grid: Grid, row: int) -> bool:
    """Say whether a row holds a title, unit, body or year that stands inside the grid, all columns wide."""
    printed = [cell for cell in grid.row(row) if not is_blank(cell)]
    if len(printed) != 1 or printed[0].colspan < grid.table.n_cols:
        return False
    words = canonical(printed[0].text)
    return bool(_CAPTION.search(words)) or (words.endswith("表") and kind_of_title(words) != "unknown")


def first_row(grid: Grid) -> int:
    """Return the first row below the captions that stand inside the grid."""
    return next((row for row in range(grid.table.n_rows) if not is_caption_row(grid, row)), grid.table.n_rows)


def header_block(grid: Grid, family: Family, start: int, aside: Cell | None = None) -> HeaderBlock | None:
    """Return the headings that begin at row `start`, or None when that row is no row of headings.

    A row belongs to the headings when a heading from above reaches into it, or when it divides headings
    above it that are wider; so a row that mixes headings with the first figures is told apart by cell.

    Args:
        grid: the table.
        family: whose words its headings are.
        start: the row to begin at.
        aside: a cell of that row that labels the rows beside it (绩效指标) and is no heading.
    """
    if not _begins_header(grid, family, start):
        return None
    cells = [cell for cell in grid.starting(start) if not is_blank(cell) and cell is not aside]
    lanes: set[int] = set()
    row = start + 1
    while row < grid.table.n_rows:
        if is_lane_row(grid.starting(row)):
            lanes.add(row)
            row += 1
            break
        found = _headings_in(grid, family, row, cells)
        reached = any(row in rows_of(cell) for cell in cells)
        if not found and not reached:
            break
        cells.extend(found)
        row += 1
        if _has_figures(grid, row - 1):
            row -= 1
            break
    return HeaderBlock(start, row, tuple(cells), frozenset(lanes))


def column_roles(grid: Grid, block: HeaderBlock, family: Family) -> list[str | None]:
    """Return what each column holds by its lowest heading that says so; None where none does."""
    roles: list[str | None] = []
    for col in range(grid.table.n_cols):
        known = (role_of(family, cell.text) for cell in reversed(block.over(col)))
        roles.append(next((role for role in known if role), None))
    return roles


def repeats_header(grid: Grid, row: int, block: HeaderBlock) -> bool:
    """Say whether a row prints the headings again, as a table does that goes on over a page."""
    printed = [cell for cell in grid.starting(row) if not is_blank(cell)]
    same = sum(any(fold(cell.text) == fold(head.text) for head in block.over(cell.col)) for cell in printed)
    return same >= _REPEATED_CELLS and same * 2 > len(printed)


def _begins_header(grid: Grid, family: Family, start: int) -> bool:
    if start >= grid.table.n_rows or _has_figures(grid, start) or is_lane_row(grid.starting(start)):
        return False
    if grid.table.header_rows > start:
        return True
    telling = measures = 0
    for row in range(start, min(start + _DEEPEST_HEADER, grid.table.n_rows)):
        roles = [role_of(family, cell.text) for cell in grid.starting(row)]
        telling += sum(role not in (None, "amount") for role in roles)
        measures += roles.count("amount")
        if _has_figures(grid, row):
            break
    return telling > 0 or measures > 1


def _has_figures(grid: Grid, row: int) -> bool:
    return any(is_figure(cell.text) for cell in grid.starting(row))


def _headings_in(grid: Grid, family: Family, row: int, above: Sequence[Cell]) -> list[Cell]:
    printed = [cell for cell in grid.starting(row) if not is_blank(cell) and not is_figure(cell.text)]
    known = [cell for cell in printed if role_of(family, cell.text)]
    figures = _has_figures(grid, row)
    if any(row in rows_of(cell) for cell in above):
        return known if figures else printed
    if not figures:
        telling = sum(role_of(family, cell.text) not in (None, "amount") for cell in known)
        # Without a column of names so far, a row of measures can only go on with the headings.
        nameless = all(role_of(family, cell.text) in (None, "amount") for cell in above)
        if row < grid.table.header_rows or telling > 1 or (nameless and 1 < len(known) == len(printed)):
            return printed
    found: list[Cell] = []
    for wide in above:
        if wide.colspan < 2 or wide.row + wide.rowspan != row:
            continue
        parts = [cell for cell in printed if set(columns_of(cell)) < set(columns_of(wide))]
        named = [cell for cell in parts if cell in known]
        if len(parts) > 1 and (len(named) == len(parts) or (named and not figures)):
            found.extend(parts)
    return found
