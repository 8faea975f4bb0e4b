"""Labels for tables whose columns say what stands in them: amounts, purchases, assets, bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from yusuan.extraction.document import Cell, Span, Table, TableKind
from yusuan.extraction.fields.budget import row_kind
from yusuan.extraction.fields.grid import Grid, columns_of, is_blank
from yusuan.extraction.fields.headers import (
    HeaderBlock,
    column_roles,
    first_row,
    header_block,
    is_caption_row,
    is_figure,
    repeats_header,
)
from yusuan.extraction.fields.labels import heading_spans, labelled_text, replace_cells, whole_span
from yusuan.extraction.fields.lexicon import MONEY_UNIT, Family, fold
from yusuan.extraction.numerals import canonical, squeeze
from yusuan.extraction.tables.headers import is_lane_row
from yusuan.extraction.token_labels import (
    GROUP,
    GROUP_EXPENDITURE,
    GROUP_INCOME,
    HEADER,
    LANE,
    LINE_AMOUNT,
    LINE_BODY,
    LINE_BODY_CODE,
    LINE_CODE,
    LINE_ITEM,
    NOTE,
    ORDINAL,
    PERCENTAGE,
    TITLE,
    TOTAL,
    UNIT,
)

LIST_FAMILIES: dict[TableKind, Family] = {
    "procurement": "procurement",
    "assets": "assets",
    "institutions": "institutions",
}

_CODE = re.compile(r"\d{3}(?:\d\d){0,2}")
_CODE_BEFORE_NAME = re.compile(r"\s*[\[(【（]?(\d{3}(?:\d\d){0,2})[\])】）]?[\s\-—]*(?=[^\d\s.,%年月日\-—])")
_AMOUNT_WITH_UNIT = re.compile(rf"\s*([\d.,，\s]+?)\s*({MONEY_UNIT})\s*")
# Shorter codes are parts of one whose levels stand in columns of their own.
_FEWEST_OF_BODY = 4
_BODY_WORDS = re.compile("单位|部门")
# Role of columns that say whose the items of other columns are; they have no label.
_WHOSE = "whose"
_BODY = {LINE_CODE: LINE_BODY_CODE, LINE_ITEM: LINE_BODY}
# A column is taken for what most of its printed cells are.
_MOSTLY = 0.6
# Confidence of a label that content alone speaks for.
GUESS = 0.5


def label_column_table(table: Table, family: Family) -> Table:
    """Return the table with a label on every heading and on every cell under a known heading."""
    grid = Grid(table)
    top = first_row(grid)
    block = header_block(grid, family, top)
    below = block.end if block else top
    named: Sequence[str | None] = column_roles(grid, block, family) if block else [None] * table.n_cols
    if block and family == "budget":
        named = _with_bodies(block, named)
    roles = _roles_from_content(grid, named, below) if family == "budget" else named
    label = _label_amounts if family == "budget" else _label_fields
    changed = [whole_span(cell, TITLE) for row in range(top) for cell in grid.starting(row)]
    if block:
        changed.extend(map(heading_spans, block.cells, _heading_labels(block, roles)))
    headings = {(cell.row, cell.col) for cell in block.cells} if block else set()
    for row in range(below, table.n_rows):
        if is_caption_row(grid, row) or (block and repeats_header(grid, row, block)):
            continue
        if is_lane_row(grid.starting(row)):
            changed.extend(whole_span(cell, LANE) for cell in grid.starting(row))
            continue
        rest = (cell for cell in grid.starting(row) if (cell.row, cell.col) not in headings)
        labelled = [_with_doubt(label(cell, roles), named, roles) for cell in rest]
        changed.extend(map(_of_body, labelled) if any(map(_is_body, labelled)) else labelled)
    if block:
        changed.extend(whole_span(cell, LANE) for row in block.lanes for cell in grid.starting(row))
    return replace_cells(table, changed)


def _with_bodies(block: HeaderBlock, named: Sequence[str | None]) -> list[str | None]:
    """Return the roles of columns, those of bodies told apart whose projects have a column of their own.

    单位编码 | 单位名称 | 项目名称 | 预算数 lists projects; the body says only whose they are.
    """
    of_bodies = [
        any(_BODY_WORDS.search(fold(cell.text)) for cell in block.over(col)) for col in range(len(named))
    ]
    items = [col for col, role in enumerate(named) if role == LINE_ITEM]
    amounts = [col for col, role in enumerate(named) if role == "amount"]
    found = list(named)
    for col, role in enumerate(named):
        if role not in (LINE_ITEM, LINE_CODE) or not of_bodies[col]:
            continue
        end = min((amount for amount in amounts if amount > col), default=len(named))
        if any(not of_bodies[item] for item in items if col < item < end):
            found[col] = _WHOSE
    return found


def _with_doubt(cell: Cell, named: Sequence[str | None], roles: Sequence[str | None]) -> Cell:
    """Return a labelled cell; where its column is called nothing known, its labels are guesses."""
    if all(named[col] == roles[col] for col in columns_of(cell)):
        return cell
    spans = (span.model_copy(update={"confidence": GUESS}) for span in cell.spans)
    return cell.model_copy(update={"spans": tuple(spans)})


def _heading_labels(block: HeaderBlock, roles: Sequence[str | None]) -> list[str]:
    """Return the label of each heading of a block.

    That of one column of names (支出项目名称) tells a side only beside the other side, and below no other.
    """
    labels = [_heading_label(cell, roles) for cell in block.cells]
    both = {GROUP_INCOME, GROUP_EXPENDITURE} <= set(labels)
    groups = [
        cell
        for cell, label in zip(block.cells, labels, strict=True)
        if label != HEADER and not _is_of_names(cell, roles)
    ]
    return [
        HEADER
        if _is_of_names(cell, roles) and (not both or any(head in groups for head in block.over(cell.col)))
        else label
        for cell, label in zip(block.cells, labels, strict=True)
    ]


def _heading_label(cell: Cell, roles: Sequence[str | None]) -> str:
    """Return the label of a heading by itself; one over names and figures alike is the heading of a group."""
    held = {roles[col] for col in columns_of(cell)}
    words = fold(cell.text)
    income, expenditure = fold("收入") in words, fold("支出") in words
    if not held & {LINE_ITEM, LINE_CODE}:
        return HEADER
    if income != expenditure:
        return GROUP_INCOME if income else GROUP_EXPENDITURE
    return GROUP if held - {LINE_ITEM, LINE_CODE} else HEADER


def _is_of_names(cell: Cell, roles: Sequence[str | None]) -> bool:
    return cell.colspan == 1 and roles[cell.col] in (LINE_ITEM, LINE_CODE)


def _roles_from_content(grid: Grid, roles: Sequence[str | None], below: int) -> list[str | None]:
    """Fill in what the headings leave open by what stands under them: codes, names, figures."""
    found = list(roles)
    printed = [
        [
            cell.text
            for cell in grid.column(col)
            if cell.row >= below and cell.colspan == 1 and not is_blank(cell)
        ]
        for col in range(grid.table.n_cols)
    ]
    for col, texts in enumerate(printed):
        if found[col] is None and texts and _mostly(texts, is_figure):
            found[col] = "amount"
    if LINE_ITEM not in found:
        names = (col for col, texts in enumerate(printed) if texts and found[col] is None)
        first = next(names, None)
        if first is not None:
            found[first] = LINE_ITEM
    for col, texts in enumerate(printed[:-1]):
        # A heading over codes and names says "names" of both; codes without a heading look like figures.
        open_to_doubt = roles[col] is None or roles[col] == roles[col + 1] == LINE_ITEM
        if open_to_doubt and texts and found[col + 1] in (LINE_ITEM, LINE_CODE) and _mostly(texts, _is_code):
            found[col] = LINE_CODE
    return found


def _mostly(texts: Sequence[str], test: Callable[[str], bool]) -> bool:
    return sum(map(test, texts)) >= _MOSTLY * len(texts)


def _is_code(text: str) -> bool:
    return _CODE.fullmatch(canonical(text)) is not None


def _label_amounts(cell: Cell, roles: Sequence[str | None]) -> Cell:
    """Label a cell of a table of amounts below its headings."""
    held = [roles[col] for col in columns_of(cell)]
    digits = any(character.isdigit() for character in canonical(cell.text))
    if "amount" in held and len(held) > 1:
        return whole_span(cell, NOTE)
    if LINE_ITEM in held or LINE_CODE in held:
        if LINE_ITEM not in held and digits:
            return whole_span(cell, LINE_CODE)
        both = LINE_CODE not in roles or LINE_CODE in held
        split = _CODE_BEFORE_NAME.match(cell.text) if both else None
        if split is None:
            return whole_span(cell, LINE_ITEM)
        code = Span(start=split.start(1), end=split.end(1), label=LINE_CODE)
        name = Span(start=split.end(), end=len(cell.text.rstrip()), label=LINE_ITEM)
        return cell.model_copy(update={"spans": (code, name)})
    if held[0] in ("ordinal", "percentage"):
        return whole_span(cell, ORDINAL if held[0] == "ordinal" else PERCENTAGE)
    if held[0] != "amount" or not digits:
        return cell
    if canonical(cell.text).endswith("%"):
        return whole_span(cell, PERCENTAGE)
    if match := _AMOUNT_WITH_UNIT.fullmatch(cell.text):
        spans = tuple(
            Span(start=match.start(part), end=match.end(part), label=label)
            for part, label in ((1, LINE_AMOUNT), (2, UNIT))
        )
        return cell.model_copy(update={"spans": spans})
    return whole_span(cell, LINE_AMOUNT)


def _is_body(cell: Cell) -> bool:
    """Say whether a code is that of a body: those of the classification have 3, 5 or 7 digits."""
    code = canonical(labelled_text(cell, LINE_CODE) or "")
    return code.isdigit() and len(code) >= _FEWEST_OF_BODY and not _CODE.fullmatch(code)


def _of_body(cell: Cell) -> Cell:
    """Return a cell of a row whose code is that of a body: its name is one too."""
    spans = (span.model_copy(update={"label": _BODY.get(span.label, span.label)}) for span in cell.spans)
    return cell.model_copy(update={"spans": tuple(spans)})


def _label_fields(cell: Cell, roles: Sequence[str | None]) -> Cell:
    """Label a cell of a list by the heading of its first column."""
    if row_kind(squeeze(cell.text)) == "total":
        return whole_span(cell, TOTAL)
    role = next((role for role in (roles[col] for col in columns_of(cell)) if role), None)
    return whole_span(cell, role) if role and "." in role else cell
