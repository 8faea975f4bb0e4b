"""Page tables as the plain JSON that public table truth is written in, one file a page.

Each file holds `{image, pdf, page, dpi, tables: [{bbox, n_rows, n_cols, cells: [{r0, c0, r1, c1,
bbox, text}]}]}`; `r1` and `c1` are inclusive, boxes are pixels of the image as it came, or of the
PDF page at `dpi`. Other people's scorers can then read what we found on other people's pages.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from yusuan.extraction.document import BBox, Document, Page, PageTable
from yusuan.extraction.errors import YusuanError
from yusuan.extraction.exports.folder import documents_in, write_text

PDF_NAMES = "{stem}_p{page:03d}"


def page_to_external(document: Document, page: Page, dpi: float) -> dict[str, Any]:
    """Return one page as such a JSON object.

    Args:
        document: the document of the page; its source says whether it is a PDF.
        page: with page tables in pixels of the upright image.
        dpi: resolution in which the boxes of a PDF page are wanted; an image keeps its own pixels.
    """
    path = Path(document.source.path)
    is_pdf = path.suffix.lower() == ".pdf"
    to_scan = scan_frame(document, page, dpi)
    return {
        "image": None if is_pdf else path.name,
        "pdf": path.name if is_pdf else None,
        "page": page.number,
        "dpi": dpi if is_pdf else None,
        "tables": [_table_to_external(table, to_scan) for table in page.tables],
    }


def scan_frame(document: Document, page: Page, dpi: float) -> np.ndarray:
    """Return the `(3, 3)` matrix from pixels of the upright page to those in which such a page is written."""
    to_scan = np.array(page.transform)
    if Path(document.source.path).suffix.lower() != ".pdf":
        return to_scan
    return np.diag([dpi / page.dpi, dpi / page.dpi, 1.0]) @ to_scan


def _table_to_external(table: PageTable, to_scan: np.ndarray) -> dict[str, Any]:
    return {
        "bbox": moved_box(table.bbox, to_scan),
        "n_rows": table.n_rows,
        "n_cols": table.n_cols,
        "cells": [
            {
                "r0": cell.row,
                "c0": cell.col,
                "r1": cell.row + cell.rowspan - 1,
                "c1": cell.col + cell.colspan - 1,
                "bbox": moved_box(cell.bbox, to_scan),
                "text": cell.text,
            }
            for cell in table.cells
        ],
    }


def moved_box(bbox: BBox, matrix: np.ndarray) -> list[float]:
    """Return the box around a box whose corners went through a `(3, 3)` projective matrix, to 0.1 pixel."""
    x0, y0, x1, y1 = bbox
    corners = np.array([[x0, y0, 1], [x1, y0, 1], [x1, y1, 1], [x0, y1, 1]], np.float64) @ matrix.T
    points = corners[:, :2] / corners[:, 2:]
    return [round(float(value), 1) for value in (*points.min(axis=0), *points.max(axis=0))]


def out_to_external(out: Path, target: Path, dpi: float = 150.0, pdf_names: str = PDF_NAMES) -> int:
    """Write one file a page for every document in an output folder; return how many.

    The page of an image is named after the image; that of a PDF (and of an image with several pages)
    by `pdf_names`, a format of `stem` and `page`.

    Raises:
        InputError: a document cannot be read.
        OutputError: a file cannot be written.
    """
    written = 0
    for _, document in documents_in(out):
        path = Path(document.source.path)
        single_image = path.suffix.lower() != ".pdf" and document.source.pages == 1
        for page in document.pages:
            name = path.stem if single_image else pdf_names.format(stem=path.stem, page=page.number)
            text = json.dumps(page_to_external(document, page, dpi), ensure_ascii=False)
            write_text(target / f"{name}.json", text + "\n")
            written += 1
    return written


def main(
    out: Annotated[Path, typer.Argument(help="Output folder of yusuan extract.")],
    target: Annotated[Path, typer.Option("-o", "--output", help="Folder for the JSON files.")],
    dpi: Annotated[float, typer.Option(help="Resolution of boxes on PDF pages.")] = 150.0,
    names: Annotated[str, typer.Option(help="File names of PDF pages.")] = PDF_NAMES,
) -> None:
    """Write page tables as plain JSON, one file a page, for scorers of public table truth."""
    try:
        typer.echo(f"{out_to_external(out, target, dpi, names)} pages in {target}")
    except YusuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error


if __name__ == "__main__":
    typer.run(main)
