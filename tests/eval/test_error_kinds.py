"""Each kind of error, made from a gold document by one change, is found again as that kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yusuan.eval.errors.cases import find_errors, gallery
from yusuan.eval.errors.kinds import RULES, ErrorCase, ErrorKind
from yusuan.eval.gold import GoldDocument
from yusuan.eval.result import Pair
from yusuan.extraction.document import (
    IDENTITY,
    BBox,
    BudgetLine,
    Cell,
    CellRef,
    Document,
    Finding,
    Fragment,
    Matrix,
    Page,
    PageTable,
    Project,
    Provenance,
    Record,
    Repair,
    Source,
    Table,
)
from yusuan.extraction.geometry import apply_matrix, bbox_to_quad, points_to_bbox, points_to_quad

WIDTH, HEIGHT = 100, 20
Spans = Mapping[tuple[int, int], tuple[int, int]]
ROWS = ("编码|名称|预算数", "201|一般公共服务支出|40.00", "20101|人大事务|30.00", "20102|政协事务|10.00")


def box_of(row: int, col: int, rowspan: int = 1, colspan: int = 1, top: float = 100) -> BBox:
    left, above = 50 + col * WIDTH, top + row * HEIGHT
    return (left, above, left + colspan * WIDTH, above + rowspan * HEIGHT)


def cell(row: int, col: int, text: str, page: int = 1, top: float = 100, **more: Any) -> Cell:
    box = box_of(row, col, more.get("rowspan", 1), more.get("colspan", 1), top)
    values = {"row": row, "col": col, "text": text, "raw_text": text, "page": page, "bbox": box}
    return Cell(**{**values, "quad": bbox_to_quad(box), **more})


def cells(rows: Sequence[str], page: int = 1, top: float = 100, spans: Spans | None = None) -> list[Cell]:
    """Cells of a grid; what a span covers is left out."""
    spans = spans or {}
    covered = {
        (r + i, c + j)
        for (r, c), (n, m) in spans.items()
        for i in range(n)
        for j in range(m)
        if (i, j) != (0, 0)
    }
    found = []
    for r, line in enumerate(rows):
        for c, text in enumerate(line.split("|")):
            if (r, c) not in covered:
                n, m = spans.get((r, c), (1, 1))
                found.append(cell(r, c, text, page, top, rowspan=n, colspan=m, header=r == 0))
    return found


def page_table(name: str, found: Sequence[Cell], n_rows: int, n_cols: int) -> PageTable:
    boxes = np.array([c.bbox for c in found])
    bbox = (boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max())
    return PageTable(id=name, bbox=bbox, n_rows=n_rows, n_cols=n_cols, ruled=True, cells=tuple(found))


def page(number: int, *tables: PageTable) -> Page:
    return Page(number=number, width=800, height=1000, dpi=100, kind="scanned", tables=tables)


def document(pages: Sequence[Page], tables: Sequence[Table], records: Sequence[Record]) -> Document:
    source = Source(path="a.pdf", sha256="0" * 64, pages=len(pages), kind="scanned")
    return Document(source=source, pages=tuple(pages), tables=tuple(tables), records=tuple(records))


def logical(name: str, found: Sequence[Cell], n_rows: int, n_cols: int, *fragments: tuple[int, str]) -> Table:
    parts = tuple(Fragment(page=n, table=table, reason="first") for n, table in fragments)
    return Table(id=name, n_rows=n_rows, n_cols=n_cols, header_rows=1, cells=tuple(found), fragments=parts)


def where(found: Cell, table: str = "t1") -> tuple[Provenance, ...]:
    return (Provenance(page=found.page, bbox=found.bbox, table=table, row=found.row, col=found.col),)


def lines_of(found: Sequence[Cell], table: str = "t1") -> list[Record]:
    """One budget line for each row under the header: code, item, amount."""
    at = {(c.row, c.col): c for c in found}
    records: list[Record] = []
    for row in sorted({c.row for c in found} - {0}):
        code, item, amount = (at[row, col] for col in range(3))
        places = {"code": where(code, table), "item": where(item, table), "amount": where(amount, table)}
        records.append(
            BudgetLine(
                id=f"{table}r{row}",
                code=code.text or None,
                item=item.text,
                measure="预算数",
                amount=amount.text,
                provenance=places,
            )
        )
    return records


def simple(rows: Sequence[str] = ROWS) -> Document:
    found = cells(rows)
    return document(
        [page(1, page_table("p1t1", found, len(rows), 3))],
        [logical("t1", found, len(rows), 3, (1, "p1t1"))],
        lines_of(found),
    )


def changed_cells(gold: Document, change: Callable[[Cell], Cell]) -> Document:
    """The same document with other cells, in page tables and in logical tables."""
    pages = [
        p.model_copy(
            update={
                "tables": tuple(t.model_copy(update={"cells": tuple(map(change, t.cells))}) for t in p.tables)
            }
        )
        for p in gold.pages
    ]
    tables = [t.model_copy(update={"cells": tuple(map(change, t.cells))}) for t in gold.tables]
    return gold.model_copy(update={"pages": tuple(pages), "tables": tuple(tables)})


def read_as(gold: Document, texts: Mapping[tuple[int, int], str]) -> Document:
    """The same document with other text in some cells, (row, col) → text; records follow the cells."""

    def change(c: Cell) -> Cell:
        text = texts.get((c.row, c.col), c.text)
        return c.model_copy(update={"text": text, "raw_text": text})

    changed = changed_cells(gold, change)
    return changed.model_copy(update={"records": tuple(lines_of(changed.tables[0].cells))})


def with_record(gold: Document, index: int, **values: Any) -> Document:
    records = list(gold.records)
    records[index] = records[index].model_copy(update=values)
    return gold.model_copy(update={"records": tuple(records)})


def only(cases: Sequence[ErrorCase]) -> ErrorCase:
    assert len(cases) == 1, [(c.kind.value, c.gold_text, c.predicted_text, c.note) for c in cases]
    return cases[0]


def test_gold_against_itself_has_no_errors() -> None:
    assert find_errors(simple(), simple()) == []


def test_every_kind_has_its_rule() -> None:
    assert set(RULES) == set(ErrorKind)


def test_a_wrong_figure_in_the_right_cell_is_misread() -> None:
    case = only(find_errors(read_as(simple(), {(2, 2): "80.00"}), simple()))
    assert case.kind == ErrorKind.MISREAD
    assert (case.gold_text, case.predicted_text) == ("30.00", "80.00")
    assert (case.page, case.gold_boxes) == (1, (box_of(2, 2),))
    assert (case.record, case.field_name, case.cost) == ("budget_line", "amount", 1)


def test_a_figure_that_is_only_written_differently_is_no_error() -> None:
    assert (
        find_errors(read_as(simple(), {(1, 2): "40"}), simple(("编码|名称|预算数", "201|服务|1,040.00")))
        != []
    )
    gold = simple((*ROWS[:1], "201|服务|1,040.00"))
    assert find_errors(read_as(gold, {(1, 2): "1040.00"}), gold) == []


def test_a_figure_that_was_not_read_costs_its_record_and_is_one_misreading() -> None:
    gold = simple()
    read = read_as(gold, {(2, 2): ""})
    case = only(find_errors(read.model_copy(update={"records": (read.records[0], read.records[2])}), gold))
    assert (case.kind, case.note) == (ErrorKind.MISREAD, "nothing was read")
    assert case.fields == dict.fromkeys(
        [f"budget_line.{name}" for name in ("code", "item", "measure", "amount", "row_kind")], 1
    )


def test_a_misread_cell_that_many_values_come_from_is_one_case() -> None:
    gold = simple()
    shared = gold.records[0].provenance["item"]
    gold = with_record(gold, 1, item="一般公共服务支出", provenance={"item": shared})
    read = read_as(gold, {(1, 1): "一股公共服务支出"})
    read = with_record(
        with_record(read, 0, item="一股公共服务支出"), 1, item="一股公共服务支出", provenance={}
    )
    case = only(find_errors(read, gold))
    assert (case.kind, case.fields) == (ErrorKind.MISREAD, {"budget_line.item": 2})


def test_a_header_that_was_misread_and_still_understood_costs_nothing() -> None:
    case = only(find_errors(read_as(simple(), {(0, 1): "各称"}), simple()))
    assert (case.kind, case.cost, case.record) == (ErrorKind.MISREAD, 0, None)


def test_a_value_is_laid_to_the_heading_that_was_misread() -> None:
    gold = simple()
    read = with_record(read_as(gold, {(0, 2): "顶算数"}), 1, measure=None)
    case = only(find_errors(with_record(with_record(read, 0, measure=None), 2, measure=None), gold))
    assert (case.kind, case.gold_text, case.cost) == (ErrorKind.MISREAD, "预算数", 3)


def test_texts_that_changed_places_are_in_the_wrong_cells() -> None:
    gold = simple(("编码|名称|预算数", "201|服务支出|40.00", "20101|人大事务|30.00"))
    cases = find_errors(read_as(gold, {(1, 2): "30.00", (2, 2): "40.00"}), gold)
    assert [case.kind for case in cases] == [ErrorKind.WRONG_CELL, ErrorKind.WRONG_CELL]
    assert {(case.gold_text, case.predicted_text) for case in cases} == {
        ("40.00", "30.00"),
        ("30.00", "40.00"),
    }


def test_a_text_that_slipped_into_a_blank_cell_is_in_the_wrong_cell() -> None:
    gold = simple(("编码|名称|预算数", "201|服务支出|40.00", "|合计|40.00"))
    read = read_as(gold, {(2, 0): "合计", (2, 1): ""})
    cases = find_errors(read, gold)
    assert {case.kind for case in cases} == {ErrorKind.WRONG_CELL}


def test_a_value_taken_from_another_cell_is_a_wrong_cell() -> None:
    gold = simple()
    other = gold.records[0].provenance["amount"]
    places = {**gold.records[1].provenance, "amount": other}
    case = only(find_errors(with_record(gold, 1, amount="40.00", provenance=places), gold))
    assert (case.kind, case.note) == (ErrorKind.WRONG_CELL, "taken from another cell")
    assert (case.gold_boxes, case.predicted_boxes) == ((box_of(2, 2),), (box_of(1, 2),))


def placed(box: BBox) -> dict[str, Any]:
    return {"bbox": box, "quad": bbox_to_quad(box)}


def split_row(gold: Document, row: int) -> Document:
    """The prediction of a reader that made two rows, each half as high, of one."""
    found = []
    for c in gold.pages[0].tables[0].cells:
        x0, y0, x1, _ = c.bbox
        if c.row == row:
            for half, text in enumerate((c.text[:2], c.text[2:])):
                box = (x0, y0 + half * HEIGHT / 2, x1, y0 + (half + 1) * HEIGHT / 2)
                update = {
                    "row": row + half,
                    "bbox": box,
                    "quad": bbox_to_quad(box),
                    "raw_text": text,
                    "text": text,
                }
                found.append(c.model_copy(update=update))
        else:
            found.append(c.model_copy(update={"row": c.row + (c.row > row)}))
    n = gold.tables[0].n_rows + 1
    records = [r for r in lines_of(found) if isinstance(r, BudgetLine)]
    return document(
        [page(1, page_table("p1t1", found, n, 3))], [logical("t1", found, n, 3, (1, "p1t1"))], records
    )


def test_one_row_that_became_two_explains_all_values_of_its_row() -> None:
    case = only(find_errors(split_row(simple(), 1), simple()))
    assert (case.kind, case.note) == (ErrorKind.TORN_ROW, "one row became 2")
    assert case.gold_boxes == ((50, 120, 350, 140),)
    assert case.cost > 3


def test_two_rows_that_became_one_explain_the_records_that_are_lost() -> None:
    gold = simple()
    whole = split_row(gold, 2)
    case = only(find_errors(gold, whole))
    assert (case.kind, case.note) == (ErrorKind.TORN_ROW, "2 rows became one")


def spanned() -> Document:
    """A name that spans two rows, and an indicator-like record in each."""
    found = cells(("类|项|数", "甲类|一|1.00", "|二|2.00"), spans={(1, 0): (2, 1)})
    name = next(c for c in found if c.text == "甲类")
    records = [
        BudgetLine(id=f"r{r}", code=f"20{r}", item="甲类", amount=f"{r}.00", provenance={"item": where(name)})
        for r in (1, 2)
    ]
    return document(
        [page(1, page_table("p1t1", found, 3, 3))], [logical("t1", found, 3, 3, (1, "p1t1"))], records
    )


def test_a_merged_cell_that_came_apart_is_a_lost_span() -> None:
    gold = spanned()
    found = cells(("类|项|数", "甲类|一|1.00", "|二|2.00"))
    parts = (page_table("p1t1", found, 3, 3),)
    read = gold.model_copy(
        update={"pages": (page(1, *parts),), "tables": (logical("t1", found, 3, 3, (1, "p1t1")),)}
    )
    case = only(find_errors(with_record(read, 1, item=None, provenance={}), gold))
    assert (case.kind, case.note) == (ErrorKind.LOST_SPAN, "one cell came apart into 2")
    assert case.fields == {"budget_line.item": 1}


def test_cells_that_were_merged_are_a_lost_span() -> None:
    gold = simple()
    found = cells(ROWS, spans={(1, 1): (2, 1)})
    read = gold.model_copy(update={"pages": (page(1, page_table("p1t1", found, 4, 3)),)})
    case = only(find_errors(read, gold))
    assert (case.kind, case.note) == (ErrorKind.LOST_SPAN, "2 cells were merged")


def test_a_table_that_was_not_found_explains_its_records() -> None:
    gold = simple()
    read = gold.model_copy(update={"pages": (page(1),), "tables": (), "records": ()})
    case = only(find_errors(read, gold))
    assert (case.kind, case.note, case.cost) == (ErrorKind.LOST_TABLE, "not found", 15)
    assert case.gold_boxes == ((50, 100, 350, 180),)


def test_a_table_that_is_not_there_explains_what_was_made_of_it() -> None:
    gold = simple()
    false = cells(("一|二|三", "说明|见附件|9.00"), top=600)
    read = gold.model_copy(
        update={
            "pages": (page(1, *gold.pages[0].tables, page_table("p1t2", false, 2, 3)),),
            "records": (*gold.records, *lines_of(false, "t2")),
        }
    )
    case = only(find_errors(read, gold))
    assert (case.kind, case.note) == (ErrorKind.FALSE_TABLE, "there is no table")
    assert (case.gold_boxes, case.predicted_boxes) == ((), ((50, 600, 350, 640),))
    assert case.cost == 5


def test_rows_at_the_edge_that_lie_in_no_table_are_a_lost_part() -> None:
    gold = simple()
    found = [c for c in gold.tables[0].cells if c.row < 3]
    read = gold.model_copy(
        update={"pages": (page(1, page_table("p1t1", found, 3, 3)),), "records": gold.records[:2]}
    )
    case = only(find_errors(read, gold))
    assert (case.kind, case.note, case.cost) == (ErrorKind.LOST_TABLE, "a part of it was not found", 5)


def test_a_right_text_with_a_wrong_meaning_is_a_wrong_label() -> None:
    case = only(find_errors(with_record(simple(), 1, measure="决算数"), simple()))
    assert (case.kind, case.field_name) == (ErrorKind.WRONG_LABEL, "measure")
    assert (case.gold_text, case.predicted_text) == ("预算数", "决算数")


def test_a_row_that_was_read_and_gave_no_record_is_a_wrong_label() -> None:
    gold = simple()
    case = only(find_errors(gold.model_copy(update={"records": gold.records[:2]}), gold))
    assert (case.kind, case.note) == (ErrorKind.WRONG_LABEL, "no record was made of it")


def two_pages(joined: bool) -> Document:
    first, second = cells(ROWS[:3]), cells(("20102|政协事务|10.00",), page=2)
    pages = [page(1, page_table("p1t1", first, 3, 3)), page(2, page_table("p2t1", second, 1, 3))]
    below = [c.model_copy(update={"row": 3}) for c in second]
    whole = logical("t1", [*first, *below], 4, 3, (1, "p1t1"), (2, "p2t1"))
    if joined:
        return document(pages, [whole], lines_of(whole.cells))
    alone = [logical("t1", first, 3, 3, (1, "p1t1")), logical("t2", second, 1, 3, (2, "p2t1"))]
    return document(pages, alone, lines_of(whole.cells))


def test_parts_that_were_not_joined_explain_what_the_join_decides() -> None:
    case = only(find_errors(with_record(two_pages(joined=False), 2, measure=None), two_pages(joined=True)))
    assert (case.kind, case.page) == (ErrorKind.WRONG_JOIN, 2)
    assert case.note.startswith("not joined")
    assert case.fields == {"budget_line.measure": 1}


def test_tables_that_were_joined_and_are_two_are_a_wrong_join() -> None:
    case = only(find_errors(two_pages(joined=True), two_pages(joined=False)))
    assert case.kind == ErrorKind.WRONG_JOIN
    assert case.note.startswith("joined to")


def test_a_misread_figure_in_a_part_that_was_not_joined_stays_misread() -> None:
    gold = two_pages(joined=True)
    read = changed_cells(
        two_pages(joined=False),
        lambda c: c.model_copy(update={"text": "70.00", "raw_text": "70.00"}) if c.text == "10.00" else c,
    )
    kinds = {case.kind: case.cost for case in find_errors(with_record(read, 2, amount="70.00"), gold)}
    assert kinds == {ErrorKind.MISREAD: 1, ErrorKind.WRONG_JOIN: 0}


def finding(status: str, **amounts: str) -> Finding:
    refs = tuple(CellRef(table="t1", row=row, col=2) for row in (1, 2, 3))
    values = {"id": "code_sum:t1:1:2", "rule": "code_sum", "status": status, "tables": ("t1",), "cells": refs}
    return Finding(**{**values, "amounts": amounts, "message": "40 = 30 + 10"})


def test_a_check_that_fails_on_right_values_is_wrong() -> None:
    gold = simple()
    case = only(find_errors(gold.model_copy(update={"findings": (finding("fail", sum="40"),)}), gold))
    assert (case.kind, case.note) == (
        ErrorKind.WRONG_CHECK,
        "code_sum fails on right values: 40 = 30 + 10",
    )


def test_a_check_that_fails_on_figures_that_are_wrong_in_print_is_right() -> None:
    gold = simple((*ROWS[:3], "20102|政协事务|19.00"))
    assert find_errors(gold.model_copy(update={"findings": (finding("fail", sum="49"),)}), gold) == []


def test_a_check_that_fails_because_something_was_misread_is_right() -> None:
    gold = simple()
    read = read_as(gold, {(2, 2): "80.00"})
    case = only(find_errors(read.model_copy(update={"findings": (finding("fail", sum="90"),)}), gold))
    assert case.kind == ErrorKind.MISREAD


def test_a_check_that_passes_on_a_wrong_value_is_wrong() -> None:
    gold = simple()
    read = read_as(gold, {(2, 2): "35.00", (3, 2): "5.00"})
    cases = find_errors(read.model_copy(update={"findings": (finding("pass", sum="40"),)}), gold)
    assert [case.kind for case in cases] == [ErrorKind.MISREAD, ErrorKind.MISREAD, ErrorKind.WRONG_CHECK]
    assert cases[-1].note.startswith("code_sum passes on a wrong value")
    assert (cases[-1].gold_text, cases[-1].predicted_text) == (
        "40.00 | 30.00 | 10.00",
        "40.00 | 35.00 | 5.00",
    )


def test_a_check_that_passes_on_right_values_is_right() -> None:
    gold = simple()
    assert find_errors(gold.model_copy(update={"findings": (finding("pass", sum="40"),)}), gold) == []


def test_a_repair_that_made_a_right_reading_wrong_is_a_wrong_check() -> None:
    gold = simple()
    repair = Repair(kind="misread", before="30.00", after="38.00")
    tables = tuple(
        t.model_copy(
            update={
                "cells": tuple(
                    c.model_copy(update={"text": "38.00", "repairs": (repair,)}) if c.text == "30.00" else c
                    for c in t.cells
                )
            }
        )
        for t in gold.tables
    )
    case = only(find_errors(with_record(gold.model_copy(update={"tables": tables}), 1, amount="38.00"), gold))
    assert (case.kind, case.field_name) == (ErrorKind.WRONG_CHECK, "amount")
    assert case.note == "a repair (misread) made a right reading wrong"


def clipped(name: str) -> Document:
    found = cells(("名称|金额", "人大代表建议、政协委|5.00"))
    record = Project(
        id="p",
        name=name,
        name_raw="人大代表建议、政协委",
        budget="5.00",
        provenance={"name": where(found[2])},
    )
    return document(
        [page(1, page_table("p1t1", found, 2, 2))], [logical("t1", found, 2, 2, (1, "p1t1"))], [record]
    )


def test_a_clipped_name_that_stayed_clipped_is_a_missed_completion() -> None:
    case = only(find_errors(clipped("人大代表建议、政协委"), clipped("人大代表建议、政协委员提案办理")))
    assert (case.kind, case.fields) == (ErrorKind.MISSED_COMPLETION, {"project.name": 1})


def test_records_that_merely_look_alike_are_not_one() -> None:
    # Measure and row kind agree, so that scoring pairs them; they stand in different rows.
    gold, said = simple(), simple()
    gold = gold.model_copy(update={"records": gold.records[:1]})
    cases = find_errors(said.model_copy(update={"records": said.records[2:]}), gold)
    assert sorted(case.note for case in cases) == ["a record was made of it", "no record was made of it"]


def test_cases_of_a_gallery_say_document_slices_and_picture(tmp_path: Path) -> None:
    about = {"family": "a family", "split": "dev", "tags": {"scan_level": "office", "seal_pages": [1]}}
    (tmp_path / "about.json").write_text(json.dumps(about), "utf-8")
    gold = GoldDocument(folder=tmp_path, document=simple(), family="a family", scan="office")
    out = Path("out/documents/a-1234")
    pairs = [Pair(gold, read_as(simple(), {(2, 2): "80.00"}), out), Pair(gold, None, None)]
    case = only(gallery(pairs))
    assert (case.document, case.image) == (tmp_path.name, out / "pages" / "001.jpg")
    assert (case.tags["scan"], case.tags["split"], case.tags["seal"]) == ("office", "dev", "seal on the page")


@pytest.mark.parametrize("dpi", [100, 150])
def test_boxes_are_those_of_the_predicted_upright_page(dpi: float) -> None:
    gold = simple()
    turn, scale = np.deg2rad(2), dpi / 100
    # Upright page → scan: a skew of two degrees, and a margin.
    back = np.array([[np.cos(turn), -np.sin(turn), 12], [np.sin(turn), np.cos(turn), -7], [0, 0, 1]])
    to_upright = np.linalg.inv(back) @ np.diag([scale, scale, 1])

    def move(c: Cell) -> Cell:
        points = apply_matrix(to_upright, np.array(c.quad))
        return c.model_copy(update={"bbox": points_to_bbox(points), "quad": points_to_quad(points)})

    read = changed_cells(read_as(gold, {(2, 2): "80.00"}), move)
    transform: Matrix = tuple(tuple(float(v) for v in row) for row in back)  # type: ignore[assignment]
    pages = tuple(p.model_copy(update={"dpi": dpi, "transform": transform}) for p in read.pages)
    moved = read.model_copy(update={"pages": pages, "records": tuple(lines_of(read.tables[0].cells))})
    case = only(find_errors(moved, gold))
    assert case.kind == ErrorKind.MISREAD
    (box,) = case.gold_boxes
    middle = apply_matrix(to_upright, np.array([[300.0, 150.0]]))[0]
    assert np.allclose([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], middle, atol=1)


def test_a_page_that_was_not_read_gives_no_places_and_no_crash() -> None:
    gold = simple()
    failed = gold.pages[0].model_copy(update={"status": "failed", "tables": ()})
    read = gold.model_copy(update={"pages": (failed,), "tables": (), "records": ()})
    cases = find_errors(read, gold)
    assert sum(case.cost for case in cases) == 15
    assert gold.pages[0].transform == IDENTITY
