"""Page tables made again from logical ones: the same where nothing was changed, right where something was."""

from collections.abc import Callable

import pytest

from yusuan.datasets.goldset.files import GOLD, read_document
from yusuan.datasets.goldset.truth import fragment_problems, grid_problems
from yusuan.eval.metrics.grids import Grid, page_grids
from yusuan.extraction.document import Cell, Document, Fragment, Repair, Table
from yusuan.extraction.exports.page_tables import with_page_tables
from yusuan.extraction.geometry import bbox_to_quad, union

# Torn rows, cells, codes and texts, spans over pages, lane rows, parts of fewer columns, repeated labels.
DOCUMENTS = ("julu", "pingwu", "lanxi_education", "tongyue_health")


def said(grid: Grid) -> set[object]:
    return {(cell.place, cell.text) for cell in grid.cells}


def grids(document: Document) -> dict[str, set[object]]:
    return {grid.id: said(grid) for page in document.pages for grid in page_grids(page)}


def changed(document: Document, change: Callable[[Table], Table]) -> Document:
    return document.model_copy(update={"tables": tuple(map(change, document.tables))})


def with_cells(table: Table, change: Callable[[Cell], Cell]) -> Table:
    return table.model_copy(update={"cells": tuple(map(change, table.cells))})


def nudged(cell: Cell) -> Cell:
    x0, y0, x1, y1 = cell.bbox
    box = (x0 + 1, y0, x1, y1)
    return cell.model_copy(update={"bbox": box, "quad": bbox_to_quad(box)})


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_nobody_changed_stays_to_the_byte(name: str) -> None:
    document = read_document(GOLD / name)
    assert with_page_tables(document) == document


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_page_whose_grid_was_changed_is_made_of_its_rows_and_what_stands_above_them(name: str) -> None:
    document = read_document(GOLD / name)
    made = with_page_tables(changed(document, lambda table: with_cells(table, nudged)))
    assert grids(made) == grids(document)
    assert not list(fragment_problems(made))
    holes = [problem for problem in grid_problems(made) if "tile" in problem]
    assert not holes


def test_texts_are_those_that_people_gave_and_torn_ones_keep_their_parts() -> None:
    document = read_document(GOLD / "pingwu")

    def corrected(cell: Cell) -> Cell:
        if cell.text.startswith("平武县人民政府办公室市长公开电话"):
            return cell.model_copy(update={"text": cell.text.replace("公开电话办理", "热线电话的办理")})
        return cell.model_copy(update={"text": "9.99"}) if cell.text == "97.20" else cell

    made = with_page_tables(changed(document, lambda table: with_cells(table, corrected)))
    printed = {cell.text for page in made.pages for table in page.tables for cell in table.cells}
    assert {"平武县人民政府办公室市长热线电话", "的办理及网络维护", "9.99"} <= printed
    assert all(cell.text == cell.raw_text for p in made.pages for t in p.tables for cell in t.cells)


def test_a_clipped_name_is_clipped_on_its_page_and_a_proposal_is_not_there() -> None:
    document = read_document(GOLD / "tongyue_health")
    first = document.tables[0].cells[0]
    proposed = first.model_copy(update={"repairs": (Repair(kind="proposed", before="", after="x"),)})
    tables = (
        with_cells(document.tables[0], lambda cell: proposed if cell is first else cell),
        *document.tables[1:],
    )
    made = with_page_tables(document.model_copy(update={"tables": tables}))
    assert made.pages == document.pages
    printed = {cell.text for page in made.pages for table in page.tables for cell in table.cells}
    assert "桐岳县疾病预防控制中心（桐岳县卫生监" in printed


def test_rows_that_people_took_out_are_not_printed_and_repeated_headings_still_are() -> None:
    document = read_document(GOLD / "menyuan")
    table = document.tables[0]
    row = max(cell.row for cell in table.cells if cell.page == 2)
    kept = [cell for cell in table.cells if cell.row != row]
    moved = [cell.model_copy(update={"row": cell.row - 1}) if cell.row > row else cell for cell in kept]
    shorter = table.model_copy(update={"cells": tuple(moved), "n_rows": table.n_rows - 1})
    made = with_page_tables(document.model_copy(update={"tables": (shorter,)}))
    before, after = (grids(each) for each in (document, made))
    assert {name for name in before if before[name] != after[name]} == {"p2t1"}
    assert len(before["p2t1"]) - len(after["p2t1"]) == table.n_cols
    assert "单位编码" in {cell.text for cell in made.pages[1].tables[0].cells}


def test_tables_that_people_parted_joined_and_drew_have_page_tables_of_their_own() -> None:
    document = read_document(GOLD / "menyuan")
    table = document.tables[0]
    on_first = max(cell.row for cell in table.cells if cell.page == 1)
    upper = [cell for cell in table.cells if cell.row < on_first]
    lower = [
        cell.model_copy(update={"row": cell.row - on_first}) for cell in table.cells if cell.row >= on_first
    ]
    box = (1.0, 1.0, 20.0, 20.0)
    drawn = Cell(row=0, col=0, page=1, bbox=box, quad=bbox_to_quad(box), text="新")
    tables = (
        table.model_copy(
            update={"cells": tuple(upper), "n_rows": on_first, "fragments": table.fragments[:1]}
        ),
        table.model_copy(
            update={"id": "t2", "cells": tuple(lower), "n_rows": table.n_rows - on_first, "header_rows": 0}
        ),
        Table(
            id="t3",
            n_rows=1,
            n_cols=1,
            cells=(drawn,),
            fragments=(Fragment(page=1, table="p1t3", reason="first"),),
        ),
    )
    made = with_page_tables(document.model_copy(update={"tables": tables}))
    assert not list(fragment_problems(made))
    first = [table for table in made.pages[0].tables if table.cells[0].text != "新"]
    texts = [[cell.text for cell in sorted(table.cells, key=lambda cell: cell.row)] for table in first]
    assert sum(map(len, texts)) == len(document.pages[0].tables[0].cells)
    assert texts[0][0] == "单位编码"
    assert "单位编码" not in texts[1]
    assert [table.bbox for table in made.pages[0].tables if table.cells[0].text == "新"] == [union([box])]
    assert made.pages[1:] == document.pages[1:]
    again = with_page_tables(
        made.model_copy(
            update={
                "tables": (
                    table.model_copy(
                        update={"fragments": (*made.tables[0].fragments, *made.tables[1].fragments)}
                    ),
                    made.tables[2],
                )
            }
        )
    )
    assert grids(again)["p2t1"] == grids(document)["p2t1"]
    assert [part.reason for part in again.tables[0].fragments].count("first") == 1
