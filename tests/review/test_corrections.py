"""What people accepted comes out as gold that the checker of gold finds nothing wrong with."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pikepdf
import pytest

from yusuan.datasets.goldset.check import check
from yusuan.datasets.goldset.files import GOLD, read_document
from yusuan.extraction.config import load_settings
from yusuan.extraction.document import Document, Span
from yusuan.extraction.errors import UsageError
from yusuan.review.corrections import write_corrections
from yusuan.review.derive import as_review_tables, reckon
from yusuan.review.desk import Desk
from yusuan.review.gold_folder import gold_document, whole_pages, write_gold
from yusuan.review.patches import Change
from yusuan.review.wire import Accept, Edit

SETTINGS = load_settings()


def reviewed(name: str) -> Document:
    """Return a gold document as if people had reviewed it."""
    document = read_document(GOLD / name)
    pages = {page.number for page in document.pages}
    return reckon(document, as_review_tables(document.tables), pages, 0.005).document


def said(document: Document) -> list[dict[str, object]]:
    kept = ("id", "provenance", "checks")
    return [record.model_dump(exclude=set(kept)) for record in document.records]


@pytest.mark.parametrize("name", ["julu", "pingwu", "chenghu_culture"])
def test_a_perfect_reading_comes_out_as_the_truth(name: str, tmp_path: Path) -> None:
    truth, target = reviewed(name), tmp_path / name
    pages = {page.number for page in truth.pages}
    summary = write_gold(target, truth, pages, tmp_path, GOLD / name / "document.pdf", ["甲"])
    assert summary.pages == tuple(sorted(pages))
    assert check(tmp_path) == []
    again = read_document(target)
    stored = read_document(GOLD / name)
    assert (target / "document.pdf").read_bytes() == (GOLD / name / "document.pdf").read_bytes()
    for page, other in zip(again.pages, stored.pages, strict=True):
        assert [table.cells for table in page.tables] == [table.cells for table in other.tables]
    assert [table.cells for table in again.tables] == [table.cells for table in stored.tables]
    # Records are made by the program from true labels; of these two documents they are all right.
    assert name == "pingwu" or said(again) == said(stored)


def test_pages_that_nobody_accepted_take_pages_with_them_that_share_a_table(tmp_path: Path) -> None:
    truth = reviewed("julu")
    spread = next(table for table in truth.tables if len({cell.page for cell in table.cells}) > 1)
    over = sorted({cell.page for cell in spread.cells})
    accepted = {page.number for page in truth.pages} - {over[-1]}
    pages, left_out = whole_pages(truth, accepted)
    assert set(over) & set(pages) == set()
    assert f"page {over[-1]}" in left_out[over[0]]
    summary = write_gold(tmp_path / "part", truth, accepted, tmp_path, GOLD / "julu" / "document.pdf", ["甲"])
    assert summary.pages == pages
    assert check(tmp_path) == []
    with pikepdf.open(tmp_path / "part" / "document.pdf") as pdf:
        assert len(pdf.pages) == len(pages)
    again = read_document(tmp_path / "part")
    assert [page.number for page in again.pages] == list(range(1, len(pages) + 1))


def test_rows_that_people_put_in_stand_on_the_page_too() -> None:
    truth = reviewed("menyuan")
    table = truth.tables[0]
    page = table.cells[-1].page
    rows = [cell for cell in table.cells if cell.page == page]
    moved = tuple(
        cell.model_copy(update={"row": cell.row + 1}) if cell.row >= rows[-1].row else cell
        for cell in table.cells
    )
    longer = table.model_copy(update={"n_rows": table.n_rows + 1, "cells": moved})
    gold = gold_document(truth.model_copy(update={"tables": (longer,)}), sorted({c.page for c in moved}))
    (part,) = gold.pages[-1].tables
    assert part.n_rows == len({cell.row for cell in rows}) + 1
    covered = sum(cell.rowspan * cell.colspan for cell in part.cells)
    assert covered == part.n_rows * part.n_cols


def test_what_was_typed_is_in_the_gold_that_is_written(
    desk: Desk, out: Path, document: str, tmp_path: Path
) -> None:
    with desk.sheet(document) as sheet:
        table = sheet.tables.tables[0]
    page = table.cells[-1].page
    cell = next(
        cell for cell in reversed(table.cells) if any(s.label == "budget_line.amount" for s in cell.spans)
    )
    spans = (Span(start=0, end=7, label="budget_line.amount"),)
    typed = cell.model_copy(update={"text": "7654.32", "spans": spans, "reviewer": "甲"})
    change = Change(table=table.id, put=(typed,))
    desk.edit("甲", document, Edit(edit=uuid4(), base=0, page=page, action="text", patches=(change,)))
    with pytest.raises(UsageError, match="accepted yet"):
        write_corrections(out, tmp_path / "gold", SETTINGS)
    for number in sorted({cell.page for cell in table.cells}):
        desk.accept("甲", document, number, Accept(base=number))
    summary = write_corrections(out, tmp_path / "gold", SETTINGS)
    assert summary.problems == []
    (name,) = summary.documents
    again = read_document(tmp_path / "gold" / name)
    amounts = [record.amount for record in again.records if record.type == "budget_line"]
    assert "7654.32" in amounts
    # A sum that people found wrong in print is listed, not hidden.
    assert check(tmp_path / "gold") == []


def test_pages_are_made_of_images_where_the_file_is_gone(
    desk: Desk, out: Path, document: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(out / "jobs.sqlite")) as jobs:
        jobs.execute("CREATE TABLE documents (sha256 TEXT, path TEXT)")
    with desk.sheet(document) as sheet:
        pages = [page.number for page in sheet.base.pages]
    for at, number in enumerate(pages):
        desk.accept("甲", document, number, Accept(base=at))
    summary = write_corrections(out, tmp_path / "gold", SETTINGS)
    assert summary.problems == []
    (name,) = summary.documents
    again = read_document(tmp_path / "gold" / name)
    assert {page.kind for page in again.pages} == {"scanned"}
    assert again.source.pages == len(pages)
    with pikepdf.open(tmp_path / "gold" / name / "document.pdf") as pdf:
        image = pdf.pages[0].Resources.XObject.I
        assert (image.Width, image.Height) == (again.pages[0].width, again.pages[0].height)


def test_one_document_that_cannot_be_written_stops_no_other(
    desk: Desk, out: Path, document: str, tmp_path: Path
) -> None:
    other = out / "documents" / "other-87654321"
    shutil.copytree(desk.folder(document), other)
    desk.accept("甲", document, 1, Accept(base=0))
    ids = {folder.name: key for key, folder in desk.folders().items()}
    desk.accept("甲", ids[other.name], 1, Accept(base=0))
    shutil.rmtree(desk.folder(document) / "pages")
    summary = write_corrections(out, tmp_path / "gold", SETTINGS)
    assert len(summary.failures) == 1
    assert desk.folder(document).name in summary.failures[0]
    assert [each for each in summary.documents if summary.documents[each].pages] == [other.name]


def test_nobody_has_reviewed_anything(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="yusuan review"):
        write_corrections(tmp_path, tmp_path / "gold", SETTINGS)
