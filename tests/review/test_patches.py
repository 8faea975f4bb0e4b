from __future__ import annotations

import pytest

from yusuan.extraction.document import Span
from yusuan.extraction.errors import UsageError
from yusuan.review.patches import Add, Change, Remove, ReviewCell, ReviewTable, Splice, Tables, changed


def cell(row: int, col: int, text: str = "", rowspan: int = 1, colspan: int = 1) -> ReviewCell:
    spans = (Span(start=0, end=len(text), label="budget_line.item"),) if text else ()
    box = (10.0 * col, 10.0 * row, 10.0 * (col + colspan), 10.0 * (row + rowspan))
    x0, y0, x1, y1 = box
    quad = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    return ReviewCell(
        row=row,
        col=col,
        rowspan=rowspan,
        colspan=colspan,
        text=text,
        page=1,
        bbox=box,
        quad=quad,
        spans=spans,
    )


def grid(*cells: ReviewCell, rows: int = 3, cols: int = 3) -> ReviewTable:
    return ReviewTable(id="t", n_rows=rows, n_cols=cols, cells=cells)


def places(table: ReviewTable) -> dict[tuple[int, int, int, int], str]:
    return {(each.row, each.col, each.rowspan, each.colspan): each.text for each in table.cells}


def test_rows_that_come_push_others_down_and_stretch_what_spans_them() -> None:
    table = grid(cell(0, 0, "高", rowspan=3), cell(0, 1, "a"), cell(1, 1, "b"), cell(2, 1, "c"))
    after = changed(table, Change(table="t", splices=(Splice(axis="row", at=1, insert=2),)))
    assert (after.n_rows, after.n_cols) == (5, 3)
    assert places(after) == {(0, 0, 5, 1): "高", (0, 1, 1, 1): "a", (3, 1, 1, 1): "b", (4, 1, 1, 1): "c"}


def test_columns_that_go_shrink_what_reaches_into_them() -> None:
    table = grid(cell(0, 0, "宽", colspan=2), cell(0, 2, "c"), cell(1, 0, "a"), cell(1, 2, "d"))
    after = changed(table, Change(table="t", splices=(Splice(axis="col", at=1, delete=1),)))
    assert places(after) == {(0, 0, 1, 1): "宽", (0, 1, 1, 1): "c", (1, 0, 1, 1): "a", (1, 1, 1, 1): "d"}


def test_what_begins_in_a_row_that_goes_begins_in_the_next() -> None:
    table = grid(cell(1, 0, "高", rowspan=2), cell(0, 0, "a"))
    after = changed(table, Change(table="t", splices=(Splice(axis="row", at=1, delete=1),)))
    assert places(after) == {(0, 0, 1, 1): "a", (1, 0, 1, 1): "高"}


def test_no_cell_vanishes_with_its_row() -> None:
    table = grid(cell(1, 0, "a"))
    with pytest.raises(UsageError, match="would be lost"):
        changed(table, Change(table="t", splices=(Splice(axis="row", at=1, delete=1),)))
    after = changed(
        table, Change(table="t", removed=((1, 0),), splices=(Splice(axis="row", at=1, delete=1),))
    )
    assert after.cells == ()
    assert after.n_rows == 2


def test_cells_are_put_where_they_stand_afterwards() -> None:
    table = grid(cell(0, 0, "a"), cell(1, 0, "b"))
    change = Change(table="t", splices=(Splice(axis="row", at=1, insert=1),), put=(cell(1, 0, "neu"),))
    assert places(changed(table, change)) == {(0, 0, 1, 1): "a", (1, 0, 1, 1): "neu", (2, 0, 1, 1): "b"}


def test_a_desert_is_no_table() -> None:
    with pytest.raises(ValueError, match="less than or equal to 500"):
        grid(rows=1, cols=501)
    with pytest.raises(ValueError, match="at most 2000000 places"):
        grid(rows=5000, cols=401)


@pytest.mark.parametrize(
    "change",
    [
        Change(table="t", put=(cell(0, 0, "über", colspan=2),)),
        Change(table="t", put=(cell(3, 0, "hinaus"),)),
        Change(table="t", removed=((2, 2),)),
        Change(table="t", splices=(Splice(axis="col", at=3, delete=1),)),
        Change(table="t", splices=(Splice(axis="row", at=0, insert=100_000),)),
    ],
)
def test_what_makes_no_table_is_refused(change: Change) -> None:
    table = grid(cell(0, 0, "a"), cell(0, 1, "b"))
    with pytest.raises(UsageError):
        changed(table, change)


def test_tables_come_and_go_in_order() -> None:
    one, two = grid().model_copy(update={"id": "a"}), grid().model_copy(update={"id": "b"})
    tables = Tables((one,)).patched([Add(table=two, after="a")])
    assert [table.id for table in tables.tables] == ["a", "b"]
    first = Tables((one,)).patched([Add(table=two)])
    assert [table.id for table in first.tables] == ["b", "a"]
    assert [table.id for table in tables.patched([Remove(table="a")]).tables] == ["b"]
    with pytest.raises(UsageError, match="already"):
        tables.patched([Add(table=one)])
    with pytest.raises(UsageError, match="no table"):
        tables.patched([Remove(table="c")])
