"""Two folders to open in PPOCRLabel: `pages` for text, and `tables`, one an image as its table mode wants.

Each has its images and `Label.txt`. `Cache.cach` says the same: of pages that nobody has checked yet,
PPOCRLabel keeps what stands there when it saves. `tables` has the grids besides: as spreadsheets, in which
people change them, and in `gt.txt`, which PPOCRLabel makes of both and PaddleOCR trains on.
Format: PPOCRLabel, "Table Annotation" and `exportJSON`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from html import escape
from pathlib import Path
from typing import Any, TextIO

from yusuan.extraction.document import Page, Quad
from yusuan.extraction.exports.folder import page_image_path, writing
from yusuan.extraction.exports.html_tokens import rows_of, structure_tokens
from yusuan.extraction.exports.spreadsheet import open_workbook
from yusuan.extraction.exports.table_images import (
    TableImage,
    missing_image,
    printed_documents,
    table_images,
    write_image,
)
from yusuan.extraction.geometry import bbox_to_quad

PAGES, TABLES = "pages", "tables"
LABELS, CACHE, TRUTH, GRIDS = "Label.txt", "Cache.cach", "gt.txt", "tableRec_excel_output"

Boxes = list[dict[str, Any]]


def export_ppocrlabel(out: Path, folder: Path) -> None:
    """Write pages and tables of all documents.

    Raises:
        InputError: a document.json cannot be read, or the image of a page is missing.
        PageError: the image of a page is damaged.
        OutputError: a file cannot be written.
    """
    with ExitStack() as files:
        pages = files.enter_context(_labels(folder / PAGES))
        tables = files.enter_context(_labels(folder / TABLES))
        draft = files.enter_context(writing(folder / TABLES / TRUTH))
        truth = files.enter_context(draft.open("w", encoding="utf-8"))
        for own, document in printed_documents(out):
            for page in document.pages:
                if page.status == "ok":
                    name = f"{own.name}_{page.number:03d}.jpg"
                    # A copy, not a link: PPOCRLabel turns images in their place.
                    _copy(page_image_path(own, page.number), folder / PAGES / name, own, page.number)
                    _write(pages, PAGES, name, page_boxes(page))
            for table in table_images(own, document):
                name = f"{table.name}.jpg"
                write_image(folder / TABLES / name, table.image)
                _write(tables, TABLES, name, table_boxes(table))
                truth.write(json.dumps(table_truth(table), ensure_ascii=False) + "\n")
                _write_grid(folder / TABLES / GRIDS / f"{table.name}.xlsx", table)


@contextmanager
def _labels(folder: Path) -> Iterator[tuple[TextIO, TextIO]]:
    with (
        writing(folder / LABELS) as labels,
        writing(folder / CACHE) as cache,
        labels.open("w", encoding="utf-8") as one,
        cache.open("w", encoding="utf-8") as other,
    ):
        yield one, other


def _write(files: tuple[TextIO, TextIO], folder: str, name: str, boxes: Boxes) -> None:
    for file in files:
        file.write(f"{folder}/{name}\t{json.dumps(boxes, ensure_ascii=False)}\n")


def _copy(image: Path, target: Path, folder: Path, page: int) -> None:
    if not image.is_file():
        raise missing_image(folder, page)
    with writing(target) as draft:
        shutil.copyfile(image, draft)


def page_boxes(page: Page) -> Boxes:
    """Return the boxes of a page: cells with text, and lines outside of tables."""
    cells = [(cell.text, cell.quad) for table in page.tables for cell in table.cells if cell.text]
    lines = [(line.text, bbox_to_quad(line.bbox)) for line in page.lines if line.text]
    return [_box(text, quad) for text, quad in (*cells, *lines)]


def table_boxes(table: TableImage) -> Boxes:
    """Return the boxes of a table: all of its cells, blank ones too, row by row."""
    return [_box(cell.text, cell.quad) for row in rows_of(table.table) for cell in row if cell]


def _box(text: str, quad: Quad) -> dict[str, Any]:
    return {"transcription": text, "points": [[round(x), round(y)] for x, y in quad], "difficult": False}


def table_truth(table: TableImage) -> dict[str, Any]:
    """Return the line of `gt.txt` for a table: its grid has no head, and `gt` is the whole of it as HTML."""
    tokens = structure_tokens(table.table, 0, ("colspan", "rowspan"))
    cells = [
        {"tokens": list(cell.text), "bbox": _box("", cell.quad)["points"]} if cell else {"tokens": []}
        for row in rows_of(table.table)
        for cell in row
    ]
    texts = iter("".join(map(escape, cell["tokens"])) for cell in cells)
    html = "".join(
        token.replace('"', "") + (next(texts) if token in ("<td>", ">") else "") for token in tokens
    )
    return {
        "filename": f"{table.name}.jpg",
        "html": {"structure": {"tokens": tokens}, "cells": cells},
        "gt": f"<html><body><table>{html}</table></body></html>",
    }


def _write_grid(path: Path, table: TableImage) -> None:
    """Write the grid of a table as a spreadsheet: a mark in every place, and which of them are merged."""
    with writing(path) as draft, open_workbook(draft) as workbook:
        sheet = workbook.add_worksheet()
        for row in range(table.table.n_rows):
            for col in range(table.table.n_cols):
                sheet.write_string(row, col, "1")
        for cell in table.table.cells:
            if cell.rowspan > 1 or cell.colspan > 1:
                last = cell.row + cell.rowspan - 1, cell.col + cell.colspan - 1
                sheet.merge_range(cell.row, cell.col, *last, "1")
