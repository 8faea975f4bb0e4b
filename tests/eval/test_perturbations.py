"""A gold document is spoiled in one way at a time: the metrics that should move do, and no others."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from yusuan.eval.figures import Scored, figures
from yusuan.eval.gold import GoldDocument, read_gold
from yusuan.eval.result import Figure, ScoredDocument
from yusuan.eval.scoring import score_document
from yusuan.eval.tags import tags_of
from yusuan.extraction.document import (
    BudgetLine,
    Cell,
    Document,
    PageTable,
    Record,
    Repair,
    Span,
    Table,
)

# It has tables over several pages, merged cells, clipped names, codes and amounts.
FOLDER = Path(__file__).parents[2] / "datasets" / "gold" / "shizhu_office"

RECORDS = {"fields", "records"}
TEXT = {"texts", "grits_con", "teds", "cer"}
GRID = {"cells", "perfect", "grits_top", "teds_s"}
# Of these the gold says nothing: how sure a program is, and what it lets through.
UNDEFINED = {
    "accepted",
    "accepted_fields",
    "coverage",
    "ece",
    "ece_fields",
    "aurc",
    "risk_50",
    "risk_80",
    "risk_90",
    "risk_100",
    "coverage_99",
}


@cache
def gold() -> GoldDocument:
    return read_gold(FOLDER)


@cache
def truth() -> Document:
    return gold().document


def scores(predicted: Document | None) -> dict[str, Figure]:
    about = ScoredDocument("a", "a", "0", gold().family, gold().scan, predicted is not None)
    tally = score_document(gold(), tags_of(gold()), predicted)
    return {f.metric: f for f in figures([Scored(about, tally)], ("all",))}


def moved(predicted: Document) -> set[str]:
    return {
        metric
        for metric, figure in scores(predicted).items()
        if figure.value is not None and figure.value != (0.0 if metric == "cer" else 1.0)
    }


Change = Callable[[PageTable], PageTable]


def change_page_table(table_id: str, change: Change, document: Document) -> Document:
    pages = [
        page.model_copy(update={"tables": tuple(change(t) if t.id == table_id else t for t in page.tables)})
        for page in document.pages
    ]
    return document.model_copy(update={"pages": tuple(pages)})


def change_records(change: Callable[[Record], Record | None], document: Document) -> Document:
    records = tuple(new for record in document.records if (new := change(record)) is not None)
    return document.model_copy(update={"records": records})


def with_cells(table: PageTable, cells: list[Cell], rows: int = 0) -> PageTable:
    update = {"cells": tuple(cells), "n_rows": table.n_rows + rows}
    return PageTable.model_validate(table.model_copy(update=update).model_dump())


def place_of(record: BudgetLine) -> tuple[int, str, int, int]:
    """Page, page table, row and column where the amount is printed."""
    (amount,) = record.provenance["amount"]
    for table in next(page for page in truth().pages if page.number == amount.page).tables:
        for cell in table.cells:
            if cell.bbox == amount.bbox:
                return amount.page, table.id, cell.row, cell.col
    raise AssertionError("an amount that stands in no cell")


@cache
def a_line() -> BudgetLine:
    """An amount in a row of plain cells, below the header, with rows after it and spans only above it."""
    for record in truth().records:
        if isinstance(record, BudgetLine) and record.code and len(record.amount or "") > 4:
            page, table_id, row, _ = place_of(record)
            (table,) = [t for t in truth().pages[page - 1].tables if t.id == table_id]
            merged = [c for c in table.cells if c.rowspan > 1 or c.colspan > 1]
            if merged and all(c.row + c.rowspan <= row for c in merged) and row + 2 < table.n_rows:
                return record
    raise AssertionError("no such amount")


def test_a_prediction_equal_to_gold_scores_one_wherever_it_is_defined() -> None:
    found = scores(truth())
    assert {metric for metric, figure in found.items() if figure.value is None} == UNDEFINED
    assert moved(truth()) == set()


@pytest.mark.parametrize("nothing", ["no prediction", "an empty one"])
def test_an_empty_prediction_scores_nothing(nothing: str) -> None:
    empty = None if nothing == "no prediction" else Document(source=truth().source)
    found = scores(empty)
    assert {metric for metric, figure in found.items() if figure.value is None} == UNDEFINED
    assert found["cer"].value == 1.0
    assert {figure.value for metric, figure in found.items() if metric not in UNDEFINED | {"cer"}} == {0.0}


def test_one_digit_changed_moves_amounts_and_text_and_no_structure() -> None:
    record = a_line()
    wrong = f"{(record.amount or '')[:-1]}{9 - int((record.amount or '')[-1])}"
    _, table_id, row, col = place_of(record)

    def misread(table: PageTable) -> PageTable:
        return with_cells(
            table,
            [
                c.model_copy(update={"text": wrong, "raw_text": wrong}) if (c.row, c.col) == (row, col) else c
                for c in table.cells
            ],
        )

    said = change_page_table(table_id, misread, truth())
    said = change_records(lambda r: r.model_copy(update={"amount": wrong}) if r.id == record.id else r, said)
    assert moved(said) == RECORDS | {"amounts", "numbers"} | TEXT
    found = scores(said)
    # One amount of all is gone; one character of all is wrong.
    amounts = [r for r in truth().records if isinstance(r, BudgetLine)]
    assert found["amounts"].value == pytest.approx(1 - 1 / len(amounts))
    counts = found["cer"].counts
    assert counts is not None
    assert counts.as_dict()["part"] == 1


def test_a_column_shifted_moves_amounts_and_text_but_not_the_grid() -> None:
    """All figures of a table stand one column too far to the left."""
    _, table_id, first, _ = place_of(a_line())

    def shift(table: PageTable) -> PageTable:
        texts = {(c.row, c.col): c.text for c in table.cells}
        cells = [
            c.model_copy(update={"text": texts.get((c.row, c.col + 1), "")}) if c.row >= first else c
            for c in table.cells
        ]
        return with_cells(table, cells)

    said = change_page_table(table_id, shift, truth())
    measures = {r.measure for r in truth().records if isinstance(r, BudgetLine) and r.table == a_line().table}
    following = dict(zip(sorted(filter(None, measures)), sorted(filter(None, measures))[1:], strict=False))

    def shift_record(record: Record) -> Record | None:
        if not isinstance(record, BudgetLine) or record.table != a_line().table:
            return record
        # What stood in the last column has no header left to stand under.
        measure = following.get(record.measure or "")
        return record.model_copy(update={"measure": measure}) if measure else None

    assert moved(change_records(shift_record, said)) >= RECORDS | {"amounts", "numbers"} | TEXT
    assert moved(change_records(shift_record, said)).isdisjoint(
        GRID | {"spans", "joins", "completions", "tables_iou80", "tables_iou60"}
    )


def test_two_columns_swapped_move_amounts_and_text_but_not_the_grid() -> None:
    _, table_id, first, col = place_of(a_line())

    def swap(table: PageTable) -> PageTable:
        other = {col: col + 1, col + 1: col}
        return with_cells(
            table,
            [
                c.model_copy(update={"text": by_place[c.row, other[c.col]]})
                if c.row >= first and c.col in other
                else c
                for by_place in [{(c.row, c.col): c.text for c in table.cells}]
                for c in table.cells
            ],
        )

    (table,) = [t for t in truth().pages[place_of(a_line())[0] - 1].tables if t.id == table_id]
    assert col + 1 < table.n_cols
    measures = [r.measure for r in truth().records if isinstance(r, BudgetLine) and r.table == a_line().table]
    one, two = list(dict.fromkeys(measures))[:2]

    def swap_record(record: Record) -> Record:
        if not isinstance(record, BudgetLine) or record.table != a_line().table:
            return record
        measure = {one: two, two: one}.get(record.measure, record.measure)
        return record.model_copy(update={"measure": measure})

    said = change_records(swap_record, change_page_table(table_id, swap, truth()))
    assert moved(said) == RECORDS | {"amounts", "numbers"} | TEXT


def test_a_row_lost_moves_records_grid_and_text() -> None:
    _, table_id, row, _ = place_of(a_line())

    def lose(table: PageTable) -> PageTable:
        kept = [c for c in table.cells if c.row != row]
        up = [c.model_copy(update={"row": c.row - 1}) if c.row > row else c for c in kept]
        return with_cells(table, up, rows=-1)

    def is_lost(record: Record) -> bool:
        return (
            isinstance(record, BudgetLine) and record.code == a_line().code and record.table == a_line().table
        )

    said = change_page_table(table_id, lose, truth())
    said = change_records(lambda r: None if is_lost(r) else r, said)
    assert moved(said) == RECORDS | {"amounts", "code_names", "numbers"} | GRID | TEXT


def test_a_row_torn_in_two_moves_the_grid_and_not_what_was_read() -> None:
    _, table_id, row, _ = place_of(a_line())

    def tear(table: PageTable) -> PageTable:
        cells: list[Cell] = []
        for c in table.cells:
            if c.row < row:
                cells.append(c)
            elif c.row > row:
                cells.append(c.model_copy(update={"row": c.row + 1}))
            else:
                x0, y0, x1, y1 = c.bbox
                middle = (y0 + y1) / 2
                half = len(c.text) // 2
                for k, (top, bottom, text) in enumerate(
                    [(y0, middle, c.text[:half]), (middle, y1, c.text[half:])]
                ):
                    quad = ((x0, top), (x1, top), (x1, bottom), (x0, bottom))
                    update = {"row": row + k, "text": text, "bbox": (x0, top, x1, bottom), "quad": quad}
                    cells.append(c.model_copy(update=update))
        return with_cells(table, cells, rows=1)

    said = change_page_table(table_id, tear, truth())
    # Nothing was misread: the character error rate stays, and so do the records, which are not touched here.
    assert moved(said) == GRID | {"texts", "numbers", "grits_con", "teds"}


def test_a_join_lost_moves_joins_alone() -> None:
    (table, *_) = [t for t in truth().tables if len(t.fragments) > 1]
    first, *others = table.fragments
    halves = (
        table.model_copy(update={"fragments": (first,)}),
        Table(id="other", kind=table.kind, fragments=tuple(others), n_rows=0, n_cols=0),
    )
    tables = tuple(t for t in truth().tables if t.id != table.id) + halves
    said = truth().model_copy(update={"tables": tables})
    assert moved(said) == {"joins"}
    all_joins = sum(len(t.fragments) - 1 for t in truth().tables)
    # F1 of one missed of n, none false.
    assert scores(said)["joins"].value == pytest.approx(2 * (all_joins - 1) / (2 * all_joins - 1))


def test_a_wrong_join_moves_joins_alone() -> None:
    alone = [t for t in truth().tables if len(t.fragments) == 1]
    one, two = alone[0], alone[1]
    joined = one.model_copy(update={"fragments": (*one.fragments, *two.fragments)})
    rest = tuple(t for t in truth().tables if t.id not in (one.id, two.id))
    said = truth().model_copy(update={"tables": (joined, two.model_copy(update={"fragments": ()}), *rest)})
    assert moved(said) == {"joins"}
    assert scores(said)["joins"].as_dict()["recall"] == 1.0


def test_a_span_lost_moves_spans_and_the_grid() -> None:
    _, table_id, first, _ = place_of(a_line())

    def split(table: PageTable) -> PageTable:
        merged = next(c for c in table.cells if c.colspan > 1 and c.row < first)
        left = merged.model_copy(update={"colspan": 1})
        _, y0, x1, y1 = merged.bbox
        blank = [
            merged.model_copy(
                update={
                    "col": merged.col + k,
                    "colspan": 1,
                    "text": "",
                    "raw_text": "",
                    "bbox": (x1 - 1, y0, x1, y1),
                }
            )
            for k in range(1, merged.colspan)
        ]
        return with_cells(table, [c for c in table.cells if c != merged] + [left, *blank])

    said = change_page_table(table_id, split, truth())
    assert moved(said) - {"grits_con"} == GRID | {"spans", "texts", "teds"}
    assert scores(said)["spans"].as_dict()["fn"] == 1


def test_a_clipped_name_not_completed_moves_completions_and_its_records() -> None:
    (record, *_) = [
        r for r in truth().records if getattr(r, "name_raw", None) not in (None, getattr(r, "name", None))
    ]
    printed, whole = record.name_raw, record.name  # type: ignore[union-attr]

    def clip(cell: Cell) -> Cell:
        if not any(r.kind == "completed" and r.after == whole for r in cell.repairs):
            return cell
        spans = tuple(Span(start=0, end=len(printed or ""), label=s.label) for s in cell.spans)
        return cell.model_copy(update={"text": printed, "repairs": (), "spans": spans})

    tables = tuple(t.model_copy(update={"cells": tuple(clip(c) for c in t.cells)}) for t in truth().tables)
    said = truth().model_copy(update={"tables": tables})
    said = change_records(
        lambda r: r.model_copy(update={"name": printed}) if getattr(r, "name", None) == whole else r, said
    )
    assert moved(said) == RECORDS | {"completions"}
    found = scores(said)["completions"].as_dict()
    assert found["precision"] == 1.0
    assert found["fn"] == 1


@pytest.mark.parametrize(("whole", "wrong"), [("{}经费", 1), ("{}", 0)])
def test_a_wrong_completion_costs_precision_and_one_of_a_name_read_short_does_not(
    whole: str, wrong: int
) -> None:
    cells = [c for t in truth().tables for c in t.cells]
    plain = next(c for c in cells if not c.repairs and not c.header and len(c.text) > 4)

    def complete(cell: Cell) -> Cell:
        text = whole.format(cell.text)
        repair = Repair(kind="completed", before=text[:-2], after=text)
        update = {"text": text, "repairs": (repair,)}
        return cell.model_copy(update=update) if cell is plain else cell

    tables = tuple(t.model_copy(update={"cells": tuple(map(complete, t.cells))}) for t in truth().tables)
    found = scores(truth().model_copy(update={"tables": tables}))["completions"].as_dict()
    assert (found["recall"], found["fp"]) == (1.0, wrong)


def test_an_invented_record_costs_precision_alone() -> None:
    invented = a_line().model_copy(update={"id": "x", "code": "2999999", "item": "没有的"})
    said = truth().model_copy(update={"records": (*truth().records, invented)})
    found = scores(said)
    for metric in ("fields", "records", "code_names"):
        figure = found[metric].as_dict()
        assert figure["recall"] == 1.0
        assert (figure["precision"] or 0) < 1.0
    assert found["amounts"].value == 1.0  # a recall: the amounts of gold are all there
    assert (found["amounts"].as_dict()["precision"] or 0) < 1.0


def test_a_table_not_found_costs_its_cells_and_the_joins_it_is_part_of() -> None:
    (joined, *_) = [t for t in truth().tables if len(t.fragments) > 1]
    lost = joined.fragments[1]
    pages = tuple(
        page.model_copy(update={"tables": tuple(t for t in page.tables if t.id != lost.table)})
        for page in truth().pages
    )
    assert moved(truth().model_copy(update={"pages": pages})) >= {
        "tables_iou80",
        "tables_iou60",
        "cells",
        "perfect",
        "texts",
        "joins",
        "grits_top",
        "grits_con",
        "teds",
        "teds_s",
        "cer",
    }


def test_a_table_where_there_is_none_costs_detection_and_cells_but_no_text() -> None:
    page = truth().pages[0]
    corners = ((0.0, 0.0), (5.0, 0.0), (5.0, 5.0), (0.0, 5.0))
    cell = Cell(row=0, col=0, text="印", page=1, bbox=(0, 0, 5, 5), quad=corners)
    false = PageTable(id="false", bbox=cell.bbox, n_rows=1, n_cols=1, ruled=True, cells=(cell,))
    pages = (page.model_copy(update={"tables": (*page.tables, false)}), *truth().pages[1:])
    said = truth().model_copy(update={"pages": pages})
    assert moved(said) == {"tables_iou80", "tables_iou60", "cells", "grits_top", "grits_con"}
    assert scores(said)["cells"].as_dict()["fp"] == 1


def test_a_page_that_failed_is_missed() -> None:
    page = truth().pages[1]
    pages = tuple(p.model_copy(update={"status": "failed"}) if p is page else p for p in truth().pages)
    found = scores(truth().model_copy(update={"pages": pages}))
    assert page.tables
    assert found["tables_iou80"].as_dict()["fn"] == len(page.tables)


def test_what_moves_on_one_page_moves_no_slice_of_the_others() -> None:
    record = a_line()
    tags = replace(tags_of(gold()), seal_pages=frozenset({record.provenance["amount"][0].page}))
    said = change_records(lambda r: r.model_copy(update={"amount": "1"}) if r.id == record.id else r, truth())
    about = ScoredDocument("a", "a", "0", gold().family, gold().scan, True)
    found = figures([Scored(about, score_document(gold(), tags, said))])
    values = {(f.group, f.name): f.value for f in found if f.metric == "amounts"}
    assert (values["seal", "seal on the page"] or 0) < 1.0
    assert values["seal", "no seal"] == 1.0
