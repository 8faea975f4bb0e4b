"""Reads and labels tables on request, with the stages of `extract`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from yusuan.extraction.config import Settings
from yusuan.extraction.document import BBox, Cell, Document, Evidence, PageTable, Quad, Repair
from yusuan.extraction.errors import UsageError, YusuanError
from yusuan.extraction.exports.folder import read_page_image
from yusuan.extraction.pages import PageImage
from yusuan.extraction.pipeline import READING_STAGES, Means, PageReader, run_stages
from yusuan.review.derive import as_review_tables, as_table
from yusuan.review.desk import NotFoundError
from yusuan.review.patches import ReviewTable

# Around what a person draws: rules on its rim belong to the table.
_MARGIN_INCH = 0.1
_LEAST_INCH = 0.2
_MOST_SECONDS = 20.0
_NAMES_AND_LABELS = tuple(stage for stage in READING_STAGES if stage[0] in ("names", "labels"))
_LABELS = tuple(stage for stage in READING_STAGES if stage[0] == "labels")


class BusyError(YusuanError):
    """Too many people want a table to be read."""


class TableReader:
    """Reads one table at a time: the models hold hundreds of MiB, and are loaded on first need."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings."""
        self._settings = settings
        self._lock = threading.Lock()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the models, which read one table after the other.

        Raises:
            BusyError: others have them for too long.
        """
        if not self._lock.acquire(timeout=_MOST_SECONDS):
            raise BusyError("other tables are being read", "try again in a moment")
        try:
            yield
        finally:
            self._lock.release()

    @cached_property
    def _pages(self) -> PageReader:
        return PageReader(self._settings)

    def read(self, base: Document, folder: Path, number: int, box: BBox, table_id: str) -> ReviewTable:
        """Return the table that stands in a box of a page, read from its image, with headings and labels.

        Raises:
            NotFoundError: there is no image of the page.
            UsageError: the box is too small, or there is no table in it.
        """
        page = next((each for each in base.pages if each.number == number), None)
        found = read_page_image(folder, number) if page is not None else None
        if page is None or found is None:
            raise NotFoundError("this page has no image", "run extract again")
        image, dpi = found
        margin = _MARGIN_INCH * dpi
        height, width = image.shape[:2]
        x0, y0 = int(max(0.0, box[0] - margin)), int(max(0.0, box[1] - margin))
        x1, y1 = int(min(width, box[2] + margin)), int(min(height, box[3] + margin))
        if min(x1 - x0, y1 - y0) < _LEAST_INCH * dpi:
            raise UsageError("this box is too small for a table", "draw a larger one")
        crop = PageImage(number=number, image=image[y0:y1, x0:x1].copy(), dpi=dpi, kind="scanned")
        with self._alone():
            read = self._pages.read(crop)
            if not read.tables:
                raise UsageError("no table was found in this box", "add one with rows and columns by hand")
            table = max(read.tables, key=lambda table: len(table.cells))
            page = page.model_copy(update={"tables": (_moved(table, table_id, x0, y0),)})
            document = base.model_copy(update={"pages": (page,), "records": (), "findings": ()})
            document = run_stages(READING_STAGES, document, Means(self._settings))
        (joined,) = as_review_tables(document.tables)
        return joined.model_copy(update={"id": table_id})

    def label(self, base: Document, table: ReviewTable) -> ReviewTable:
        """Return a table with labels by the models; cells that a person has seen keep theirs.

        A kind that a person has chosen stays; one that is not known is looked for.
        """
        document = base.model_copy(update={"tables": (as_table(table),), "records": (), "findings": ()})
        stages = _NAMES_AND_LABELS if table.kind == "unknown" else _LABELS
        with self._alone():
            document = run_stages(stages, document, Means(self._settings))
        (fresh,) = as_review_tables(document.tables)
        kept = {(cell.row, cell.col): cell for cell in table.cells if cell.reviewer}
        cells = tuple(kept.get((cell.row, cell.col), cell) for cell in fresh.cells)
        return fresh.model_copy(update={"cells": cells})


def _moved(table: PageTable, table_id: str, dx: int, dy: int) -> PageTable:
    """Return a table of a crop where it stands on the page."""
    cells = tuple(_moved_cell(cell, dx, dy) for cell in table.cells)
    return table.model_copy(update={"id": table_id, "bbox": _shifted(table.bbox, dx, dy), "cells": cells})


def _moved_cell(cell: Cell, dx: int, dy: int) -> Cell:
    quad: Quad = tuple((x + dx, y + dy) for x, y in cell.quad)  # type: ignore[assignment]
    repairs = tuple(_moved_repair(repair, dx, dy) for repair in cell.repairs)
    return cell.model_copy(update={"bbox": _shifted(cell.bbox, dx, dy), "quad": quad, "repairs": repairs})


def _moved_repair(repair: Repair, dx: int, dy: int) -> Repair:
    evidence = tuple(
        Evidence(text=each.text, page=each.page, bbox=each.bbox and _shifted(each.bbox, dx, dy))
        for each in repair.evidence
    )
    return repair.model_copy(update={"evidence": evidence})


def _shifted(box: BBox, dx: int, dy: int) -> BBox:
    return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy
