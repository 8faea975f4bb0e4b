"""Truth of a digital document to truth of a damaged one: every place follows its page through the damage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from yusuan.extraction.document import (
    BBox,
    Cell,
    Document,
    Page,
    PageTable,
    Provenance,
    Quad,
    Record,
    Repair,
    Source,
    Table,
)
from yusuan.extraction.geometry import bbox_to_quad, points_to_bbox, points_to_quad


@dataclass(frozen=True)
class PageMap:
    """How the pixels of a page became those of its damaged image.

    Attributes:
        width, height: of the damaged image.
        dpi: of the damaged image.
        points: maps points `(N, 2)`.
    """

    width: int
    height: int
    dpi: float
    points: Callable[[np.ndarray], np.ndarray]


class _Places:
    """The maps of all pages; the same box is mapped once."""

    def __init__(self, maps: Mapping[int, PageMap]) -> None:
        self._maps = maps
        self._known: dict[tuple[int, Quad], Quad] = {}

    def quad(self, page: int, quad: Quad) -> Quad:
        if (page, quad) not in self._known:
            self._known[page, quad] = points_to_quad(self._maps[page].points(np.array(quad, np.float64)))
        return self._known[page, quad]

    def bbox(self, page: int, box: BBox) -> BBox:
        """Return the box around the mapped corners of `box`."""
        return points_to_bbox(np.array(self.quad(page, bbox_to_quad(box))))

    def cell(self, cell: Cell) -> Cell:
        quad = self.quad(cell.page, cell.quad)
        repairs = tuple(self.repair(repair) for repair in cell.repairs)
        box = points_to_bbox(np.array(quad))
        return cell.model_copy(update={"quad": quad, "bbox": box, "repairs": repairs})

    def repair(self, repair: Repair) -> Repair:
        evidence = tuple(
            each.model_copy(update={"bbox": self.bbox(each.page, each.bbox)})
            if each.page is not None and each.bbox is not None
            else each
            for each in repair.evidence
        )
        return repair.model_copy(update={"evidence": evidence})

    def page_table(self, page: int, table: PageTable) -> PageTable:
        cells = tuple(map(self.cell, table.cells))
        return table.model_copy(update={"bbox": self.bbox(page, table.bbox), "cells": cells})

    def page(self, page: Page) -> Page:
        own = self._maps[page.number]
        return page.model_copy(
            update={
                "width": own.width,
                "height": own.height,
                "dpi": own.dpi,
                "kind": "scanned",
                "tables": tuple(self.page_table(page.number, table) for table in page.tables),
                "lines": tuple(
                    line.model_copy(update={"bbox": self.bbox(page.number, line.bbox)}) for line in page.lines
                ),
            }
        )

    def table(self, table: Table) -> Table:
        return table.model_copy(update={"cells": tuple(map(self.cell, table.cells))})

    def provenance(self, place: Provenance) -> Provenance:
        return place.model_copy(update={"bbox": self.bbox(place.page, place.bbox)})

    def record(self, record: Record) -> Record:
        places = {name: tuple(map(self.provenance, found)) for name, found in record.provenance.items()}
        return record.model_copy(update={"provenance": places})


def place_document(document: Document, maps: Sequence[PageMap], source: Source) -> Document:
    """Return the document as it stands on its damaged pages.

    Quads are mapped corner by corner, to a tenth of a pixel; a box becomes the box around its mapped corners.

    Args:
        document: of the digital PDF.
        maps: one a page.
        source: the damaged PDF.
    """
    places = _Places({page.number: own for page, own in zip(document.pages, maps, strict=True)})
    return document.model_copy(
        update={
            "source": source,
            "pages": tuple(map(places.page, document.pages)),
            "tables": tuple(map(places.table, document.tables)),
            "records": tuple(map(places.record, document.records)),
        }
    )
