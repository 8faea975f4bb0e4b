"""Gold of pages whose grids people changed: page tables follow, and the checker finds nothing wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from yusuan.datasets.goldset.check import document_problems
from yusuan.datasets.goldset.files import GOLD, read_document
from yusuan.eval.metrics.grids import page_grids
from yusuan.extraction.document import Cell, Document, Repair, Table
from yusuan.extraction.exports.folder import write_page_image
from yusuan.extraction.geometry import bbox_to_quad
from yusuan.review.derive import as_review_tables, reckon
from yusuan.review.gold_folder import write_gold


def reviewed(document: Document, tables: tuple[Table, ...] | None = None) -> Document:
    """Return a document as it is once people have accepted all of it, with tables as they left them."""
    pages = {page.number for page in document.pages}
    return reckon(document, as_review_tables(tables or document.tables), pages, 0.005).document


def changed(document: Document, change: Callable[[Cell], Cell]) -> Document:
    tables = (
        table.model_copy(update={"cells": tuple(map(change, table.cells))}) for table in document.tables
    )
    return reviewed(document, tuple(tables))


def written(target: Path, document: Document, source: Path | None) -> Document:
    """Return what is written of all pages of a document; the checker finds nothing wrong with it."""
    pages = {page.number for page in document.pages}
    summary = write_gold(target, document, pages, target.parent, source, ["甲"])
    assert (set(summary.pages), summary.left_out) == (pages, {})
    assert list(document_problems(target)) == []
    return read_document(target)


def grids(document: Document) -> list[set[object]]:
    return [
        {(cell.place, cell.text) for cell in grid.cells}
        for page in document.pages
        for grid in page_grids(page)
    ]


def nudged(cell: Cell) -> Cell:
    x0, y0, x1, y1 = cell.bbox
    return cell.model_copy(update={"bbox": (x0 + 1, y0, x1, y1), "quad": bbox_to_quad((x0 + 1, y0, x1, y1))})


@pytest.mark.parametrize("name", ["julu", "pingwu", "lanxi_education", "qingping_education"])
def test_page_tables_made_anew_have_repeated_headings_and_torn_parts(name: str, tmp_path: Path) -> None:
    document = read_document(GOLD / name)
    gold = written(tmp_path / name, changed(document, nudged), GOLD / name / "document.pdf")
    assert grids(gold) == grids(document)


def test_a_torn_text_that_was_corrected_stands_in_both_parts(tmp_path: Path) -> None:
    document = read_document(GOLD / "pingwu")

    def corrected(cell: Cell) -> Cell:
        text = cell.text.replace("公开电话办理", "热线电话办理")
        return cell.model_copy(update={"text": text})

    gold = written(tmp_path / "pingwu", changed(document, corrected), GOLD / "pingwu" / "document.pdf")
    cell = next(c for t in gold.tables for c in t.cells if "热线电话" in c.text and len(c.text) < 40)
    (repair,) = cell.repairs
    assert (repair.before, repair.after, repair.evidence[0].text) == (
        "平武县人民政府办公室市长热线电话",
        cell.text,
        "办理及网络维护",
    )
    assert cell.raw_text == repair.before


def test_what_was_misread_or_only_proposed_is_not_in_the_gold(tmp_path: Path) -> None:
    document = read_document(GOLD / "menyuan")
    misread = Repair(kind="misread", before="3.4O", after="3.40")
    proposed = Repair(kind="proposed", before="12.70", after="12.10")

    def doubted(cell: Cell) -> Cell:
        kinds = {"3.40": (misread,), "12.70": (proposed,)}
        update = {"repairs": kinds.get(cell.text, ()), "confidence": 0.5, "raw_text": cell.text + "?"}
        return cell.model_copy(update=update)

    gold = written(tmp_path / "menyuan", changed(document, doubted), GOLD / "menyuan" / "document.pdf")
    assert gold.tables == document.tables
    assert gold.pages == document.pages


def test_parted_tables_and_rows_that_were_taken_out(tmp_path: Path) -> None:
    document = read_document(GOLD / "menyuan")
    table = document.tables[0]
    cut = max(cell.row for cell in table.cells if cell.page == 1)
    gone = max(cell.row for cell in table.cells if cell.page == 2) - cut
    lower = [cell.model_copy(update={"row": cell.row - cut}) for cell in table.cells if cell.row >= cut]
    rest = [
        cell.model_copy(update={"row": cell.row - (cell.row > gone)}) for cell in lower if cell.row != gone
    ]
    tables = (
        table.model_copy(
            update={
                "cells": tuple(cell for cell in table.cells if cell.row < cut),
                "n_rows": cut,
                "fragments": table.fragments[:1],
            }
        ),
        table.model_copy(
            update={"id": "t2", "cells": tuple(rest), "n_rows": table.n_rows - cut - 1, "header_rows": 0}
        ),
    )
    gold = written(tmp_path / "menyuan", reviewed(document, tables), GOLD / "menyuan" / "document.pdf")
    rows = [[page_table.n_rows for page_table in page.tables] for page in gold.pages]
    before = [page.tables[0].n_rows for page in document.pages]
    assert rows == [[before[0] - 1, 1], [before[1] - 1], *([count] for count in before[2:])]
    assert gold.tables[1].fragments[0].reason == "first"
    assert json.loads((tmp_path / "menyuan" / "about.json").read_text())["checks"]["wrong_in_print"]


def test_cells_that_leave_the_paper_and_holes_are_put_right(tmp_path: Path) -> None:
    document = read_document(GOLD / "menyuan")
    table = document.tables[0]
    (first, *others) = table.cells
    box = (-30.0, -4.0, first.bbox[2], first.bbox[3])
    out = first.model_copy(update={"bbox": box, "quad": bbox_to_quad(box)})
    kept = [cell for cell in others if (cell.row, cell.col) != (4, 3)]
    holed = table.model_copy(update={"cells": (out, *kept)})
    gold = written(tmp_path / "menyuan", reviewed(document, (holed,)), GOLD / "menyuan" / "document.pdf")
    cells = {(cell.row, cell.col): cell for cell in gold.tables[0].cells}
    assert cells[0, 0].bbox == (0, 0, *first.bbox[2:])
    assert cells[4, 3].text == ""
    assert sum(cell.rowspan * cell.colspan for cell in cells.values()) == table.n_rows * table.n_cols


def test_pages_that_were_not_read_are_not_in_the_pdf(tmp_path: Path) -> None:
    document = read_document(GOLD / "shizhu_organization")
    read = document.pages[:1]
    tables = tuple(table for table in document.tables if {cell.page for cell in table.cells} == {1})
    some = reviewed(document.model_copy(update={"pages": read, "tables": tables}))
    gold = written(tmp_path / "some", some, GOLD / "shizhu_organization" / "document.pdf")
    assert gold.source.pages == 1
    with pikepdf.open(tmp_path / "some" / "document.pdf") as pdf:
        assert len(pdf.pages) == 1


@pytest.mark.parametrize("password", [None, "secret"])
def test_a_locked_pdf_comes_out_as_images_and_an_open_one_as_it_was(
    tmp_path: Path, password: str | None
) -> None:
    document = read_document(GOLD / "menyuan")
    source = tmp_path / "source.pdf"
    with pikepdf.open(GOLD / "menyuan" / "document.pdf") as pdf:
        pdf.save(source, encryption=pikepdf.Encryption(user=password, owner="o") if password else False)
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    same = document.model_copy(update={"source": document.source.model_copy(update={"sha256": sha256})})
    for page in document.pages:
        image = np.full((page.height, page.width, 3), 255, np.uint8)
        write_page_image(tmp_path, page.number, image, page.dpi)
    gold = written(tmp_path / "menyuan", reviewed(same), source)
    made = (tmp_path / "menyuan" / "document.pdf").read_bytes()
    assert (made == source.read_bytes()) == (password is None)
    assert gold.source.kind == ("scanned" if password else "digital")
    about = json.loads((tmp_path / "menyuan" / "about.json").read_text())
    assert about["tags"]["scan_level"] == ("scan" if password else "digital")
    assert "repeated header" in about["tags"]["features"]
