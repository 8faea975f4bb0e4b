"""Labels for performance targets: labels and values of forms, indicators in grids, wide tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yusuan.extraction.document import Cell, Span, Table
from yusuan.extraction.fields.grid import Grid, columns_of, is_blank, rows_of
from yusuan.extraction.fields.headers import (
    HeaderBlock,
    column_roles,
    header_block,
    is_caption_row,
    is_figure,
    repeats_header,
)
from yusuan.extraction.fields.labels import Context, heading_spans, replace_cells, whole_span
from yusuan.extraction.fields.lexicon import MONEY_UNIT, role_of
from yusuan.extraction.fields.narrative import narrative_spans
from yusuan.extraction.fields.organizations import code_and_name_ranges
from yusuan.extraction.fields.targets import NUMBER, SIGNS, parse_operator, target_spans
from yusuan.extraction.numerals import canonical
from yusuan.extraction.token_labels import (
    BODY_BUDGET,
    BODY_CODE,
    BODY_NAME,
    HEADER,
    KEY,
    LEVEL1,
    MEASURE_UNIT,
    NAME,
    OPERATOR,
    PROJECT_BUDGET,
    PROJECT_BUDGET_TOTAL,
    PROJECT_CODE,
    PROJECT_GOAL,
    PROJECT_NAME,
    TITLE,
    UNIT,
    VALUE,
)

_BODY_OR_PROJECT = "body_or_project"
_NARRATIVE = "narrative"
# Headings have no more rows than this.
_TALLEST_HEADING = 4
_TELLING = frozenset({NAME, VALUE, LEVEL1, _NARRATIVE})
# This many different meanings make a row of a form the headings of a grid.
_FEWEST_HEADINGS = 3
# No label of a form is longer than this; what is longer is a value.
_LONGEST_LABEL = 24
_PARTS_OF_BUDGET = frozenset({"project.budget_local", "project.budget_upper"})
_AMOUNTS = frozenset({BODY_BUDGET, PROJECT_BUDGET, PROJECT_BUDGET_TOTAL, *_PARTS_OF_BUDGET})
_AMOUNT = re.compile(rf"\s*([\d.,，\s\-]+?)\s*({MONEY_UNIT})?\s*")
# The code of a project is long: a year in front of a name (2023-2025年规划) is none.
_PROJECT_CODE = re.compile(
    r"\s*(?P<code>(?=(?:[A-Za-z]*\d){6})[0-9A-Za-z]{8,})\s*[-－—–_:：]\s*(?P<name>\S.*?)\s*", re.DOTALL
)
_BODY_CODE_DIGITS = 3
# What stands in the columns of a grid of indicators, to be told apart where they run together.
_PARTS: dict[str | None, str] = {
    NAME: r"\S.*?[^\d\s]",
    "indicator.weight": rf"{NUMBER}",
    MEASURE_UNIT: r"[^\d\s≥≤<>=]+?",
    OPERATOR: rf"{SIGNS}|定性",
    VALUE: r"[^\s≥≤<>=].*?",
    "indicator.core": "[是否]",
}
_THIS_YEAR = re.compile(r"年度|当年|本年")


@dataclass(frozen=True)
class _Section:
    """A grid with headings inside the table: rows from the headings to `end`."""

    block: HeaderBlock
    roles: list[str | None]
    end: int
    aside: Cell | None

    @property
    def wide(self) -> bool:
        """Whether each row says which project it is about."""
        return bool({PROJECT_NAME, _BODY_OR_PROJECT} & set(self.roles))


def label_performance_table(table: Table, context: Context) -> Table:
    """Return the table with a label on every cell whose meaning its headings and labels tell."""
    grid = Grid(table)
    sections = _sections(grid)
    forms = [row for row in range(table.n_rows) if not any(_holds(section, row) for section in sections)]
    for section in sections:
        forms.extend(_form_rows_in(grid, section))
    changed: dict[tuple[int, int], Cell] = {}
    for cell in _label_form(grid, forms, context):
        changed[cell.row, cell.col] = cell
    for section in sections:
        for cell in _label_section(grid, section, frozenset(forms)):
            changed[cell.row, cell.col] = cell
    return replace_cells(table, changed.values())


# --- sections ---------------------------------------------------------------------------------------------


def _sections(grid: Grid) -> list[_Section]:
    found: list[tuple[HeaderBlock, Cell | None]] = []
    row = 0
    while row < grid.table.n_rows:
        block, aside = _section_header(grid, row)
        if block and not (found and repeats_header(grid, row, found[-1][0])):
            found.append((block, aside))
        row = max(row + 1, block.end if block else 0)
    ends = [*(block.first for block, _ in found[1:]), grid.table.n_rows][: len(found)]
    return [
        _Section(block, _preferred_columns(grid, block), end, aside)
        for (block, aside), end in zip(found, ends, strict=True)
    ]


def _section_header(grid: Grid, row: int) -> tuple[HeaderBlock | None, Cell | None]:
    cells = grid.starting(row)
    if is_caption_row(grid, row) or any(is_figure(cell.text) for cell in cells):
        return None, None
    roles = {cell: role for cell in cells if (role := role_of("performance", cell.text))}
    if len(set(roles.values())) < _FEWEST_HEADINGS or not _TELLING & set(roles.values()):
        return None, None
    # What is much higher than the other headings names the rows beside it, whatever its word.
    aside = next((cell for cell in cells if cell.rowspan > _TALLEST_HEADING), None)
    if aside is None and len(set(roles.values()) & _TELLING) > 1:
        # Where indicators have columns, 绩效指标 names the whole grid and stands beside it.
        aside = next((cell for cell, role in roles.items() if role == _NARRATIVE), None)
    return header_block(grid, "performance", row, aside), aside


def _preferred_columns(grid: Grid, block: HeaderBlock) -> list[str | None]:
    """Return the roles of the columns; of targets for several years only those for this year keep theirs."""
    roles = column_roles(grid, block, "performance")
    kept = list(roles)
    for role in {role for role in roles if role}:
        columns = [col for col, each in enumerate(roles) if each == role]
        headings = {col: block.over(col)[-1] for col in columns if block.over(col)}
        if len({(cell.row, cell.col) for cell in headings.values()}) < 2:
            continue
        this_year = [col for col in columns if any(_THIS_YEAR.search(cell.text) for cell in block.over(col))]
        last = headings[max(headings)]
        for col in columns:
            if col not in this_year if this_year else headings.get(col) is not last:
                kept[col] = None
    return kept


def _holds(section: _Section, row: int) -> bool:
    return section.block.first <= row < section.end


def _form_rows_in(grid: Grid, section: _Section) -> list[int]:
    """Return rows below the indicators that are labels and values again."""
    if section.wide:
        return []
    rows = []
    for row in range(section.block.end, section.end):
        printed = [cell for cell in grid.starting(row) if not is_blank(cell)]
        first = printed[0] if printed else None
        if (
            first
            and len(printed) == 2
            and first.rowspan == 1
            and _form_role(first)
            and not section.roles[first.col]
        ):
            rows.append(row)
    return rows


# --- labels and values ------------------------------------------------------------------------------------


def _form_role(cell: Cell) -> str | None:
    words = canonical(cell.text)
    if not words or len(words) > _LONGEST_LABEL:
        return None
    return role_of("form", words) or role_of("form", words.removeprefix("其中:"))


def _label_form(grid: Grid, rows: Sequence[int], context: Context) -> Iterator[Cell]:
    keys: dict[tuple[int, int], tuple[Cell, str]] = {}
    for row in rows:
        if is_caption_row(grid, row):
            yield from (whole_span(cell, TITLE) for cell in grid.starting(row))
            continue
        for cell in grid.starting(row):
            if role := _form_role(cell):
                keys[cell.row, cell.col] = (cell, role)
    for cell in _parts_over_all_years(keys):
        keys[cell.row, cell.col] = (cell, KEY)
    overall = "整体" in (context.caption.title or "") or any(
        role in (BODY_NAME, BODY_BUDGET) for _, role in keys.values()
    )
    for cell, role in keys.values():
        yield heading_spans(cell, KEY)
        meaning = _role_in_form(role, overall)
        if meaning:
            yield from (_label_value(value, meaning) for value in _values(grid, cell, keys))


def _parts_over_all_years(keys: Mapping[tuple[int, int], tuple[Cell, str]]) -> list[Cell]:
    """Return the labels of parts that stand under the total of all years, beside those of this year.

    中期资金总额 and 年度资金总额 stand side by side, and under each what comes from above and from here.
    """
    found: list[Cell] = []
    for total, role in keys.values():
        beside = [each for cell, each in keys.values() if cell.row == total.row]
        if role == PROJECT_BUDGET_TOTAL and PROJECT_BUDGET in beside:
            found.extend(
                cell
                for cell, part in keys.values()
                if part in _PARTS_OF_BUDGET and cell.row > total.row and columns_of(cell) == columns_of(total)
            )
    return found


def _role_in_form(role: str, overall: bool) -> str | None:
    """Return the meaning of a value; a table about a whole body has no project to have a goal."""
    if role == "key":
        return None
    if overall:
        role = BODY_NAME if role == "project.organization" else role
        return role if role.startswith("organization.") else None
    return role


def _values(grid: Grid, key: Cell, keys: dict[tuple[int, int], tuple[Cell, str]]) -> list[Cell]:
    """Return the printed cells that a label speaks of: those on its right, else the one below it."""
    found: dict[tuple[int, int], Cell] = {}
    beside_key = True
    for row in rows_of(key):
        for col in range(key.col + key.colspan, grid.table.n_cols):
            cell = grid.at(row, col)
            if cell is None:
                continue
            if (cell.row, cell.col) in keys:
                break
            beside_key = False
            if not is_blank(cell):
                found[cell.row, cell.col] = cell
                break
    if beside_key:
        below = grid.at(key.row + key.rowspan, key.col)
        same_width = below is not None and columns_of(below) == columns_of(key)
        if below is not None and same_width and (below.row, below.col) not in keys and not is_blank(below):
            return [below]
    return list(found.values())


def _label_value(cell: Cell, role: str) -> Cell:
    if role in _AMOUNTS:
        match = _AMOUNT.fullmatch(cell.text)
        if match and any(character.isdigit() for character in match[1]):
            return _with_spans(cell, (match.span(1), role), (match.span(2), UNIT))
        return whole_span(cell, role) if any(character.isdigit() for character in cell.text) else cell
    if role == PROJECT_NAME:
        match = _PROJECT_CODE.fullmatch(cell.text)
        if match:
            return _with_spans(cell, (match.span("code"), PROJECT_CODE), (match.span("name"), PROJECT_NAME))
    if role in (BODY_NAME, "project.department", "project.organization"):
        code, name = code_and_name_ranges(cell.text)
        before = [(code, BODY_CODE)] if code and role == BODY_NAME else []
        return _with_spans(cell, *before, (name, role))
    return whole_span(cell, role)


def _with_spans(cell: Cell, *ranges: tuple[tuple[int, int], str]) -> Cell:
    spans = tuple(
        Span(start=start, end=end, label=label) for (start, end), label in ranges if 0 <= start < end
    )
    return cell.model_copy(update={"spans": spans})


# --- grids ------------------------------------------------------------------------------------------------


def _label_section(grid: Grid, section: _Section, forms: frozenset[int]) -> Iterator[Cell]:
    for cell in section.block.cells:
        yield heading_spans(cell, HEADER)
    if section.aside:
        yield whole_span(section.aside, KEY)
    serial = 0
    for row in range(section.block.end, section.end):
        if row in forms or repeats_header(grid, row, section.block):
            continue
        body, serial = _is_body_row(grid, section, row, serial)
        for cell in grid.starting(row):
            role = section.roles[cell.col]
            if cell is section.aside or role is None or is_blank(cell):
                continue
            yield _label_in_grid(grid, section, cell, role, body)


def _is_body_row(grid: Grid, section: _Section, row: int, serial: int) -> tuple[bool, int]:
    """Say whether a row is about a body and not about a project, and return the last serial number seen."""

    def text(*roles: str) -> str:
        cells = (grid.at(row, col) for col, role in enumerate(section.roles) if role in roles)
        return "".join(canonical(cell.text) for cell in cells if cell)

    if _BODY_OR_PROJECT not in section.roles:
        return not text(PROJECT_NAME) and bool(text(BODY_NAME)), serial
    number = text(BODY_CODE, "ordinal")
    if number.isdigit():
        # Projects are counted in the column where bodies have their codes.
        counts = len(number) < _BODY_CODE_DIGITS or number == str(serial + 1)
        return not counts, int(number) if counts else serial
    return not text(PROJECT_GOAL, _NARRATIVE), serial


def _label_in_grid(grid: Grid, section: _Section, cell: Cell, role: str, body: bool) -> Cell:
    if role == _BODY_OR_PROJECT:
        role = BODY_NAME if body else PROJECT_NAME
    elif role == PROJECT_BUDGET and body:
        role = BODY_BUDGET
    elif role == BODY_CODE and not body and _BODY_OR_PROJECT in section.roles:
        role = "ordinal"
    parts = list(dict.fromkeys(section.roles[col] for col in columns_of(cell)))
    if len(parts) > 1 and (split := _split_over_columns(cell, parts)):
        return split
    if role == _NARRATIVE:
        return cell.model_copy(update={"spans": narrative_spans(cell.text)})
    if role == VALUE:
        return _label_target(grid, section, cell)
    return _label_value(cell, role)


def _split_over_columns(cell: Cell, parts: Sequence[str | None]) -> Cell | None:
    """Label what stands in one cell of several columns (10次 under 权重 and 单位), or return None.

    Such a cell comes of a rule that was not seen between two columns.
    """
    if not set(parts) <= _PARTS.keys():
        return None
    names = [f"part{index}" for index in range(len(parts))]
    patterns = (rf"(?P<{name}>{_PARTS[part]})?\s*" for name, part in zip(names, parts, strict=True))
    match = re.fullmatch(r"\s*" + "".join(patterns), cell.text)
    if match is None:
        return None
    ranges = (
        (match.span(name), part) for name, part in zip(names, parts, strict=True) if part and match[name]
    )
    return _with_spans(cell, *ranges)


def _label_target(grid: Grid, section: _Section, cell: Cell) -> Cell:
    """Label a value; what a qualitative indicator is worth is a wording even where it is a number."""

    def beside(role: str) -> list[str]:
        cells = (grid.at(cell.row, col) for col, each in enumerate(section.roles) if each == role)
        return [each.text for each in cells if each is not None]

    if any(parse_operator(text) == "定性" for text in beside(OPERATOR)):
        return whole_span(cell, VALUE)
    return cell.model_copy(update={"spans": target_spans(cell.text, "".join(beside(NAME)[:1]))})
