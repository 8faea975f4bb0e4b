"""What every peer offers: a page as it came in, a `Page` of the document type out.

A peer finds tables and reads them in its own way. Everything around that is the same for all: boxes are
pixels of the page image that the peer was given, and text outside of its tables becomes lines by the rule
that our own reader uses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from yusuan.eval.peers.lines import LineReader, TextLine
from yusuan.extraction.config import OcrSettings
from yusuan.extraction.document import BBox, Cell, Line, Page, PageTable
from yusuan.extraction.geometry import area, bbox_to_quad, overlap, union
from yusuan.extraction.pages import PageImage
from yusuan.extraction.tables.place import join_lines, loose_rows


@dataclass(frozen=True)
class FoundCell:
    """A cell as a peer gives it; `box` in pixels of the page image, `confidence` None where it gives none."""

    row: int
    col: int
    rowspan: int
    colspan: int
    text: str
    box: BBox
    confidence: float | None = None


@dataclass(frozen=True)
class FoundTable:
    """A table as a peer gives it. `ruled` says whether printed rules made its grid, or the places of text."""

    n_rows: int
    n_cols: int
    ruled: bool
    cells: tuple[FoundCell, ...]


@dataclass(frozen=True)
class PeerKit:
    """What peers are built from.

    Attributes:
        ocr: settings of the text reader.
        lines: lines of text by PP-OCR, stored once for all peers that ask for the same image.
    """

    ocr: OcrSettings
    lines: LineReader


class Peer(ABC):
    """A program that reads tables. One serves one process."""

    def prepare(self, page: PageImage) -> PageImage:
        """Return the page after what this program itself does to it first; by default nothing."""
        return page

    @abstractmethod
    def read(self, page: PageImage) -> Page:
        """Return the tables of a prepared page, and its lines outside of them."""


PeerBuilder = Callable[[PeerKit], Peer]


def found_to_page(page: PageImage, tables: Sequence[FoundTable], texts: Sequence[TextLine]) -> Page:
    """Put what a peer found into the document type.

    Args:
        page: the page that it read.
        tables: what it found, top to bottom.
        texts: all text of the page; what stands in no table becomes lines.
    """
    page_tables = tuple(_page_table(page.number, index, table) for index, table in enumerate(tables, 1))
    outside = [text for text in texts if not any(_inside(text.box, table.bbox) for table in page_tables)]
    boxes = [np.array(text.box) for text in outside]
    lines = []
    for members in loose_rows(boxes):
        lines.append(
            Line(
                text=join_lines([(boxes[index], outside[index].text) for index in members]),
                bbox=_rounded(union([outside[index].box for index in members])),
                confidence=min(outside[index].confidence for index in members),
            )
        )
    height, width = page.image.shape[:2]
    return Page(
        number=page.number,
        width=width,
        height=height,
        dpi=page.dpi,
        kind=page.kind,
        rotation=page.rotation,  # type: ignore[arg-type]  # checked by pydantic
        skew_deg=page.skew_deg,
        transform=page.transform,
        tables=page_tables,
        lines=tuple(lines),
    )


def _page_table(page_number: int, index: int, table: FoundTable) -> PageTable:
    cells = []
    for found in table.cells:
        box = _rounded(found.box)
        cells.append(
            Cell(
                row=found.row,
                col=found.col,
                rowspan=found.rowspan,
                colspan=found.colspan,
                text=found.text,
                raw_text=found.text,
                page=page_number,
                bbox=box,
                quad=bbox_to_quad(box),
                confidence=found.confidence,
            )
        )
    return PageTable(
        id=f"p{page_number}t{index}",
        bbox=union([cell.bbox for cell in cells]),
        n_rows=table.n_rows,
        n_cols=table.n_cols,
        ruled=table.ruled,
        cells=tuple(cells),
    )


def joined(text: str) -> str:
    """Return the lines of a cell's text as one, joined as our own reader joins them."""
    places = [np.array([0.0, row, 1.0, row + 1.0]) for row in range(text.count("\n") + 1)]
    return join_lines(list(zip(places, text.split("\n"), strict=True)))


def confidence_in(box: BBox, texts: Sequence[TextLine]) -> float | None:
    """Return how sure the reader is of the text that stands in a box; None where there is none."""
    return min((text.confidence for text in texts if _inside(text.box, box)), default=None)


def _inside(inner: BBox, outer: BBox) -> bool:
    return overlap(inner, outer) > area(inner) / 2


def _rounded(box: BBox) -> BBox:
    x0, y0, x1, y1 = box
    return (round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1))
