"""Tables of documents with their images, cut out of the upright pages: what models of tables learn from."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from yusuan.extraction.document import BBox, Cell, Document, Page, PageTable
from yusuan.extraction.errors import InputError
from yusuan.extraction.exports.folder import (
    DOCUMENTS,
    corrected_documents,
    page_image_path,
    read_page_image,
    writing,
)
from yusuan.extraction.exports.page_tables import with_page_tables

# Pixels around a table, so that its outer rules are seen.
_MARGIN = 8
_JPEG_QUALITY = 95


@dataclass(frozen=True)
class TableImage:
    """A table as it stands on a page, in pixels of its image.

    Attributes:
        name: unique in the output folder, fit for a file.
        document: the name of its document's folder.
        table: with the boxes of its cells in `image`.
        image: `(H, W, 3)` uint8 RGB.
    """

    name: str
    document: str
    table: PageTable
    image: np.ndarray


def printed_documents(out: Path) -> Iterator[tuple[Path, Document]]:
    """Yield each document of an output folder as people left it, with page tables to match, and its folder.

    Raises:
        InputError: a document.json cannot be read.
    """
    for name, document in corrected_documents(out):
        yield out / DOCUMENTS / name, with_page_tables(document)


def table_images(folder: Path, document: Document) -> Iterator[TableImage]:
    """Yield the tables of a document that have cells, page by page.

    Args:
        folder: of the document, with the images of its pages.
        document: with page tables.

    Raises:
        InputError: a page has no image.
        PageError: the image of a page is damaged.
    """
    for page in document.pages:
        tables = [table for table in page.tables if table.cells]
        if not tables:
            continue
        found = read_page_image(folder, page.number)
        if found is None:
            raise missing_image(folder, page.number)
        for table in tables:
            x0, y0, x1, y1 = _crop(table, page)
            cells = tuple(cell.model_copy(update=_moved(cell, x0, y0)) for cell in table.cells)
            inner = table.model_copy(update={"cells": cells, "bbox": _shifted(table.bbox, x0, y0)})
            yield TableImage(f"{folder.name}_{table.id}", folder.name, inner, found[0][y0:y1, x0:x1])


def missing_image(folder: Path, page: int) -> InputError:
    """Return what to tell a person where the image of a page is gone."""
    return InputError(f"{page_image_path(folder, page)} is missing", "run extract again with --force")


def _crop(table: PageTable, page: Page) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = table.bbox
    return (
        max(0, round(x0) - _MARGIN),
        max(0, round(y0) - _MARGIN),
        min(page.width, round(x1) + _MARGIN),
        min(page.height, round(y1) + _MARGIN),
    )


def _moved(cell: Cell, x0: int, y0: int) -> dict[str, object]:
    quad = tuple((x - x0, y - y0) for x, y in cell.quad)
    return {"bbox": _shifted(cell.bbox, x0, y0), "quad": quad}


def _shifted(box: BBox, x0: int, y0: int) -> BBox:
    return box[0] - x0, box[1] - y0, box[2] - x0, box[3] - y0


def write_image(path: Path, image: np.ndarray) -> None:
    """Write an image, `(H, W, 3)` uint8 RGB, as JPEG.

    Raises:
        OutputError: it cannot be written.
    """
    data = io.BytesIO()
    Image.fromarray(image).save(data, "JPEG", quality=_JPEG_QUALITY)
    with writing(path) as draft:
        draft.write_bytes(data.getvalue())
